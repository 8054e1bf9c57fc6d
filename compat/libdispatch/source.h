/* SPDX-License-Identifier: Apache-2.0 */
/* Sources from inside: what all types share, and what each type adds. */
#ifndef SLUICE_COMPAT_DISPATCH_SOURCE_H
#define SLUICE_COMPAT_DISPATCH_SOURCE_H

#include "compat/libdispatch/manager.h"
#include "compat/libdispatch/queue.h"
#include "compat/libdispatch/timer.h"

enum source_handler {
	SOURCE_EVENT,
	SOURCE_CANCEL,
	SOURCE_REGISTRATION,
	SOURCE_HANDLERS,
};

/* A type: what it accepts, and how its events begin and end. Functions that are NULL do nothing. */
struct dispatch_source_type_s {
	bool (*accepts)(uintptr_t handle, uintptr_t mask);
	/* Begins and ends its events, once each, in this order. After stop no event comes. */
	void (*start)(dispatch_source_t source);
	void (*stop)(dispatch_source_t source);
	/* An event has been handled: the next may come. Between start and stop. */
	void (*handled)(dispatch_source_t source);
	/* What two events that nobody has handled yet make together. */
	uintptr_t (*merge)(uintptr_t pending, uintptr_t value);
};

struct handler;

/*
 * A source is a serial queue, so that its handlers never overlap and suspending it is suspending a
 * queue, and what brings work to that queue.
 */
struct dispatch_source_s {
	struct dispatch_queue_s queue;
	const struct dispatch_source_type_s *type;
	uintptr_t handle;
	uintptr_t mask;

	pthread_mutex_t life; /* held during start, stop and handled */
	bool is_started;
	bool is_stopped;

	pthread_mutex_t lock; /* the rest; may be taken within any lock but a queue's */
	bool is_cancelled;
	bool is_queued; /* the event handler is on its way, and will take what is pending */
	uintptr_t pending;
	uintptr_t data; /* of the last call of the handler */
	struct handler *handlers[SOURCE_HANDLERS];

	/* What belongs to one type. */
	struct watcher watcher;
	struct timer timer;
	struct moment timer_start;
	uint64_t timer_interval;
	bool timer_is_set;
	dispatch_source_t next_of_signal;
	unsigned int signals_seen;
};

/* Takes the call; one without a function removes the handler. */
void source_set_handler(dispatch_source_t source, enum source_handler which, struct call call);

/*
 * An event. `source` must have been referred to with object_try_ref; this takes the reference, and
 * never frees the source itself, so it may be called with locks held that `stop` takes.
 */
void source_fire(dispatch_source_t source, uintptr_t value);

/* For types' `merge`. */
uintptr_t source_add(uintptr_t pending, uintptr_t value);
uintptr_t source_join(uintptr_t pending, uintptr_t value);
uintptr_t source_replace(uintptr_t pending, uintptr_t value);

#define SOURCE_OF(pointer, member) \
	((dispatch_source_t)((char *)(pointer)-offsetof(struct dispatch_source_s, member)))

#endif
