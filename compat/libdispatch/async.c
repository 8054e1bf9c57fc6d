/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that bring work to a queue, in the form with a plain function. (blocks.c has the
 * other.)
 *
 * Owns nothing: the queue takes the work, the timers take what is for later.
 */
#include "compat/libdispatch/queue.h"
#include "compat/libdispatch/timer.h"

void dispatch_async_f(dispatch_queue_t queue, void *context, dispatch_function_t work)
{
	queue_async(queue, call_with_function(work, context), false);
}

void dispatch_barrier_async_f(dispatch_queue_t queue, void *context, dispatch_function_t work)
{
	queue_async(queue, call_with_function(work, context), true);
}

void dispatch_sync_f(dispatch_queue_t queue, void *context, dispatch_function_t work)
{
	queue_sync(queue, call_with_function(work, context), false);
}

void dispatch_async_and_wait_f(dispatch_queue_t queue, void *context, dispatch_function_t work)
{
	queue_sync(queue, call_with_function(work, context), false);
}

void dispatch_barrier_sync_f(dispatch_queue_t queue, void *context, dispatch_function_t work)
{
	queue_sync(queue, call_with_function(work, context), true);
}

void dispatch_barrier_async_and_wait_f(dispatch_queue_t queue, void *context,
				       dispatch_function_t work)
{
	queue_sync(queue, call_with_function(work, context), true);
}

void dispatch_after_f(dispatch_time_t when, dispatch_queue_t queue, void *context,
		      dispatch_function_t work)
{
	timer_after(when, queue, call_with_function(work, context));
}
