/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time, as one 64-bit number that says its clock.
 *
 * Owns the encoding: 0 is now, all ones is for ever; with the top bit clear it is nanoseconds of
 * CLOCK_MONOTONIC, with the top bit set it is minus the nanoseconds of CLOCK_REALTIME, and -2 is
 * the wall clock's now.
 */
#include "compat/libdispatch/moment.h"
#include <errno.h>

#define NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define WALL_MINIMUM	       3 /* -1 and -2 have meanings of their own */

uint64_t moment_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

struct timespec moment_timespec(uint64_t ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(ns % NANOSECONDS_PER_SECOND),
	};
}

static bool is_wall(dispatch_time_t time)
{
	return time >> 63;
}

struct moment moment_of(dispatch_time_t time)
{
	struct moment moment = {.clock = is_wall(time) ? CLOCK_REALTIME : CLOCK_MONOTONIC};

	if (time == DISPATCH_TIME_NOW || time == DISPATCH_WALLTIME_NOW)
		moment.ns = moment_now(moment.clock);
	else
		moment.ns = is_wall(time) ? -time : time;
	return moment;
}

/* The moment plus delta, as far as its clock can say. */
static dispatch_time_t encode(struct moment moment, int64_t delta)
{
	bool wall = moment.clock == CLOCK_REALTIME;
	int64_t minimum = wall ? WALL_MINIMUM : 1;
	int64_t ns;

	if (__builtin_add_overflow((int64_t)moment.ns, delta, &ns))
		return DISPATCH_TIME_FOREVER;
	if (ns < minimum)
		ns = minimum;
	return wall ? -(uint64_t)ns : (uint64_t)ns;
}

dispatch_time_t dispatch_time(dispatch_time_t when, int64_t delta)
{
	return when == DISPATCH_TIME_FOREVER ? when : encode(moment_of(when), delta);
}

dispatch_time_t dispatch_walltime(const struct timespec *when, int64_t delta)
{
	struct moment moment = {.clock = CLOCK_REALTIME};
	int64_t ns;

	if (!when)
		return encode(moment_of(DISPATCH_WALLTIME_NOW), delta);
	if (__builtin_mul_overflow((int64_t)when->tv_sec, NANOSECONDS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)when->tv_nsec, &ns))
		return when->tv_sec < 0 ? encode(moment, 0) : DISPATCH_TIME_FOREVER;
	moment.ns = (uint64_t)ns;
	return encode(moment, delta);
}

bool moment_wait(pthread_cond_t *condition, pthread_mutex_t *lock, dispatch_time_t deadline)
{
	struct moment moment;
	struct timespec until;

	if (deadline == DISPATCH_TIME_FOREVER) {
		pthread_cond_wait(condition, lock);
		return true;
	}
	if (deadline == DISPATCH_TIME_NOW || deadline == DISPATCH_WALLTIME_NOW)
		return false;
	moment = moment_of(deadline);
	until = moment_timespec(moment.ns);
	return pthread_cond_clockwait(condition, lock, moment.clock, &until) != ETIMEDOUT;
}
