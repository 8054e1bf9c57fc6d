/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calling thread is working for, and the questions about it: assertions, specific values,
 * labels, and whether a wait could ever end.
 *
 * Owns the thread's stack of frames. The main thread, before dispatch_main, counts as working for
 * the main queue.
 */
#include "compat/libdispatch/current.h"
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/queue.h"
#include <stdlib.h>
#include <unistd.h>

static __thread struct frame *top;
static struct frame main_frame = {.queue = &_dispatch_main_q};

/* Which thread this is, asked of the system once. */
static __thread enum { THREAD_UNKNOWN, THREAD_MAIN, THREAD_OTHER } which_thread;

static void forget_which_thread(void)
{
	which_thread = THREAD_UNKNOWN;
}

/* The one thread of a forked child is its main thread, whatever its twin in the parent is. */
__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_which_thread);
}

bool current_is_main_thread(void)
{
	if (which_thread == THREAD_UNKNOWN)
		which_thread = gettid() == getpid() ? THREAD_MAIN : THREAD_OTHER;
	return which_thread == THREAD_MAIN;
}

void frame_enter(struct frame *frame, dispatch_queue_t queue, bool barrier)
{
	frame->previous = top;
	frame->queue = queue;
	frame->barrier = barrier;
	top = frame;
}

void frame_leave(struct frame *frame)
{
	top = frame->previous;
}

static const struct frame *first_frame(void)
{
	return top ? top : current_is_main_thread() ? &main_frame : NULL;
}

static const struct frame *next_frame(const struct frame *frame)
{
	if (frame->previous || frame == &main_frame)
		return frame->previous;
	return current_is_main_thread() ? &main_frame : NULL;
}

/* Whether the frame has a place in the queue, and whether it is the only one there. */
static bool frame_has(const struct frame *frame, dispatch_queue_t queue, bool *ret_alone)
{
	for (dispatch_queue_t level = frame->queue; level; level = level->target) {
		if (level != queue)
			continue;
		*ret_alone = queue_is_serial(level) || (frame->barrier && level == frame->queue);
		return true;
	}
	return false;
}

/* The same for the whole thread. */
static bool thread_has(dispatch_queue_t queue, bool *ret_alone)
{
	for (const struct frame *frame = first_frame(); frame; frame = next_frame(frame)) {
		if (frame_has(frame, queue, ret_alone))
			return true;
	}
	return false;
}

void current_check_wait(dispatch_queue_t queue, bool barrier)
{
	bool alone = false;

	for (dispatch_queue_t level = queue; level; level = queue_get_target(level)) {
		if (queue_is_root(level))
			break;
		if (thread_has(level, &alone) && (alone || (barrier && level == queue)))
			dispatch_end_program("dispatch_sync on the queue the caller is on");
	}
}

void dispatch_assert_queue(dispatch_queue_t queue)
{
	bool alone;

	if (!thread_has(queue, &alone))
		dispatch_end_program("asserted to be on a queue, and is not");
}

void dispatch_assert_queue_barrier(dispatch_queue_t queue)
{
	bool alone;

	if (!thread_has(queue, &alone) || !alone)
		dispatch_end_program("asserted to be a barrier on a queue, and is not");
}

void dispatch_assert_queue_not(dispatch_queue_t queue)
{
	bool alone;

	if (thread_has(queue, &alone))
		dispatch_end_program("asserted not to be on a queue, and is");
}

const char *dispatch_queue_get_label(dispatch_queue_t queue)
{
	const struct frame *frame = first_frame();

	if (!queue && frame)
		queue = frame->queue;
	if (!queue)
		return "";
	/* A source's work runs on a queue inside it; the queue that people named is the target. */
	while (!queue->label && queue->object.kind != &queue_kind && queue->target)
		queue = queue->target;
	return queue->label ? queue->label : "";
}

static struct specific *find_specific(dispatch_queue_t queue, const void *key)
{
	struct specific *specific = queue->specifics;

	while (specific && specific->key != key)
		specific = specific->next;
	return specific;
}

void *dispatch_queue_get_specific(dispatch_queue_t queue, const void *key)
{
	struct specific *specific;
	void *value;

	pthread_mutex_lock(&queue->lock);
	specific = find_specific(queue, key);
	value = specific ? specific->value : NULL;
	pthread_mutex_unlock(&queue->lock);
	return value;
}

void *dispatch_get_specific(const void *key)
{
	const struct frame *frame = first_frame();
	void *value = NULL;

	for (dispatch_queue_t level = frame ? frame->queue : NULL; level && !value;
	     level = level->target)
		value = dispatch_queue_get_specific(level, key);
	return value;
}

/* The value has left its queue, or the queue is gone. */
static void specific_free(struct specific *specific)
{
	if (specific->destructor && specific->value)
		dispatch_async_f(queue_default(), specific->value, specific->destructor);
	free(specific);
}

void dispatch_queue_set_specific(dispatch_queue_t queue, const void *key, void *value,
				 dispatch_function_t destructor)
{
	struct specific *added = NULL;
	struct specific *removed = NULL;
	struct specific **place;

	if (!key)
		return;
	if (value) {
		added = dispatch_allocate(sizeof(*added));
		*added = (struct specific){NULL, key, value, destructor};
	}
	pthread_mutex_lock(&queue->lock);
	place = &queue->specifics;
	while (*place && (*place)->key != key)
		place = &(*place)->next;
	removed = *place;
	if (removed)
		*place = removed->next;
	if (added) {
		added->next = queue->specifics;
		queue->specifics = added;
	}
	pthread_mutex_unlock(&queue->lock);
	if (removed)
		specific_free(removed);
}

void specifics_free(struct specific *specific)
{
	struct specific *next;

	for (; specific; specific = next) {
		next = specific->next;
		specific_free(specific);
	}
}
