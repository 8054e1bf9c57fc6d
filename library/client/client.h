/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client: its handler, the thread that calls it, its link to the daemon, and what it has set, so
 * that a new link can be set the same.
 *
 * The dispatch thread owns the ring and calls the handler. Every other function may come from any
 * thread; what they share is under the lock. Answers take neither lock nor thread
 * (library/respond/).
 */
#ifndef SLUICE_LIBRARY_CLIENT_CLIENT_H
#define SLUICE_LIBRARY_CLIENT_CLIENT_H

#include "library/channel/ring.h"
#include "library/client/lock.h"
#include "library/client/settings.h"
#include "library/respond/answers.h"
#include "wire/control.h"

#include <EndpointSecurity/ESLinux.h>
#include <EndpointSecurity/EndpointSecurity.h>
#include <stdatomic.h>

struct control;
struct pending_sync;

/* How long a request, and a link that is being made, may take. */
#define CLIENT_REQUEST_NS (5 * NANOSECONDS_PER_SECOND)

enum client_state {
	CLIENT_ALIVE = 0x4553636c,
	CLIENT_DELETED = 0x45536465, /* or being so */
	CLIENT_FORKED = 0x4553666f, /* the parent's, seen from its child */
};

/* One connection's worth: replaced as a whole when the daemon comes back. */
struct link {
	struct control *control;
	struct ring *ring;
	struct answers *answers;
	_Bool is_private; /* to a daemon of this process's own */
};

/* What keeps the sequence numbers rising over a change of links. Dispatch thread only. */
struct sequence {
	uint64_t next[EVENT_LAST];
	uint64_t base[EVENT_LAST];
	uint64_t next_global;
	uint64_t base_global;
};

struct es_client_s {
	_Atomic uint32_t state; /* enum client_state */
	uint64_t serial; /* never used again for another client */
	enum control_client_kind kind;
	es_handler_function_t handler;
	void *context;
	void (*context_free)(void *context); /* NULL: the context is the caller's */
	pthread_t thread;
	pid_t thread_id; /* the same as the kernel names it; for debuggers, as is `handling` */
	const es_message_t *handling; /* what the handler was called with; NULL: it is not called */
	int nudge; /* eventfd: wakes the dispatch thread */
	_Atomic _Bool stopping;
	_Atomic _Bool ends_itself; /* deleted from its own thread: it cleans up */
	_Atomic _Bool in_handler;
	_Atomic uint32_t calls; /* functions at work on it, for library/misuse/ */
	uint32_t own_events; /* events of this process it was told, for library/misuse/ */
	_Atomic uint64_t handled; /* ring position all before which has been handled */
	_Atomic _Bool syncs_wait;
	struct sequence sequence;
	struct lock lock;
	/* Under the lock: */
	struct link link; /* control NULL: there is none at the moment */
	int link_failure; /* why the last try to bring it back failed; 0: there was none */
	struct settings settings;
	struct pending_sync *syncs; /* in the order of their calls */
	uint64_t dropped_before; /* on earlier links */
	_Bool ended; /* the dispatch thread touches nothing here any more */
	struct es_client_s *next; /* library/client/registry.c */
};

/* ---- Handles (registry.c) ---- */

/* Linked by `next`; the registry's own, and a debugger's to read. */
extern struct es_client_s *client_first;

/* NULL: no memory. */
struct es_client_s *client_allocate(void);
/* Takes it off the list; the memory is kept for a while, so that a late caller is told. */
void client_retire(struct es_client_s *client);
/* Is this a client to work on? If not, the failure is set, and misuse told. */
_Bool client_usable(struct es_client_s *client, const char *function, const void *caller);

/* ---- Links (link.c) ---- */

/*
 * Connects a new client and maps its channel. `again`: only the daemon that was there before, or
 * its successor, will do. 0; positive: an es_new_client_result_t; negative errno. On failure the
 * failure is set.
 */
int link_open(struct link *ret_link, const struct es_client_s *client, _Bool again);
void link_close(struct link *link);

/* ---- Dispatch (dispatch.c) ---- */

/* Starts the thread. 0 or negative errno. */
int dispatch_start(struct es_client_s *client);
void dispatch_nudge(struct es_client_s *client);
_Bool dispatch_is_self(const struct es_client_s *client);
/* Ends what is left of a client whose thread has ended or is the caller. */
void client_end(struct es_client_s *client);

/* ---- Synchronisation (sync.c) ---- */

/* Runs what waits for positions up to the one that is handled; `all`: everything. */
void sync_run(struct es_client_s *client, _Bool all);

/* ---- Requests (request.c) ---- */

struct client_request {
	const char *function; /* of the API, for words */
	enum control_type type;
	const void *body;
	size_t body_size;
	const void *extra;
	size_t extra_size;
	void *ret_body; /* gets the answer's body, which must have this size; NULL: none */
	size_t ret_size;
	int *ret_descriptor; /* gets the one descriptor beside the answer; NULL: none */
};

/*
 * One request over the client's link; waits for a lost link to come back, until the deadline. 0, a
 * positive outcome, or negative errno; unless 0 the failure is set.
 */
int client_call(struct es_client_s *client, const struct client_request *request)
	HOLDS(client->lock);
/* Mirrors what an administrator has changed since the last call, as far as the daemon could say. */
void client_catch_up(struct es_client_s *client) HOLDS(client->lock);
/* Begins and ends a function of the API on a client: usable, lock taken. */
_Bool client_enter(struct es_client_s *client, const char *function, const void *caller)
	LOCK_ATTRIBUTE(try_acquire_capability(1, client->lock));
void client_leave(struct es_client_s *client) LOCK_ATTRIBUTE(release_capability(client->lock));
/* client_enter, client_call, client_leave. */
es_return_t client_ask(struct es_client_s *client, const struct client_request *request,
		       const void *caller);

/* A set of the events in events[0..count); those the list does not know are passed over. -EINVAL:
 * NULL. */
int client_event_set(struct event_set *ret_set, const es_event_type_t *events, size_t count);

#endif
