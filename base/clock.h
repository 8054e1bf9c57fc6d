/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one clock: CLOCK_MONOTONIC in nanoseconds. Every deadline in the tree is an absolute point on
 * it. It stands still while the machine sleeps, as Mach absolute time does.
 */
#ifndef SLUICE_BASE_CLOCK_H
#define SLUICE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND	    UINT64_C(1000000000)
#define NANOSECONDS_PER_MILLISECOND UINT64_C(1000000)
#define NANOSECONDS_PER_MICROSECOND UINT64_C(1000)

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* Nanoseconds since 1970: for time stamps, never for deadlines. */
static inline int64_t clock_wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * (int64_t)NANOSECONDS_PER_SECOND + now.tv_nsec;
}

static inline struct timespec clock_timespec(uint64_t ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(ns % NANOSECONDS_PER_SECOND),
	};
}

/* Milliseconds from now until the deadline, rounded up, for poll(2); 0 when it has passed. */
static inline int clock_milliseconds_until(uint64_t deadline_ns)
{
	uint64_t now = clock_now_ns();
	uint64_t left;

	if (deadline_ns <= now)
		return 0;
	left = (deadline_ns - now + NANOSECONDS_PER_MILLISECOND - 1) / NANOSECONDS_PER_MILLISECOND;
	return left > INT32_MAX ? INT32_MAX : (int)left;
}

#endif
