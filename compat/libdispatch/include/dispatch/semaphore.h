/* SPDX-License-Identifier: Apache-2.0 */
/* Counting semaphores. All functions may be called from any thread, none from a signal handler. */
#ifndef __DISPATCH_SEMAPHORE__
#define __DISPATCH_SEMAPHORE__

#include <dispatch/base.h>
#include <dispatch/object.h>
#include <dispatch/time.h>

__BEGIN_DECLS

/* A semaphore the caller owns (dispatch_release); NULL when `value` is negative. */
DISPATCH_EXPORT dispatch_semaphore_t dispatch_semaphore_create(intptr_t value);
/* Takes one, waiting until `deadline` for it. 0 when it got one, else not 0. */
DISPATCH_EXPORT intptr_t dispatch_semaphore_wait(dispatch_semaphore_t semaphore,
						 dispatch_time_t deadline);
/* Gives one and wakes a waiter. Returns not 0 when there was a waiter to wake. */
DISPATCH_EXPORT intptr_t dispatch_semaphore_signal(dispatch_semaphore_t semaphore);

__END_DECLS

#endif
