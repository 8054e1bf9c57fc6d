/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queues that are always there: the global ones, over the pool; the main queue, over the main
 * thread; and the attributes that queues are made with.
 *
 * Owns the main thread's list of work. The main queue is an ordinary serial queue whose root is
 * that list.
 */
#include "compat/libdispatch/current.h"
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/pool.h"
#include "compat/libdispatch/queue.h"
#include <pthread.h>

static const struct object_kind attribute_kind = {.is_queue = false};

#define ATTRIBUTE(concurrent, inactive)                                             \
	{                                                                           \
		.object = {.kind = &attribute_kind, .references = OBJECT_IMMORTAL}, \
		.is_concurrent = (concurrent), .is_inactive = (inactive),           \
	}

struct dispatch_queue_attr_s _dispatch_queue_attr_concurrent = ATTRIBUTE(true, false);
static struct dispatch_queue_attr_s serial_inactive = ATTRIBUTE(false, true);
static struct dispatch_queue_attr_s concurrent_inactive = ATTRIBUTE(true, true);

dispatch_queue_attr_t dispatch_queue_attr_make_with_qos_class(dispatch_queue_attr_t attribute,
							      qos_class_t qos_class,
							      int relative_priority)
{
	(void)qos_class;
	(void)relative_priority;
	return attribute;
}

dispatch_queue_attr_t dispatch_queue_attr_make_initially_inactive(dispatch_queue_attr_t attribute)
{
	return attribute && attribute->is_concurrent ? &concurrent_inactive : &serial_inactive;
}

#define ROOT(name, function)                                                                       \
	{                                                                                          \
		.object = {.kind = &queue_kind, .references = OBJECT_IMMORTAL}, .run = (function), \
		.label = (name), .is_concurrent = true, .lock = PTHREAD_MUTEX_INITIALIZER,         \
	}

/* A thread that waits for its work runs it itself; other work goes to the pool. */
static void run_in_pool(struct work *work)
{
	if (work->waiter)
		waiter_wake(work->waiter, false);
	else
		pool_append(work);
}

static char background_label[] = "dispatch.global.background";
static char utility_label[] = "dispatch.global.utility";
static char default_label[] = "dispatch.global.default";
static char initiated_label[] = "dispatch.global.user-initiated";
static char interactive_label[] = "dispatch.global.user-interactive";
static char main_label[] = "dispatch.main-thread";

static struct {
	qos_class_t qos_class;
	int priority;
	struct dispatch_queue_s queue;
} roots[] = {
	{QOS_CLASS_DEFAULT, DISPATCH_QUEUE_PRIORITY_DEFAULT, ROOT(default_label, run_in_pool)},
	{QOS_CLASS_USER_INITIATED, DISPATCH_QUEUE_PRIORITY_HIGH,
	 ROOT(initiated_label, run_in_pool)},
	{QOS_CLASS_UTILITY, DISPATCH_QUEUE_PRIORITY_LOW, ROOT(utility_label, run_in_pool)},
	{QOS_CLASS_BACKGROUND, DISPATCH_QUEUE_PRIORITY_BACKGROUND,
	 ROOT(background_label, run_in_pool)},
	{QOS_CLASS_USER_INTERACTIVE, QOS_CLASS_USER_INTERACTIVE,
	 ROOT(interactive_label, run_in_pool)},
};

dispatch_queue_t queue_default(void)
{
	return &roots[0].queue;
}

dispatch_queue_global_t dispatch_get_global_queue(intptr_t identifier, uintptr_t flags)
{
	if (flags != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (identifier == roots[i].priority || identifier == (intptr_t)roots[i].qos_class)
			return &roots[i].queue;
	}
	return NULL;
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct work_list list;
} main_thread = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
	.list = {.end = &main_thread.list.first},
};

static void run_in_main_thread(struct work *work)
{
	pthread_mutex_lock(&main_thread.lock);
	work_list_append(&main_thread.list, work);
	pthread_cond_signal(&main_thread.wake);
	pthread_mutex_unlock(&main_thread.lock);
}

static struct dispatch_queue_s main_root = ROOT(main_label, run_in_main_thread);

struct dispatch_queue_s _dispatch_main_q = {
	.object = {.kind = &queue_kind, .references = OBJECT_IMMORTAL},
	.target = &main_root,
	.label = main_label,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.waiting = {.end = &_dispatch_main_q.waiting.first},
};

void dispatch_main(void)
{
	struct work *work;

	if (!current_is_main_thread())
		dispatch_end_program("dispatch_main outside the main thread");
	for (;;) {
		pthread_mutex_lock(&main_thread.lock);
		while (!main_thread.list.first)
			pthread_cond_wait(&main_thread.wake, &main_thread.lock);
		work = work_list_take(&main_thread.list);
		pthread_mutex_unlock(&main_thread.lock);
		work_run(work);
		work_finish(work);
	}
}
