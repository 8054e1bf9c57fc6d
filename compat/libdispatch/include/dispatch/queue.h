/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues: work in the order it was given.
 *
 * A serial queue runs one item at a time, in order. A concurrent queue starts its items in order
 * and runs them side by side; a barrier item waits for all before it and holds back all after it.
 * The global queues are concurrent without barriers; their priorities are accepted and not
 * honoured. All work runs on one pool of at most 64 threads: when all of them wait, further work
 * waits until one returns. Those threads block signals. The main queue is serial and runs on the
 * main thread, in dispatch_main. A forked child must not use dispatch before it has called exec.
 *
 * All functions may be called from any thread, none from a signal handler. An asynchronous call
 * keeps the queue alive until its item has run. The length of a queue is bounded by memory alone,
 * as these calls have no way to refuse: out of memory ends the program with a message.
 */
#ifndef __DISPATCH_QUEUE__
#define __DISPATCH_QUEUE__

#include <dispatch/base.h>
#include <dispatch/object.h>
#include <dispatch/time.h>

typedef dispatch_queue_t dispatch_queue_main_t;
typedef dispatch_queue_t dispatch_queue_global_t;
typedef dispatch_queue_t dispatch_queue_serial_t;
typedef dispatch_queue_t dispatch_queue_concurrent_t;

#define DISPATCH_QUEUE_PRIORITY_HIGH	   2
#define DISPATCH_QUEUE_PRIORITY_DEFAULT	   0
#define DISPATCH_QUEUE_PRIORITY_LOW	   (-2)
#define DISPATCH_QUEUE_PRIORITY_BACKGROUND (-32768)
typedef long dispatch_queue_priority_t;

__BEGIN_DECLS

DISPATCH_EXPORT struct dispatch_queue_s _dispatch_main_q;
DISPATCH_EXPORT struct dispatch_queue_attr_s _dispatch_queue_attr_concurrent;

/* Kinds of queue, for dispatch_queue_create. */
#define DISPATCH_QUEUE_SERIAL	  ((dispatch_queue_attr_t)0)
#define DISPATCH_QUEUE_CONCURRENT (&_dispatch_queue_attr_concurrent)
#define DISPATCH_QUEUE_SERIAL_INACTIVE \
	dispatch_queue_attr_make_initially_inactive(DISPATCH_QUEUE_SERIAL)
#define DISPATCH_QUEUE_CONCURRENT_INACTIVE \
	dispatch_queue_attr_make_initially_inactive(DISPATCH_QUEUE_CONCURRENT)

/* For dispatch_queue_create_with_target: the default global queue. */
#define DISPATCH_TARGET_QUEUE_DEFAULT ((dispatch_queue_t)0)
/* For dispatch_queue_get_label: the queue whose work the caller is. */
#define DISPATCH_CURRENT_QUEUE_LABEL ((dispatch_queue_t)0)

/* The queue of the main thread. Constant. */
DISPATCH_INLINE dispatch_queue_main_t dispatch_get_main_queue(void)
{
	return &_dispatch_main_q;
}

/* A global queue by priority or QOS_CLASS_; `flags` is 0. Constant; NULL for another identifier. */
DISPATCH_EXPORT dispatch_queue_global_t dispatch_get_global_queue(intptr_t identifier,
								  uintptr_t flags);

/* Attributes are constants of the library: nothing to release. The class is accepted, not honoured.
 */
DISPATCH_EXPORT dispatch_queue_attr_t dispatch_queue_attr_make_with_qos_class(
	dispatch_queue_attr_t attribute, qos_class_t qos_class, int relative_priority);
DISPATCH_EXPORT dispatch_queue_attr_t
dispatch_queue_attr_make_initially_inactive(dispatch_queue_attr_t attribute);

/* A queue the caller owns (dispatch_release). The label is copied; NULL is fine. */
DISPATCH_EXPORT dispatch_queue_t dispatch_queue_create(const char *label,
						       dispatch_queue_attr_t attribute);
/* The same, with a target queue from the start. */
DISPATCH_EXPORT dispatch_queue_t dispatch_queue_create_with_target(const char *label,
								   dispatch_queue_attr_t attribute,
								   dispatch_queue_t target);
/* The label, "" where there is none; it lives as long as the queue. */
DISPATCH_EXPORT const char *dispatch_queue_get_label(dispatch_queue_t queue);

/* Appends an item and returns. */
DISPATCH_EXPORT void dispatch_async_f(dispatch_queue_t queue, void *context,
				      dispatch_function_t work);
/*
 * Appends an item and returns when it has run, usually on the calling thread; a main queue's item
 * always runs in dispatch_main. Calling it on the serial queue one is on ends the program.
 */
DISPATCH_EXPORT void dispatch_sync_f(dispatch_queue_t queue, void *context,
				     dispatch_function_t work);
DISPATCH_EXPORT void dispatch_async_and_wait_f(dispatch_queue_t queue, void *context,
					       dispatch_function_t work);
/* The same as a barrier of `queue`. On a global queue it is an ordinary item. */
DISPATCH_EXPORT void dispatch_barrier_async_f(dispatch_queue_t queue, void *context,
					      dispatch_function_t work);
DISPATCH_EXPORT void dispatch_barrier_sync_f(dispatch_queue_t queue, void *context,
					     dispatch_function_t work);
DISPATCH_EXPORT void dispatch_barrier_async_and_wait_f(dispatch_queue_t queue, void *context,
						       dispatch_function_t work);
/* dispatch_async once `when` has come. Cannot be taken back. */
DISPATCH_EXPORT void dispatch_after_f(dispatch_time_t when, dispatch_queue_t queue, void *context,
				      dispatch_function_t work);
/*
 * Calls work(context, 0) to work(context, iterations - 1), side by side where the queue allows, and
 * returns when all have returned. The caller takes its part of the work.
 */
DISPATCH_EXPORT void dispatch_apply_f(size_t iterations, dispatch_queue_t queue, void *context,
				      void (*work)(void *context, size_t iteration));
/* For dispatch_apply: whatever queue suits the caller. */
#define DISPATCH_APPLY_AUTO ((dispatch_queue_t)0)

#ifdef __BLOCKS__
DISPATCH_EXPORT void dispatch_async(dispatch_queue_t queue, dispatch_block_t block);
DISPATCH_EXPORT void dispatch_sync(dispatch_queue_t queue,
				   DISPATCH_NOESCAPE dispatch_block_t block);
DISPATCH_EXPORT void dispatch_async_and_wait(dispatch_queue_t queue,
					     DISPATCH_NOESCAPE dispatch_block_t block);
DISPATCH_EXPORT void dispatch_barrier_async(dispatch_queue_t queue, dispatch_block_t block);
DISPATCH_EXPORT void dispatch_barrier_sync(dispatch_queue_t queue,
					   DISPATCH_NOESCAPE dispatch_block_t block);
DISPATCH_EXPORT void dispatch_barrier_async_and_wait(dispatch_queue_t queue,
						     DISPATCH_NOESCAPE dispatch_block_t block);
DISPATCH_EXPORT void dispatch_after(dispatch_time_t when, dispatch_queue_t queue,
				    dispatch_block_t block);
DISPATCH_EXPORT void dispatch_apply(size_t iterations, dispatch_queue_t queue,
				    DISPATCH_NOESCAPE void (^block)(size_t iteration));
#endif

/*
 * A value under a key (any address that is yours) in a queue; a NULL value removes it. `destructor`
 * (NULL is fine) gets the old value on the default global queue.
 */
DISPATCH_EXPORT void dispatch_queue_set_specific(dispatch_queue_t queue, const void *key,
						 void *context, dispatch_function_t destructor);
/* The value of that queue; NULL where there is none. */
DISPATCH_EXPORT void *dispatch_queue_get_specific(dispatch_queue_t queue, const void *key);
/* The value of the queue whose work the caller is, or of its nearest target that has one. */
DISPATCH_EXPORT void *dispatch_get_specific(const void *key);

/*
 * Ends the program with a message unless the caller is work of `queue` (or of one that targets it):
 * _barrier also demands that it runs alone there, _not that it is not.
 */
DISPATCH_EXPORT void dispatch_assert_queue(dispatch_queue_t queue);
DISPATCH_EXPORT void dispatch_assert_queue_barrier(dispatch_queue_t queue);
DISPATCH_EXPORT void dispatch_assert_queue_not(dispatch_queue_t queue);

/* Runs the main queue's work for ever. Only the main thread may call it. */
DISPATCH_EXPORT DISPATCH_NORETURN void dispatch_main(void);

__END_DECLS

#endif
