/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: from an event to a call of the handler, and from activation to the cancel handler.
 *
 * Owns the handlers and what is pending. Events merge into `pending`; the first of them brings one
 * piece of work to the source's own queue, which takes all there is by then. Where events come from
 * is the types' affair: timer_source.c, descriptor.c, signal.c.
 */
#include "compat/libdispatch/source.h"
#include <stdlib.h>

/* A handler may be replaced while it runs, so whoever calls it refers to it. */
struct handler {
	int references;
	struct call call;
};

static void handler_unref(struct handler *handler)
{
	if (!handler || __atomic_sub_fetch(&handler->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	call_done(&handler->call);
	free(handler);
}

/* A function gets the source's context, a block itself. */
static void handler_call(struct handler *handler, dispatch_source_t source)
{
	void *context = handler->call.context;

	if (!handler->call.owns_block)
		context = dispatch_get_context((dispatch_object_t){._source = source});
	handler->call.function(context);
}

static void stop(dispatch_source_t source)
{
	pthread_mutex_lock(&source->life);
	if (source->is_started && !source->is_stopped && source->type->stop)
		source->type->stop(source);
	source->is_stopped = true;
	pthread_mutex_unlock(&source->life);
}

static void dispose_source(struct dispatch_object_s *object)
{
	dispatch_source_t source = (dispatch_source_t)object;

	stop(source);
	object_finalize(object, source->queue.target);
	for (int i = 0; i < SOURCE_HANDLERS; i++)
		handler_unref(source->handlers[i]);
	queue_done(&source->queue);
	pthread_mutex_destroy(&source->life);
	pthread_mutex_destroy(&source->lock);
	free(source);
}

/* Takes the handler out of the source. */
static struct handler *take_handler(dispatch_source_t source, enum source_handler which)
{
	struct handler *handler;

	pthread_mutex_lock(&source->lock);
	handler = source->handlers[which];
	source->handlers[which] = NULL;
	pthread_mutex_unlock(&source->lock);
	return handler;
}

static void call_registration_handler(void *context)
{
	dispatch_source_t source = context;
	struct handler *handler = take_handler(source, SOURCE_REGISTRATION);

	if (handler && !dispatch_source_testcancel(source))
		handler_call(handler, source);
	handler_unref(handler);
}

static void start_source(struct dispatch_object_s *object)
{
	dispatch_source_t source = (dispatch_source_t)object;

	queue_async(&source->queue, call_with_function(call_registration_handler, source), false);
	pthread_mutex_lock(&source->life);
	if (!source->is_stopped) {
		if (source->type->start)
			source->type->start(source);
		source->is_started = true;
	}
	pthread_mutex_unlock(&source->life);
}

static const struct object_kind source_kind = {
	.dispose = dispose_source,
	.activated = start_source,
	.is_queue = true,
};

dispatch_source_t dispatch_source_create(dispatch_source_type_t type, uintptr_t handle,
					 uintptr_t mask, dispatch_queue_t queue)
{
	dispatch_source_t source;

	if (!type->accepts(handle, mask))
		return NULL;
	source = object_new(&source_kind, sizeof(*source));
	queue_init(&source->queue, queue, false, true);
	pthread_mutex_init(&source->life, NULL);
	pthread_mutex_init(&source->lock, NULL);
	source->type = type;
	source->handle = handle;
	source->mask = mask;
	source->watcher.fd = -1;
	return source;
}

void source_set_handler(dispatch_source_t source, enum source_handler which, struct call call)
{
	struct handler *handler = NULL;
	struct handler *old;

	if (call.function) {
		handler = dispatch_allocate(sizeof(*handler));
		*handler = (struct handler){.references = 1, .call = call};
	}
	pthread_mutex_lock(&source->lock);
	old = source->handlers[which];
	source->handlers[which] = handler;
	pthread_mutex_unlock(&source->lock);
	handler_unref(old);
}

void dispatch_source_set_event_handler_f(dispatch_source_t source, dispatch_function_t handler)
{
	source_set_handler(source, SOURCE_EVENT, call_with_function(handler, NULL));
}

void dispatch_source_set_cancel_handler_f(dispatch_source_t source, dispatch_function_t handler)
{
	source_set_handler(source, SOURCE_CANCEL, call_with_function(handler, NULL));
}

void dispatch_source_set_registration_handler_f(dispatch_source_t source,
						dispatch_function_t handler)
{
	source_set_handler(source, SOURCE_REGISTRATION, call_with_function(handler, NULL));
}

/* What is pending, and the handler for it if there is one to be called. */
static struct handler *take_pending(dispatch_source_t source)
{
	struct handler *handler = NULL;

	pthread_mutex_lock(&source->lock);
	source->is_queued = false;
	if (source->pending && !source->is_cancelled) {
		handler = source->handlers[SOURCE_EVENT];
		if (handler)
			__atomic_add_fetch(&handler->references, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&source->data, source->pending, __ATOMIC_RELAXED);
	}
	source->pending = 0;
	pthread_mutex_unlock(&source->lock);
	return handler;
}

static void handle_events(void *context)
{
	dispatch_source_t source = context;
	struct handler *handler = take_pending(source);

	if (handler)
		handler_call(handler, source);
	handler_unref(handler);
	if (!source->type->handled)
		return;
	pthread_mutex_lock(&source->life);
	if (!source->is_stopped)
		source->type->handled(source);
	pthread_mutex_unlock(&source->life);
}

void source_fire(dispatch_source_t source, uintptr_t value)
{
	struct work *work = NULL;

	pthread_mutex_lock(&source->lock);
	source->pending = source->type->merge(source->pending, value);
	if (!source->is_queued)
		work = work_new(&source->queue, call_with_function(handle_events, source), false);
	source->is_queued = true;
	/* The work on its way keeps its reference until it has had this lock: ours is not the last.
	 */
	object_unref(source);
	pthread_mutex_unlock(&source->lock);
	if (work)
		queue_append(&source->queue, work);
}

static void run_cancel(void *context)
{
	dispatch_source_t source = context;
	struct handler *handler = take_handler(source, SOURCE_CANCEL);

	if (handler)
		handler_call(handler, source);
	handler_unref(handler);
	/* Blocks often refer to their own source: without them it can go. */
	handler_unref(take_handler(source, SOURCE_EVENT));
	handler_unref(take_handler(source, SOURCE_REGISTRATION));
}

void dispatch_source_cancel(dispatch_source_t source)
{
	bool was_cancelled;

	pthread_mutex_lock(&source->lock);
	was_cancelled = source->is_cancelled;
	source->is_cancelled = true;
	pthread_mutex_unlock(&source->lock);
	if (was_cancelled)
		return;
	stop(source);
	queue_async(&source->queue, call_with_function(run_cancel, source), false);
}

intptr_t dispatch_source_testcancel(dispatch_source_t source)
{
	bool is_cancelled;

	pthread_mutex_lock(&source->lock);
	is_cancelled = source->is_cancelled;
	pthread_mutex_unlock(&source->lock);
	return is_cancelled;
}

uintptr_t dispatch_source_get_handle(dispatch_source_t source)
{
	return source->handle;
}

uintptr_t dispatch_source_get_mask(dispatch_source_t source)
{
	return source->mask;
}

uintptr_t dispatch_source_get_data(dispatch_source_t source)
{
	return __atomic_load_n(&source->data, __ATOMIC_RELAXED);
}

uintptr_t source_add(uintptr_t pending, uintptr_t value)
{
	return pending + value;
}

uintptr_t source_join(uintptr_t pending, uintptr_t value)
{
	return pending | value;
}

uintptr_t source_replace(uintptr_t pending, uintptr_t value)
{
	(void)pending;
	return value;
}

static bool accepts_nothing_but_data(uintptr_t handle, uintptr_t mask)
{
	return handle == 0 && mask == 0;
}

const struct dispatch_source_type_s _dispatch_source_type_data_add = {
	.accepts = accepts_nothing_but_data,
	.merge = source_add,
};
const struct dispatch_source_type_s _dispatch_source_type_data_or = {
	.accepts = accepts_nothing_but_data,
	.merge = source_join,
};
const struct dispatch_source_type_s _dispatch_source_type_data_replace = {
	.accepts = accepts_nothing_but_data,
	.merge = source_replace,
};

void dispatch_source_merge_data(dispatch_source_t source, uintptr_t value)
{
	if (value == 0)
		return;
	object_ref(source);
	source_fire(source, value);
}
