/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine is: it brings the machine's events to delivery/ and holds subjects until released.
 *
 * daemon/service/ picks one and makes it; daemon/control/ tells it what clients want. An engine has
 * its own threads; its functions here are called from the control thread alone, but for `release`,
 * and for the subtrees and `process_token`, which may come from any thread.
 */
#ifndef SLUICE_DAEMON_ENGINE_ENGINE_H
#define SLUICE_DAEMON_ENGINE_ENGINE_H

#include "daemon/delivery/delivery.h"

struct engine;

struct engine_options {
	/* Files: only of this subtree or mount; NULL: of the machine. Processes are told of either
	 * way; their execs are asked about where their executables are watched. */
	const char *root;
	pid_t daemon_pid; /* never gated, never told of */
};

/* What the engine can do with an event on this machine, and why not more. */
struct engine_support {
	enum control_support_level level;
	char reason[CONTROL_TEXT_MAX]; /* for people; empty where there is nothing to say */
};

struct engine_status {
	char text[1024]; /* for `esctl status`: groups, watched file systems, what is left out and
			    why */
	uint64_t events;
	uint64_t overflows; /* the kernel's queue was full */
	uint64_t ambiguous_attributes; /* attribute changes that could not be told apart */
	uint64_t processes; /* in the process table */
	uint64_t marks;
};

struct engine_operations {
	const char *name;
	/*
	 * Makes and starts it: process table seeded, threads running, nothing watched yet. On
	 * failure fills error[] with what is wrong and what to do. 0 or negative errno.
	 */
	int (*new)(struct engine **ret_engine, const struct engine_options *options,
		   struct delivery *delivery, char error[CONTROL_TEXT_MAX]);
	/* Stops the threads, lets go of every subject. NULL is fine. Returns NULL. */
	struct engine *(*free)(struct engine *engine);
	void (*support)(const struct engine *engine, unsigned int event,
			struct engine_support *ret_support);
	/* What all clients together want has changed. Returns when it is watched (or not any more).
	 */
	int (*set_events)(struct engine *engine, const struct event_set *events,
			  char error[CONTROL_TEXT_MAX]);
	/* delivery's release function; any thread, must not block. */
	void (*release)(void *engine, uint64_t hold, bool allow);
	/* Calls done(context) from a thread of the engine when all that the kernel has told is
	 * delivered. */
	int (*fence)(struct engine *engine, void (*done)(void *context), void *context);
	/* Token of the living process pid. 0 or -ESRCH. */
	int (*process_token)(struct engine *engine, pid_t pid, struct record_token *ret_token);
	/* Is the process of this token alive (pidversion 0: whatever has the pid)? Fills in the
	 * full token. */
	int (*process_alive)(struct engine *engine, struct record_token *token);
	/* A descendants client came (its process is `root`) or went: mark its subtree with its
	 * index. The same with POLICY_DEBUGGERS and the index of a client that is debugged; there
	 * several may be added. */
	void (*subtree_add)(struct engine *engine, unsigned int client_index,
			    const struct record_token *root);
	void (*subtree_remove)(struct engine *engine, unsigned int client_index);
	/* Is the process in the subtree of this client? */
	bool (*subtree_has)(struct engine *engine, unsigned int client_index,
			    const struct record_token *token);
	/*
	 * pidversions go on where the daemon before has left them in this file, and are kept there.
	 * Once, before the first client, when no other daemon runs. Whatever it returns, text[] may
	 * get something for the log. 0, or negative errno: they will end with this daemon.
	 */
	int (*keep_versions)(struct engine *engine, const char *path, char text[CONTROL_TEXT_MAX]);
	void (*status)(struct engine *engine, struct engine_status *ret_status);
};

extern const struct engine_operations engine_fanotify;

#endif
