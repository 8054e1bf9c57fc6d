/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that a debugger may stop without stopping the machine: what delivery/ does for them, and
 * what it needs from a guard (daemon/guard/), which finds out who is stopped.
 *
 * While such a client is stopped, the asks its handler was entered for stay held and their
 * deadlines stand still; all others are answered at once by its debug policy. Of all others it is
 * true that nothing here costs them more than the look at a flag. Same lock and thread rules as
 * delivery.h.
 */
#ifndef SLUICE_DAEMON_DELIVERY_STOPS_H
#define SLUICE_DAEMON_DELIVERY_STOPS_H

#include "daemon/channel/channel.h"
#include "daemon/delivery/delivery.h"

enum {
	STOP_CONFIRM_MS = 2, /* a shorter stop of the handler's thread is none: a tracer's work */
};

/* What of a client stands still. */
enum delivery_stop {
	DELIVERY_RUNS,
	DELIVERY_HANDLER_STOPPED, /* nothing is taken out of its ring meanwhile */
	DELIVERY_ANSWERER_STOPPED, /* another thread that has answered */
};

/* What one client's guard looks through: made by daemon/guard/, owned by the client it is set for.
 */
struct delivery_watch {
	/* Is it stopped? Under delivery's lock: plain reads of open descriptors, no more. */
	enum delivery_stop (*look)(struct delivery_watch *watch);
	void (*free)(struct delivery_watch *watch);
};

/* How soon the guard has to look at a client again. */
enum client_urgency {
	CLIENT_QUIET, /* it owes nothing */
	CLIENT_HANDLES, /* its handler was entered for all it owes */
	CLIENT_WAITS, /* it owes what its handler was not entered for */
	CLIENT_SUSPECT, /* it may be stopped */
	CLIENT_STOPPED,
};

/* A debuggable client as its guard sees it. */
struct client_guarded {
	uint64_t id;
	unsigned int index;
	pid_t pid;
	struct channel_threads threads;
	bool watched;
	bool debuggers_known; /* or it runs */
	enum client_urgency urgency;
};

/* Copies of all debuggable clients; room for POLICY_CLIENTS_MAX. How many there are. */
size_t delivery_guarded(struct delivery *delivery, struct client_guarded *ret_clients);
/*
 * From here on the client is looked at through this watch, which is delivery's now; the one before
 * is freed. It is freed at once if there is no such client. NULL: through none.
 */
void delivery_set_watch(struct delivery *delivery, uint64_t client_id,
			struct delivery_watch *watch);
/* Looks at a client, and does what follows from it being stopped or not. */
void delivery_look(struct delivery *delivery, uint64_t client_id);
/*
 * The guard's thread waits here until that time has come or a debuggable client is to be looked at
 * sooner. False once delivery_stop_guard was called.
 */
bool delivery_await_guard(struct delivery *delivery, uint64_t until_ns);
void delivery_stop_guard(struct delivery *delivery);

/*
 * Since the last look the guard has found out who debugs the client. debugged: who is in the
 * subtree POLICY_DEBUGGERS and the client's index is not asked about any more, unless the policy is
 * `hold`.
 */
void delivery_set_debugged(struct delivery *delivery, uint64_t client_id, bool debugged);
enum { SUBJECTS_AT_ONCE = 256 };
/* Who waits for the client, the oldest; a process may be there more than once. How many. */
size_t delivery_subjects(struct delivery *delivery, uint64_t client_id,
			 pid_t ret_pids[SUBJECTS_AT_ONCE]);
/* What this process waits for is allowed, as far as the client is concerned. */
void delivery_excuse(struct delivery *delivery, uint64_t client_id, pid_t pid);

/* 0; -EINVAL: no such policy; -ENOENT: no such client; -EPERM: it is not debuggable. */
int delivery_set_debug_policy(struct delivery *delivery, uint64_t client_id, unsigned int policy);

enum {
	MISSED_KEPT = 256, /* of each client; the oldest goes */
	MISSED_AT_ONCE = 64,
};
/* One answer given for a client that was stopped. */
struct missed {
	uint64_t client_id;
	uint64_t number; /* of the client's, from 0 */
	uint64_t seq_num; /* of the message the client does not get */
	int64_t wall_time_ns;
	uint64_t monotonic_ns;
	unsigned int event;
	bool allowed;
	pid_t subject_pid;
	char subject_path[256];
	char target_path[256];
};
/* A walk over what is kept of all clients, page by page. Zero at the beginning. */
struct delivery_missed {
	unsigned int index; /* of the client, */
	uint64_t client_id;
	uint64_t number; /* and the first that was not told */
	size_t count; /* of the page */
	struct missed entries[MISSED_AT_ONCE];
};
/* The next page, perhaps an empty one. False: it is the last. See delivery_give_way. */
bool delivery_next_missed(struct delivery *delivery, struct delivery_missed *walk);

#endif
