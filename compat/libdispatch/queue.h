/* SPDX-License-Identifier: Apache-2.0 */
/* Queues from inside: places, and how work gets and gives back one. */
#ifndef SLUICE_COMPAT_DISPATCH_QUEUE_H
#define SLUICE_COMPAT_DISPATCH_QUEUE_H

#include "compat/libdispatch/object.h"
#include "compat/libdispatch/work.h"
#include <pthread.h>

/* A value under a key; of its queue. */
struct specific {
	struct specific *next;
	const void *key;
	void *value;
	dispatch_function_t destructor;
};

/*
 * A queue gives places: a serial one has one, a concurrent one any number, and a barrier takes all.
 * Work needs a place in its queue, then in the queue's target, and so on up to a root; it keeps all
 * of them until it has run. Locks are taken in the same direction.
 */
struct dispatch_queue_s {
	struct dispatch_object_s object;
	/* For a root, where work that has all its places is run. NULL: no root. */
	void (*run)(struct work *work);
	struct dispatch_queue_s *target; /* NULL for a root; changes only while no place is taken */
	char *label;
	bool is_concurrent;

	pthread_mutex_t lock;
	struct work_list waiting; /* for a place; bounded by memory */
	unsigned int taken; /* places */
	bool is_closed; /* who has the place has it alone */
	unsigned int suspensions;
	bool is_inactive; /* one of the suspensions is for dispatch_activate to end */
	bool was_active;
	struct dispatch_queue_s *next_target; /* as soon as no place is taken */
	struct specific *specifics;
};

struct dispatch_queue_attr_s {
	struct dispatch_object_s object;
	bool is_concurrent;
	bool is_inactive;
};

extern const struct object_kind queue_kind;

/* Makes a queue of zeroed memory whose object is set. Refers to the target (NULL: the default
 * root). */
void queue_init(dispatch_queue_t queue, dispatch_queue_t target, bool is_concurrent,
		bool is_inactive);
/* Gives back what the queue owns, but not its memory. */
void queue_done(dispatch_queue_t queue);

/* The work waits for its places and is then run. Takes the work. */
void queue_append(dispatch_queue_t queue, struct work *work);
/* Gives back the places of a piece of work that has run, from the root's end down. */
void queue_leave(dispatch_queue_t queue);

void queue_suspend(dispatch_queue_t queue);
void queue_resume(dispatch_queue_t queue);
void queue_activate(dispatch_queue_t queue);
void queue_set_target(dispatch_queue_t queue, dispatch_queue_t target);
dispatch_queue_t queue_get_target(dispatch_queue_t queue);

static inline bool queue_is_root(dispatch_queue_t queue)
{
	return queue->run != NULL;
}

static inline bool queue_is_serial(dispatch_queue_t queue)
{
	return !queue_is_root(queue) && !queue->is_concurrent;
}

/* The global queue of default priority. */
dispatch_queue_t queue_default(void);

/* Appends a call. */
void queue_async(dispatch_queue_t queue, struct call call, bool barrier);
/* Appends a call and returns when it has run. */
void queue_sync(dispatch_queue_t queue, struct call call, bool barrier);

void specifics_free(struct specific *specific);

#endif
