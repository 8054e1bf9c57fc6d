/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: events of the system as work on a queue.
 *
 * A source is made suspended: set its handlers, then dispatch_activate (or dispatch_resume) it. Its
 * handlers never overlap, whatever its queue is. Events that come while the handler runs or the
 * source is suspended are merged into one call; dispatch_source_get_data says what they add up to.
 *
 * type             handle          data in the handler
 * TIMER            0               how often it fired since the last call
 * SIGNAL           signal number   how often the signal came
 * READ, WRITE      descriptor      READ: bytes that can be read, at least 1; WRITE: 1
 * PROC             pid             DISPATCH_PROC_EXIT (the only event; needs pidfd)
 * DATA_ADD         0               sum of what dispatch_source_merge_data was given
 * DATA_OR          0               their bits
 * DATA_REPLACE     0               the last of them
 *
 * SIGNAL: while such a source is active the library has its own handler for that signal, which also
 * calls the handler that was there before; the default action and SIG_IGN are suspended, and
 * come back with dispatch_source_cancel. (On macOS the default action takes place as well: portable
 * programs ignore the signal first.) Set the program's own disposition before the source is
 * activated. READ, WRITE: files that are always ready (regular files) are not accepted. The
 * descriptor must stay open until the cancel handler runs. All functions may be called from any
 * thread.
 */
#ifndef __DISPATCH_SOURCE__
#define __DISPATCH_SOURCE__

#include <dispatch/base.h>
#include <dispatch/object.h>
#include <dispatch/time.h>

/* A kind of source: one of the constants. */
struct dispatch_source_type_s;
typedef const struct dispatch_source_type_s *dispatch_source_type_t;

__BEGIN_DECLS

DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_timer;
DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_signal;
DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_read;
DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_write;
DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_proc;
DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_data_add;
DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_data_or;
DISPATCH_EXPORT const struct dispatch_source_type_s _dispatch_source_type_data_replace;

#define DISPATCH_SOURCE_TYPE_TIMER	  (&_dispatch_source_type_timer)
#define DISPATCH_SOURCE_TYPE_SIGNAL	  (&_dispatch_source_type_signal)
#define DISPATCH_SOURCE_TYPE_READ	  (&_dispatch_source_type_read)
#define DISPATCH_SOURCE_TYPE_WRITE	  (&_dispatch_source_type_write)
#define DISPATCH_SOURCE_TYPE_PROC	  (&_dispatch_source_type_proc)
#define DISPATCH_SOURCE_TYPE_DATA_ADD	  (&_dispatch_source_type_data_add)
#define DISPATCH_SOURCE_TYPE_DATA_OR	  (&_dispatch_source_type_data_or)
#define DISPATCH_SOURCE_TYPE_DATA_REPLACE (&_dispatch_source_type_data_replace)

/* Mask of a TIMER: keep to the leeway of 0. Accepted, no effect: the leeway is never used. */
#define DISPATCH_TIMER_STRICT 0x1
/* Mask of a PROC. */
#define DISPATCH_PROC_EXIT 0x80000000

/*
 * A suspended source the caller owns (dispatch_release), whose handlers run on `queue` (NULL: the
 * default global queue). NULL when type, handle and mask do not fit.
 */
DISPATCH_EXPORT dispatch_source_t dispatch_source_create(dispatch_source_type_t type,
							 uintptr_t handle, uintptr_t mask,
							 dispatch_queue_t queue);

/* Handlers; they get the source's context. NULL removes one. The cancel handler runs once, last. */
DISPATCH_EXPORT void dispatch_source_set_event_handler_f(dispatch_source_t source,
							 dispatch_function_t handler);
DISPATCH_EXPORT void dispatch_source_set_cancel_handler_f(dispatch_source_t source,
							  dispatch_function_t handler);
/* Runs once, when the source has been activated. */
DISPATCH_EXPORT void dispatch_source_set_registration_handler_f(dispatch_source_t source,
								dispatch_function_t handler);
#ifdef __BLOCKS__
DISPATCH_EXPORT void dispatch_source_set_event_handler(dispatch_source_t source,
						       dispatch_block_t handler);
DISPATCH_EXPORT void dispatch_source_set_cancel_handler(dispatch_source_t source,
							dispatch_block_t handler);
DISPATCH_EXPORT void dispatch_source_set_registration_handler(dispatch_source_t source,
							      dispatch_block_t handler);
#endif

/*
 * No event handler starts after this, except one that is on its way already. The descriptor may be
 * closed in the cancel handler, not before. A suspended source runs it when it is resumed.
 */
DISPATCH_EXPORT void dispatch_source_cancel(dispatch_source_t source);
/* Not 0 once the source has been cancelled. */
DISPATCH_EXPORT intptr_t dispatch_source_testcancel(dispatch_source_t source);

DISPATCH_EXPORT uintptr_t dispatch_source_get_handle(dispatch_source_t source);
DISPATCH_EXPORT uintptr_t dispatch_source_get_mask(dispatch_source_t source);
/* In the event handler: see the table above. Elsewhere: of the last call. */
DISPATCH_EXPORT uintptr_t dispatch_source_get_data(dispatch_source_t source);

/* DATA_ sources: an event with this value; zero is none. */
DISPATCH_EXPORT void dispatch_source_merge_data(dispatch_source_t source, uintptr_t value);

/*
 * TIMER: fires at `start`, then every `interval` nanoseconds (DISPATCH_TIME_FOREVER: once).
 * `leeway` is not used. May be called again at any time; what has not been handled yet is dropped.
 */
DISPATCH_EXPORT void dispatch_source_set_timer(dispatch_source_t source, dispatch_time_t start,
					       uint64_t interval, uint64_t leeway);

__END_DECLS

#endif
