/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time. A dispatch_time_t is on one of two clocks: uptime (CLOCK_MONOTONIC, nanoseconds,
 * stands still while the machine sleeps) or the wall clock (CLOCK_REALTIME, follows its steps).
 */
#ifndef __DISPATCH_TIME__
#define __DISPATCH_TIME__

#include <dispatch/base.h>

#define NSEC_PER_SEC  1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_USEC 1000ull
#define USEC_PER_SEC  1000000ull
#define MSEC_PER_SEC  1000ull

/* Opaque, but equal values are equal times on one clock. */
typedef uint64_t dispatch_time_t;

#define DISPATCH_TIME_NOW     (0ull)
#define DISPATCH_WALLTIME_NOW (~1ull)
#define DISPATCH_TIME_FOREVER (~0ull)

__BEGIN_DECLS

/*
 * `when` plus `delta` nanoseconds, on the clock of `when`. What lies too far ahead becomes
 * DISPATCH_TIME_FOREVER, what would lie before the clock's zero becomes its first moment. Any
 * thread.
 */
DISPATCH_EXPORT dispatch_time_t dispatch_time(dispatch_time_t when, int64_t delta);

/* `when` (NULL: now) plus `delta` nanoseconds, on the wall clock. Any thread. */
DISPATCH_EXPORT dispatch_time_t dispatch_walltime(const struct timespec *when, int64_t delta);

__END_DECLS

#endif
