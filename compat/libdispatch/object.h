/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of object begin with: count, context, finalizer, and the kind itself. */
#ifndef SLUICE_COMPAT_DISPATCH_OBJECT_H
#define SLUICE_COMPAT_DISPATCH_OBJECT_H

#include <dispatch/dispatch.h>

struct dispatch_object_s;

/* A kind of object. */
struct object_kind {
	/* Gives back what the object owns, and the object. Nobody refers to it any more. */
	void (*dispose)(struct dispatch_object_s *object);
	/* Called once, when a queue's or source's last suspension ends for the first time. NULL is
	 * fine. */
	void (*activated)(struct dispatch_object_s *object);
	bool is_queue; /* begins with a struct dispatch_queue_s */
};

enum { OBJECT_IMMORTAL = -1 };

struct dispatch_object_s {
	const struct object_kind *kind;
	int references; /* OBJECT_IMMORTAL: not counted */
	void *context;
	dispatch_function_t finalizer;
};

/* An object with one reference, zero but for its head. `size` is that of the whole object. */
void *object_new(const struct object_kind *kind, size_t size);

/* Any object, whatever its kind. */
void object_ref(void *counted);
void object_unref(void *counted);
/* A reference to an object that may be on its way out: false when it is. */
bool object_try_ref(void *counted);

/* To be called by dispose: sends the finalizer, if any, to `queue`. */
void object_finalize(struct dispatch_object_s *object, dispatch_queue_t queue);

/* Ends the program: a bug of the caller that leaves no way to go on. */
OS_NORETURN void dispatch_end_program(const char *bug);

/* Memory, or the end of the program: what is asynchronous has nobody to tell. */
void *dispatch_allocate(size_t size);

#endif
