/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects: counting references, and what is common to all kinds.
 *
 * Owns the life of every object: whoever drops the last reference runs the kind's dispose. What is
 * special about a kind is in its own file.
 */
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/queue.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void dispatch_end_program(const char *bug)
{
	char text[160];
	int length = snprintf(text, sizeof(text), "dispatch: %s\n", bug);
	ssize_t written = write(STDERR_FILENO, text, (size_t)length);

	(void)written;
	abort();
}

void *dispatch_allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		dispatch_end_program("out of memory");
	return memory;
}

void *object_new(const struct object_kind *kind, size_t size)
{
	struct dispatch_object_s *object = dispatch_allocate(size);

	object->kind = kind;
	object->references = 1;
	return object;
}

static bool is_immortal(struct dispatch_object_s *object)
{
	return __atomic_load_n(&object->references, __ATOMIC_RELAXED) == OBJECT_IMMORTAL;
}

void object_ref(void *counted)
{
	struct dispatch_object_s *object = counted;

	if (is_immortal(object))
		return;
	if (__atomic_fetch_add(&object->references, 1, __ATOMIC_RELAXED) <= 0)
		dispatch_end_program("an object that was freed is retained");
}

bool object_try_ref(void *counted)
{
	struct dispatch_object_s *object = counted;
	int references = __atomic_load_n(&object->references, __ATOMIC_RELAXED);

	while (references > 0) {
		if (__atomic_compare_exchange_n(&object->references, &references, references + 1,
						true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	}
	return references == OBJECT_IMMORTAL;
}

void object_unref(void *counted)
{
	struct dispatch_object_s *object = counted;
	int references;

	if (is_immortal(object))
		return;
	references = __atomic_fetch_sub(&object->references, 1, __ATOMIC_ACQ_REL);
	if (references < 1)
		dispatch_end_program("an object is released more often than retained");
	if (references == 1)
		object->kind->dispose(object);
}

void object_finalize(struct dispatch_object_s *object, dispatch_queue_t queue)
{
	if (object->finalizer && object->context)
		dispatch_async_f(queue, object->context, object->finalizer);
}

void dispatch_retain(dispatch_object_t object)
{
	object_ref(object._object);
}

void dispatch_release(dispatch_object_t object)
{
	object_unref(object._object);
}

void *dispatch_get_context(dispatch_object_t object)
{
	return __atomic_load_n(&object._object->context, __ATOMIC_ACQUIRE);
}

void dispatch_set_context(dispatch_object_t object, void *context)
{
	__atomic_store_n(&object._object->context, context, __ATOMIC_RELEASE);
}

void dispatch_set_finalizer_f(dispatch_object_t object, dispatch_function_t finalizer)
{
	__atomic_store_n(&object._object->finalizer, finalizer, __ATOMIC_RELEASE);
}

/* The queue that an object is or begins with. NULL: the call means nothing to this object. */
static dispatch_queue_t queue_within(dispatch_object_t object)
{
	struct dispatch_object_s *head = object._object;

	return head->kind->is_queue && !is_immortal(head) ? object._queue : NULL;
}

void dispatch_suspend(dispatch_object_t object)
{
	dispatch_queue_t queue = queue_within(object);

	if (queue)
		queue_suspend(queue);
}

void dispatch_resume(dispatch_object_t object)
{
	dispatch_queue_t queue = queue_within(object);

	if (queue)
		queue_resume(queue);
}

void dispatch_activate(dispatch_object_t object)
{
	dispatch_queue_t queue = queue_within(object);

	if (queue)
		queue_activate(queue);
}

void dispatch_set_target_queue(dispatch_object_t object, dispatch_queue_t target)
{
	dispatch_queue_t queue = queue_within(object);

	if (queue)
		queue_set_target(queue, target);
}
