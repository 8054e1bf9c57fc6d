/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of work: what is called, who waits for it, and its end.
 *
 * Blocks are called through their layout, which is fixed by the compilers' ABI, so that this
 * library needs no compiler that knows them; they are copied and released by BlocksRuntime.
 */
#include "compat/libdispatch/work.h"
#include "compat/libdispatch/current.h"
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/queue.h"
#include <Block.h>
#include <stdlib.h>

struct call call_with_copy(struct block *block)
{
	struct block *copy = _Block_copy(block);

	if (!copy)
		dispatch_end_program("out of memory, or no block given");
	return (struct call){copy->invoke, copy, true};
}

struct call call_with_block(struct block *block)
{
	return (struct call){block->invoke, block, false};
}

struct call call_with_function(dispatch_function_t function, void *context)
{
	return (struct call){function, context, false};
}

void call_done(struct call *call)
{
	if (call->owns_block)
		_Block_release(call->context);
	call->owns_block = false;
}

void waiter_init(struct waiter *waiter)
{
	pthread_mutex_init(&waiter->lock, NULL);
	pthread_cond_init(&waiter->wake, NULL);
	waiter->ready = false;
	waiter->has_run = false;
}

bool waiter_wait(struct waiter *waiter)
{
	bool has_run;

	pthread_mutex_lock(&waiter->lock);
	while (!waiter->ready)
		pthread_cond_wait(&waiter->wake, &waiter->lock);
	has_run = waiter->has_run;
	pthread_mutex_unlock(&waiter->lock);
	pthread_cond_destroy(&waiter->wake);
	pthread_mutex_destroy(&waiter->lock);
	return has_run;
}

void waiter_wake(struct waiter *waiter, bool has_run)
{
	pthread_mutex_lock(&waiter->lock);
	waiter->ready = true;
	waiter->has_run = has_run;
	pthread_cond_signal(&waiter->wake);
	pthread_mutex_unlock(&waiter->lock);
}

void work_list_init(struct work_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

void work_list_append(struct work_list *list, struct work *work)
{
	work->next = NULL;
	*list->end = work;
	list->end = &work->next;
}

struct work *work_list_take(struct work_list *list)
{
	struct work *work = list->first;

	if (!work)
		return NULL;
	list->first = work->next;
	if (!list->first)
		list->end = &list->first;
	return work;
}

struct work *work_new(dispatch_queue_t queue, struct call call, bool barrier)
{
	struct work *work = dispatch_allocate(sizeof(*work));

	object_ref(queue);
	work->queue = queue;
	work->call = call;
	work->barrier = barrier;
	return work;
}

void work_run(struct work *work)
{
	struct frame frame;

	frame_enter(&frame, work->queue, work->barrier);
	work->call.function(work->call.context);
	frame_leave(&frame);
}

void work_finish(struct work *work)
{
	struct waiter *waiter = work->waiter;
	dispatch_queue_t queue = work->queue;

	call_done(&work->call);
	if (work->group)
		dispatch_group_leave(work->group);
	queue_leave(queue);
	if (!work->is_borrowed)
		free(work);
	else if (waiter)
		waiter_wake(waiter, true);
	object_unref(queue);
}
