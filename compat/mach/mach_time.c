/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mach time over the clocks of Linux: one tick is one nanosecond.
 *
 * Owns nothing. The absolute clock stands still while the machine sleeps, the continuous one does
 * not.
 */
#include <errno.h>
#include <mach/mach_time.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

kern_return_t mach_timebase_info(mach_timebase_info_t info)
{
	*info = (struct mach_timebase_info){.numer = 1, .denom = 1};
	return KERN_SUCCESS;
}

uint64_t mach_absolute_time(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t mach_approximate_time(void)
{
	return read_clock(CLOCK_MONOTONIC_COARSE);
}

uint64_t mach_continuous_time(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint64_t mach_continuous_approximate_time(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

kern_return_t mach_wait_until(uint64_t deadline)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(deadline % NANOSECONDS_PER_SECOND),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	return KERN_SUCCESS;
}
