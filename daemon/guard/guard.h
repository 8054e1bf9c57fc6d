/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: keeps the machine going while a debuggable client is stopped. A thread that makes the
 * watches through which delivery/ looks at such clients, and looks itself while one of them owes
 * what its handler was not entered for, or is stopped. It also finds out who debugs them, so that a
 * debugger never waits on the debugged. Without debuggable clients it sleeps.
 */
#ifndef SLUICE_DAEMON_GUARD_GUARD_H
#define SLUICE_DAEMON_GUARD_GUARD_H

#include "base/cleanup.h"
#include "daemon/delivery/stops.h"

enum {
	GUARD_WAITING_MS = STOP_CONFIRM_MS, /* between two looks while something waits */
	GUARD_STOPPED_MS = 5, /* while the client is stopped */
	GUARD_HANDLING_MS = 50, /* while its handler has all it owes */
	GUARD_RENEW_MS = 1000, /* until its threads are looked up again */
	GUARD_TRACED_MS = 50, /* until it is looked whether it is still traced */
};

/* What the guard needs of the engine: the subtrees of debuggers, by POLICY_DEBUGGERS and an index.
 * Called from the guard's thread. */
struct guard_engine {
	void *context;
	/* Process `root` and its descendants are in it, beside those that are. */
	void (*add)(void *context, unsigned int index, pid_t root);
	void (*remove)(void *context, unsigned int index); /* all of them */
	bool (*has)(void *context, unsigned int index, pid_t pid);
};

struct guard;

/* Starts it; delivery and the engine stay the caller's and outlive it. 0 or negative errno. */
int guard_new(struct guard **ret_guard, struct delivery *delivery,
	      const struct guard_engine *engine);
/* NULL is fine. Returns NULL. */
struct guard *guard_free(struct guard *guard);
DEFINE_OWNED(struct guard, guard_free)

#endif
