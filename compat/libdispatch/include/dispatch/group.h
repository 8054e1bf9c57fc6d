/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: wait for, or be told of, the end of several pieces of work. A group counts: enter adds
 * one, leave takes one, and at zero its waiters wake and its notifications are sent, each once. A
 * group with entries keeps itself alive. All functions may be called from any thread.
 */
#ifndef __DISPATCH_GROUP__
#define __DISPATCH_GROUP__

#include <dispatch/base.h>
#include <dispatch/object.h>
#include <dispatch/time.h>

__BEGIN_DECLS

/* A group the caller owns (dispatch_release), empty. */
DISPATCH_EXPORT dispatch_group_t dispatch_group_create(void);

DISPATCH_EXPORT void dispatch_group_enter(dispatch_group_t group);
/* Leaving more often than entering ends the program with a message. */
DISPATCH_EXPORT void dispatch_group_leave(dispatch_group_t group);

/* Enters, dispatch_async_f, and leaves when the work has returned. */
DISPATCH_EXPORT void dispatch_group_async_f(dispatch_group_t group, dispatch_queue_t queue,
					    void *context, dispatch_function_t work);
/* dispatch_async_f when the group is empty next, at once if it is empty now. */
DISPATCH_EXPORT void dispatch_group_notify_f(dispatch_group_t group, dispatch_queue_t queue,
					     void *context, dispatch_function_t work);
/*
 * Waits until the group is empty: 0; or until `deadline`: not 0. The notifications have been
 * appended to their queues by then.
 */
DISPATCH_EXPORT intptr_t dispatch_group_wait(dispatch_group_t group, dispatch_time_t deadline);

#ifdef __BLOCKS__
DISPATCH_EXPORT void dispatch_group_async(dispatch_group_t group, dispatch_queue_t queue,
					  dispatch_block_t block);
DISPATCH_EXPORT void dispatch_group_notify(dispatch_group_t group, dispatch_queue_t queue,
					   dispatch_block_t block);
#endif

__END_DECLS

#endif
