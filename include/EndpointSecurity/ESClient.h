/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSecurity for Linux: clients. Making and ending them, what they watch, what they answer,
 * what they leave out.
 *
 * Threads: every function may be called from any thread, on one client also by several at once,
 * except es_delete_client(), which must be alone with its client. A client calls its handler on a
 * thread of its own, for one message at a time, in the order of delivery.
 *
 * Errors: a function that returns es_return_t fails with ES_RETURN_ERROR if an argument makes no
 * sense, if memory is short, or if the connection to the system is lost; other reasons stand at
 * each function. On Linux es_linux_last_error() gives the reason in words, and with ES_DEBUG=1 in
 * the environment the library reports misuse on standard error. A client that was deleted must not
 * be named again. After fork(2) a client stays with the parent; the child must not use it.
 *
 * Blocks: functions that take one exist as on macOS where the compiler knows blocks (`clang
 * -fblocks`), and always as a twin with the suffix _f that takes a function and a pointer which is
 * handed to it.
 *
 * AUTH answers are kept in one cache for all clients. It may forget at any time: it is there for
 * speed, not for policy.
 *
 * Functions are as old as macOS 10.15 unless another release is named. Those on _f are this
 * library's own.
 */
#ifndef __ENDPOINT_SECURITY_CLIENT_H
#define __ENDPOINT_SECURITY_CLIENT_H

#ifndef __ENDPOINT_SECURITY_INDIRECT__
#error "Include <EndpointSecurity/EndpointSecurity.h>, not this header."
#endif

#include <EndpointSecurity/ESMessage.h>
#include <EndpointSecurity/ESTypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

ES_BEGIN_DECLARATIONS

/* One connection to the system, with its own handler, subscriptions and mutes. Opaque. */
typedef struct es_client_s es_client_t;

/*
 * Called for each message. The message ends when the handler returns, unless it retains it. An AUTH
 * message must be answered before its deadline, in the handler or later from any thread. What takes
 * long belongs elsewhere: the next message waits until the handler returns.
 */
#ifdef __BLOCKS__
typedef void (^es_handler_block_t)(es_client_t *client, const es_message_t *message);
#endif

/* The same as a function; `context` is what es_new_client_f() was given. */
typedef void (*es_handler_function_t)(es_client_t *client, const es_message_t *message,
				      void *_Nullable context);

/* ---- Life ---- */

/*
 * Makes a client and connects it. It sees nothing until es_subscribe(). The caller owns *client and
 * ends it with es_delete_client(); the handler is copied. A process may have several. All kept
 * answers, of all clients, are forgotten.
 *
 * Fails with each of the values of es_new_client_result_t; then *client is untouched.
 *
 * Linux: connects to endpointsecurityd. If none runs, starts one for this program alone, a process
 * that ends with it; then ES_ROOT in the environment may name the one directory tree that is to be
 * watched.
 */
#ifdef __BLOCKS__
es_new_client_result_t es_new_client(es_client_t *_Nullable *_Nonnull client,
				     es_handler_block_t handler);
#endif

/*
 * The same with a function. `context` is the caller's: it must live until es_delete_client() has
 * returned.
 */
es_new_client_result_t es_new_client_f(es_client_t *_Nullable *_Nonnull client,
				       es_handler_function_t handler, void *_Nullable context);

/*
 * Makes a client that sees only its own offspring: AUTH and NOTIFY events of all processes that
 * descend from the caller, those that exist and those to come, and NOTIFY events of the caller
 * itself. An event belongs to it if a descendant is its process or its instigator. Processes
 * outside cannot be muted (ES_RETURN_ERROR).
 *
 * For the rest it is as es_new_client(), but need not be root's: any user may watch what they have
 * started. Since macOS 27.0.
 */
#ifdef __BLOCKS__
es_new_client_result_t es_new_descendants_client(es_client_t *_Nullable *_Nonnull client,
						 es_handler_block_t handler);
#endif

/* The same with a function; `context` as for es_new_client_f(). */
es_new_client_result_t es_new_descendants_client_f(es_client_t *_Nullable *_Nonnull client,
						   es_handler_function_t handler,
						   void *_Nullable context);

/*
 * Ends a client and frees it; NULL is fine. Functions given to es_sync_client() that still wait are
 * run first. Messages that were retained stay readable. AUTH messages it has not answered are
 * answered by its deadline miss mode: allowed, or denied with FAIL_CLOSED.
 *
 * No other function may be at work on this client, and it must not be called from the client's own
 * handler. ES_RETURN_ERROR: something could not be shut down and was left behind; the pointer is
 * dead all the same.
 */
es_return_t es_delete_client(es_client_t *_Nullable client);

/*
 * Runs `block` when all messages that were queued before this call have been handled. Does not wait
 * for it. With a NULL client `block` is run at once. If the client is deleted meanwhile, it is run
 * then. Not from the client's own handler. Since macOS 27.0.
 */
#ifdef __BLOCKS__
es_return_t es_sync_client(es_client_t *_Nullable client, void (^block)(void));
#endif

/* The same with a function, which is called once with `context`. */
es_return_t es_sync_client_f(es_client_t *_Nullable client,
			     void (*function)(void *_Nullable context), void *_Nullable context);

/*
 * Forgets all kept answers, of all clients. For when what they were based on has changed; it costs
 * every client, so the system refuses it when it comes too often
 * (ES_CLEAR_CACHE_RESULT_ERR_THROTTLE).
 */
es_clear_cache_result_t es_clear_cache(es_client_t *client);

/* ---- Subscriptions ---- */

/*
 * Adds event types to those the client is sent. Values from ES_EVENT_TYPE_LAST on are passed over;
 * a count of 0 does nothing and succeeds. All types are taken, or none.
 *
 * Linux: ES_RETURN_ERROR if one of them cannot be had on this machine, for instance an AUTH type
 * that nothing here can hold. No subscription is accepted and then not kept.
 * es_linux_event_support() asks beforehand.
 */
es_return_t es_subscribe(es_client_t *client, const es_event_type_t *events, uint32_t event_count);

/* Takes event types away. Those that are unknown or were not subscribed do no harm. */
es_return_t es_unsubscribe(es_client_t *client, const es_event_type_t *events,
			   uint32_t event_count);

/* Takes all event types away. */
es_return_t es_unsubscribe_all(es_client_t *client);

/*
 * Lists the subscribed event types. The caller frees *subscriptions with free(3). For none: *count
 * 0 and NULL.
 */
es_return_t es_subscriptions(es_client_t *client, size_t *count,
			     es_event_type_t *_Nonnull *_Nullable subscriptions);

/* ---- Answers ---- */

/*
 * Answers an AUTH message of any type but AUTH_OPEN. If several clients are asked, one denial
 * denies. From any thread, in the handler or, for a retained message, later; of several answers the
 * first one counts.
 *
 * `cache`: keep the answer for the same acting executable and the same object, as long as neither
 * changes, so that the question does not come again. The answer is kept only if every client that
 * was asked wants it kept. Types that cannot be kept (see ESMessage.h) ignore it.
 */
es_respond_result_t es_respond_auth_result(es_client_t *client, const es_message_t *message,
					   es_auth_result_t result, bool cache);

/*
 * Answers an AUTH_OPEN message. `authorized_flags` is a mask of what may be opened: 0 denies,
 * UINT32_MAX allows all. On Linux an open is allowed if all bits of its fflag are in the mask, and
 * denied otherwise: it is never narrowed.
 *
 * With `cache` the mask is what is kept, and later opens with other flags are held against it. So
 * allow with UINT32_MAX, not with the fflag of the message. For the rest as
 * es_respond_auth_result().
 */
es_respond_result_t es_respond_flags_result(es_client_t *client, const es_message_t *message,
					    uint32_t authorized_flags, bool cache);

/* ---- Mutes ---- */
/*
 * A mute is an entry of a set: a process or a path, and an event type. For each message, in this
 * order:
 *
 *	not subscribed			not sent
 *	the process is muted		not sent	(inverted: not sent if it is not muted)
 *	its executable's path is	not sent	(inverted: not sent if it is not)
 *	all target paths are muted	not sent	(inverted: not sent unless any of them is)
 *
 * Event types that have no target path (see ESMessage.h) pass the last step. Where an event has an
 * instigator, mutes by process look at it as well: one of the two muted is enough.
 *
 * Adding and taking away are exact: to take away a prefix does not take away a path that begins
 * with it. Paths are compared as the kernel knows them, after symbolic links; of several hard links
 * each is its own path.
 *
 * A new client starts with some paths muted, without which the machine could come to a halt (on
 * Linux init, the message bus, the journal, debuggers). es_muted_paths_events() lists them.
 *
 * On Linux who may run a program may run their own code in it (LD_PRELOAD, ptrace): a mute by path
 * trusts them all. Those from the start are therefore, by literal path and for AUTH events, of
 * effect only where root or the program's own user runs it, unless they are inverted.
 */

/*
 * Mutes a process for all event types, until it ends. ES_RETURN_ERROR if there is no such process.
 * The token names one run of a program: after exec(2) the process is another one.
 */
es_return_t es_mute_process(es_client_t *client, const audit_token_t *audit_token);

/*
 * Mutes a process for some event types; those from ES_EVENT_TYPE_LAST on are passed over. Since
 * macOS 12.0.
 */
es_return_t es_mute_process_events(es_client_t *client, const audit_token_t *audit_token,
				   const es_event_type_t *events, size_t event_count);

/*
 * Takes the mutes of a process away, however often it was muted. Nothing to take away is no error.
 */
es_return_t es_unmute_process(es_client_t *client, const audit_token_t *audit_token);

/* Takes the mutes of a process away for some event types. Since macOS 12.0. */
es_return_t es_unmute_process_events(es_client_t *client, const audit_token_t *audit_token,
				     const es_event_type_t *events, size_t event_count);

/*
 * Lists muted processes. The caller frees *audit_tokens with free(3). For none: *count 0 and NULL.
 * Deprecated in macOS 12.0: use es_muted_processes_events().
 */
es_return_t es_muted_processes(es_client_t *client, size_t *count,
			       audit_token_t *_Nonnull *_Nullable audit_tokens);

/*
 * Lists muted processes with their event types. Given back with es_release_muted_processes(). Since
 * macOS 12.0.
 */
es_return_t es_muted_processes_events(es_client_t *client,
				      es_muted_processes_t *_Nullable *_Nonnull muted_processes);

/* Frees what es_muted_processes_events() gave. Since macOS 12.0. */
void es_release_muted_processes(es_muted_processes_t *muted_processes);

/*
 * Mutes a path for all event types; for the two TARGET types, for all that have a target path.
 * `path` is absolute and is copied. It need not exist. Since macOS 12.0.
 */
es_return_t es_mute_path(es_client_t *client, const char *path, es_mute_path_type_t type);

/*
 * Mutes a path for some event types. With the two TARGET types those that have no target path are
 * passed over; ES_RETURN_ERROR if none is left. Since macOS 12.0.
 */
es_return_t es_mute_path_events(es_client_t *client, const char *path, es_mute_path_type_t type,
				const es_event_type_t *events, size_t event_count);

/* es_mute_path() with ES_MUTE_PATH_TYPE_PREFIX. Deprecated in macOS 12.0: use es_mute_path(). */
es_return_t es_mute_path_prefix(es_client_t *client, const char *path_prefix);

/* es_mute_path() with ES_MUTE_PATH_TYPE_LITERAL. Deprecated in macOS 12.0: use es_mute_path(). */
es_return_t es_mute_path_literal(es_client_t *client, const char *path_literal);

/* Takes all mutes of executable paths away, also those a client starts with. Target paths stay. */
es_return_t es_unmute_all_paths(es_client_t *client);

/* Takes all mutes of target paths away, also those a client starts with. Since macOS 13.0. */
es_return_t es_unmute_all_target_paths(es_client_t *client);

/*
 * Takes the mute of this path and type away, for all event types. Nothing to take away is no error.
 * Since macOS 12.0.
 */
es_return_t es_unmute_path(es_client_t *client, const char *path, es_mute_path_type_t type);

/* Takes the mute of this path and type away for some event types. Since macOS 12.0. */
es_return_t es_unmute_path_events(es_client_t *client, const char *path, es_mute_path_type_t type,
				  const es_event_type_t *events, size_t event_count);

/*
 * Lists all muted paths with their types and event types. Given back with es_release_muted_paths().
 * Since macOS 12.0.
 */
es_return_t es_muted_paths_events(es_client_t *client,
				  es_muted_paths_t *_Nonnull *_Nullable muted_paths);

/* Frees what es_muted_paths_events() gave. Since macOS 12.0. */
void es_release_muted_paths(es_muted_paths_t *muted_paths);

/*
 * Turns one kind of mute round: what was muted is selected, and all else is left out. A second call
 * turns it back. The entries stay as they are, also those a client starts with: to select paths,
 * first take all away, then add, then turn, and subscribe last. Since macOS 13.0.
 */
es_return_t es_invert_muting(es_client_t *client, es_mute_inversion_type_t mute_type);

/* Tells whether one kind of mute is turned round. Since macOS 13.0. */
es_mute_inverted_return_t es_muting_inverted(es_client_t *client,
					     es_mute_inversion_type_t mute_type);

/* ---- Deadlines ---- */
/* They hold for messages made after the call. */

/*
 * Sets what happens when an answer is late: see es_deadline_miss_mode_t. A new client has KILL.
 * Since macOS 27.0.
 */
es_return_t es_set_deadline_miss_mode(es_client_t *client, es_deadline_miss_mode_t mode);

/* Tells what happens when an answer is late. Since macOS 27.0. */
es_return_t es_get_deadline_miss_mode(es_client_t *client, es_deadline_miss_mode_t *mode);

/*
 * Shortens the time this client gives itself for some AUTH types. ES_RETURN_ERROR above the
 * system's own (30 seconds on Linux). A minimum above it is lowered with it. Since macOS 27.0.
 */
es_return_t es_set_deadline_max_milliseconds(es_client_t *client, const es_event_type_t *events,
					     uint32_t event_count, uint32_t milliseconds);

/* Tells the longest time this client has for an AUTH type. Since macOS 27.0. */
es_return_t es_get_deadline_max_milliseconds(es_client_t *client, es_event_type_t event,
					     uint32_t *milliseconds);

/*
 * Sets the shortest time the system may give for some AUTH types, 0 at first; it may be longer than
 * the system's own, and raises the maximum with it. Only for descendants clients, and not for the
 * two AUTH_BOOTSTRAP types: otherwise ES_RETURN_ERROR. Since macOS 27.0.
 */
es_return_t es_set_deadline_min_milliseconds(es_client_t *client, const es_event_type_t *events,
					     uint32_t event_count, uint32_t milliseconds);

/*
 * Tells the shortest time the system may give for an AUTH type. Only for descendants clients. Since
 * macOS 27.0.
 */
es_return_t es_get_deadline_min_milliseconds(es_client_t *client, es_event_type_t event,
					     uint32_t *milliseconds);

ES_END_DECLARATIONS

#endif
