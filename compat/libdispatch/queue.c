/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues: who may run now.
 *
 * Owns the places of each queue and the list of work that waits for one. Work that has a place
 * moves on to the target's list, at a root to the pool or the main thread; a thread that waits for
 * its own work is woken there instead and runs it itself. Lists move on under their queue's lock,
 * so that order is kept all the way; locks are taken from a queue to its target, never back.
 */
#include "compat/libdispatch/queue.h"
#include "compat/libdispatch/current.h"
#include "compat/libdispatch/pool.h"
#include <stdlib.h>
#include <string.h>

static void dispose_queue(struct dispatch_object_s *object)
{
	dispatch_queue_t queue = (dispatch_queue_t)object;

	object_finalize(object, queue->target);
	queue_done(queue);
	free(queue);
}

const struct object_kind queue_kind = {.dispose = dispose_queue, .is_queue = true};

void queue_init(dispatch_queue_t queue, dispatch_queue_t target, bool is_concurrent,
		bool is_inactive)
{
	queue->target = target ? target : queue_default();
	object_ref(queue->target);
	queue->is_concurrent = is_concurrent;
	pthread_mutex_init(&queue->lock, NULL);
	work_list_init(&queue->waiting);
	queue->is_inactive = is_inactive;
	queue->suspensions = is_inactive;
}

void queue_done(dispatch_queue_t queue)
{
	specifics_free(queue->specifics);
	if (queue->next_target)
		object_unref(queue->next_target);
	object_unref(queue->target);
	pthread_mutex_destroy(&queue->lock);
	free(queue->label);
}

dispatch_queue_t dispatch_queue_create_with_target(const char *label,
						   dispatch_queue_attr_t attribute,
						   dispatch_queue_t target)
{
	dispatch_queue_t queue = object_new(&queue_kind, sizeof(*queue));

	queue_init(queue, target, attribute && attribute->is_concurrent,
		   attribute && attribute->is_inactive);
	if (label) {
		queue->label = strdup(label);
		if (!queue->label)
			dispatch_end_program("out of memory");
	}
	return queue;
}

dispatch_queue_t dispatch_queue_create(const char *label, dispatch_queue_attr_t attribute)
{
	return dispatch_queue_create_with_target(label, attribute, NULL);
}

/* Whether this piece of work takes the whole queue. A barrier is one only where it was brought. */
static bool closes(dispatch_queue_t queue, const struct work *work)
{
	return !queue->is_concurrent || (work->barrier && work->queue == queue);
}

static bool may_start(dispatch_queue_t queue, const struct work *work)
{
	if (queue->suspensions > 0 || queue->is_closed || queue->next_target)
		return false;
	return queue->taken == 0 || !closes(queue, work);
}

/* Gives places to all who may have one now. The lock is held. */
static void give_places(dispatch_queue_t queue)
{
	struct work *work;

	while (queue->waiting.first && may_start(queue, queue->waiting.first)) {
		work = work_list_take(&queue->waiting);
		queue->taken++;
		queue->is_closed = closes(queue, work);
		queue_append(queue->target, work);
	}
}

void queue_append(dispatch_queue_t queue, struct work *work)
{
	if (queue_is_root(queue)) {
		queue->run(work);
		return;
	}
	pthread_mutex_lock(&queue->lock);
	work_list_append(&queue->waiting, work);
	give_places(queue);
	pthread_mutex_unlock(&queue->lock);
}

/* Changes the target if it is time to. The lock is held. Returns what to release without it. */
static dispatch_queue_t change_target(dispatch_queue_t queue)
{
	dispatch_queue_t old = queue->target;

	if (!queue->next_target || queue->taken > 0)
		return NULL;
	queue->target = queue->next_target;
	queue->next_target = NULL;
	return old;
}

void queue_leave(dispatch_queue_t queue)
{
	dispatch_queue_t old;

	if (queue_is_root(queue))
		return;
	queue_leave(queue->target);
	pthread_mutex_lock(&queue->lock);
	queue->taken--;
	queue->is_closed = false;
	old = change_target(queue);
	give_places(queue);
	pthread_mutex_unlock(&queue->lock);
	if (old)
		object_unref(old);
}

void queue_set_target(dispatch_queue_t queue, dispatch_queue_t target)
{
	dispatch_queue_t replaced;
	dispatch_queue_t old;

	if (!target)
		target = queue_default();
	object_ref(target);
	pthread_mutex_lock(&queue->lock);
	replaced = queue->next_target;
	queue->next_target = target;
	old = change_target(queue);
	give_places(queue);
	pthread_mutex_unlock(&queue->lock);
	if (replaced)
		object_unref(replaced);
	if (old)
		object_unref(old);
}

dispatch_queue_t queue_get_target(dispatch_queue_t queue)
{
	dispatch_queue_t target;

	pthread_mutex_lock(&queue->lock);
	target = queue->target;
	pthread_mutex_unlock(&queue->lock);
	return target;
}

void queue_suspend(dispatch_queue_t queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->suspensions++;
	pthread_mutex_unlock(&queue->lock);
}

/* One suspension has ended. Takes the lock, which is held, off. */
static void go_on(dispatch_queue_t queue)
{
	bool is_first = queue->suspensions == 0 && !queue->was_active;

	if (is_first)
		queue->was_active = true;
	give_places(queue);
	pthread_mutex_unlock(&queue->lock);
	if (is_first && queue->object.kind->activated)
		queue->object.kind->activated(&queue->object);
}

void queue_resume(dispatch_queue_t queue)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->suspensions == 0)
		dispatch_end_program("dispatch_resume of what is not suspended");
	if (--queue->suspensions == 0)
		queue->is_inactive = false;
	go_on(queue);
}

void queue_activate(dispatch_queue_t queue)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->is_inactive) {
		queue->is_inactive = false;
		queue->suspensions--;
	}
	go_on(queue);
}

void queue_async(dispatch_queue_t queue, struct call call, bool barrier)
{
	queue_append(queue, work_new(queue, call, barrier));
}

void queue_sync(dispatch_queue_t queue, struct call call, bool barrier)
{
	struct waiter waiter;
	struct work work = {
		.queue = queue,
		.call = call,
		.waiter = &waiter,
		.barrier = barrier,
		.is_borrowed = true,
	};

	object_ref(queue);
	if (!queue_is_root(queue)) {
		current_check_wait(queue, barrier);
		waiter_init(&waiter);
		queue_append(queue, &work);
		pool_enter_wait();
		if (waiter_wait(&waiter)) {
			pool_leave_wait();
			return;
		}
		pool_leave_wait();
	}
	work.waiter = NULL;
	work_run(&work);
	work_finish(&work);
}
