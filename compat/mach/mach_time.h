/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mach time: nanoseconds. mach_absolute_time is CLOCK_MONOTONIC, which stands still while the
 * machine sleeps; mach_continuous_time is CLOCK_BOOTTIME, which does not. The timebase is 1/1.
 * All functions may be called from any thread, all but mach_wait_until from a signal handler too.
 */
#ifndef _MACH_MACH_TIME_H_
#define _MACH_MACH_TIME_H_

#include <mach/kern_return.h>
#include <os/base.h>
#include <stdint.h>

__BEGIN_DECLS

struct mach_timebase_info {
	uint32_t numer;
	uint32_t denom;
};
typedef struct mach_timebase_info *mach_timebase_info_t;
typedef struct mach_timebase_info mach_timebase_info_data_t;

/* Fills in the fraction that turns ticks into nanoseconds: 1/1. Returns KERN_SUCCESS. */
OS_EXPORT kern_return_t mach_timebase_info(mach_timebase_info_t info);

/* Now, on the clock that stands still during sleep; the unit of every deadline in a message. */
OS_EXPORT uint64_t mach_absolute_time(void);
/* The same without the last tick's precision: cheap. */
OS_EXPORT uint64_t mach_approximate_time(void);
/* Now, on the clock that runs through sleep. */
OS_EXPORT uint64_t mach_continuous_time(void);
OS_EXPORT uint64_t mach_continuous_approximate_time(void);

/*
 * Sleeps until `deadline` (mach_absolute_time), through signals. Returns at once when it has
 * passed. KERN_SUCCESS.
 */
OS_EXPORT kern_return_t mach_wait_until(uint64_t deadline);

__END_DECLS

#endif
