/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: moments that the manager waits for. */
#ifndef SLUICE_COMPAT_DISPATCH_TIMER_H
#define SLUICE_COMPAT_DISPATCH_TIMER_H

#include "compat/libdispatch/moment.h"
#include "compat/libdispatch/work.h"

/* The storage is the caller's, until the timer is not armed any more. */
struct timer {
	/*
	 * Called on the manager's thread, with the timers' lock held: short, and no timer_ function
	 * in it. `times` is how many intervals are over. A timer without an interval is no longer
	 * armed.
	 */
	void (*expired)(struct timer *timer, uint64_t times);
	struct moment deadline;
	uint64_t interval; /* nanoseconds; 0: once */
	size_t place; /* among the armed, from 1; 0: not armed */
};

/* Arms the timer, again if it is armed. */
void timer_arm(struct timer *timer, struct moment deadline, uint64_t interval);
/* `expired` is not running when this returns, and will not be called again. */
void timer_disarm(struct timer *timer);

/* Brings the call to the queue when it is time. Takes the call. */
void timer_after(dispatch_time_t when, dispatch_queue_t queue, struct call call);

#endif
