/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What queues, groups, semaphores and sources have in common: a count of references, a context and
 * a finalizer. Queues and sources can also be suspended.
 *
 * All functions may be called from any thread. The global queues and the main queue live for ever:
 * retain, release, suspend and resume do nothing to them.
 */
#ifndef __DISPATCH_OBJECT__
#define __DISPATCH_OBJECT__

#include <dispatch/base.h>

#ifdef __cplusplus
/* In C++ the kinds are empty classes under one base, so that any of them is a dispatch_object_t. */
struct dispatch_object_s {
};
typedef struct dispatch_object_s *dispatch_object_t;
#define DISPATCH_DECLARE(name)                       \
	struct name##_s : public dispatch_object_s { \
	};                                           \
	typedef struct name##_s *name##_t
#else
#define DISPATCH_DECLARE(name) typedef struct name##_s *name##_t
#endif

DISPATCH_DECLARE(dispatch_queue);
DISPATCH_DECLARE(dispatch_queue_attr);
DISPATCH_DECLARE(dispatch_group);
DISPATCH_DECLARE(dispatch_semaphore);
DISPATCH_DECLARE(dispatch_source);

#ifndef __cplusplus
/* In C any of them converts by itself when it is passed. */
typedef union {
	struct dispatch_object_s *_object;
	struct dispatch_queue_s *_queue;
	struct dispatch_queue_attr_s *_attribute;
	struct dispatch_group_s *_group;
	struct dispatch_semaphore_s *_semaphore;
	struct dispatch_source_s *_source;
} dispatch_object_t OS_TRANSPARENT_UNION;
#endif

__BEGIN_DECLS

/* One reference more. */
DISPATCH_EXPORT void dispatch_retain(dispatch_object_t object);
/*
 * One reference less; the last one frees the object, after the work it already has. NULL is an
 * error. A source that was never cancelled is cancelled then, without its cancel handler.
 */
DISPATCH_EXPORT void dispatch_release(dispatch_object_t object);

/* The pointer set with dispatch_set_context; NULL at first. The object does not own it. */
DISPATCH_EXPORT void *dispatch_get_context(dispatch_object_t object);
DISPATCH_EXPORT void dispatch_set_context(dispatch_object_t object, void *context);
/*
 * A function to call with the context when the object is freed, on its target queue (a group's or
 * semaphore's: the default global queue). Not called while the context is NULL.
 */
DISPATCH_EXPORT void dispatch_set_finalizer_f(dispatch_object_t object,
					      dispatch_function_t finalizer);

/*
 * No further work of a queue or source starts until each suspend has had its resume; what runs
 * already runs on. Resuming what is not suspended ends the program with a message.
 */
DISPATCH_EXPORT void dispatch_suspend(dispatch_object_t object);
DISPATCH_EXPORT void dispatch_resume(dispatch_object_t object);
/* Starts a source, or a queue made initially inactive. Does nothing the second time. */
DISPATCH_EXPORT void dispatch_activate(dispatch_object_t object);

/*
 * Work of `object` (a queue or a source) will run on `queue` (NULL: the default global queue), so
 * queues with one serial target never run at the same time. Takes effect once the work that had
 * started has finished. Do it before the first work; the queues must not form a ring.
 */
DISPATCH_EXPORT void dispatch_set_target_queue(dispatch_object_t object, dispatch_queue_t queue);

__END_DECLS

#endif
