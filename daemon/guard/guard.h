/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: keeps the machine going while a debuggable client is stopped. A thread that makes the
 * watches through which delivery/ looks at such clients, and looks itself while one of them owes
 * what its handler was not entered for, or is stopped. Without debuggable clients it sleeps.
 */
#ifndef SLUICE_DAEMON_GUARD_GUARD_H
#define SLUICE_DAEMON_GUARD_GUARD_H

#include "base/cleanup.h"
#include "daemon/delivery/stops.h"

enum {
	GUARD_WAITING_MS = STOP_CONFIRM_MS, /* between two looks while something waits */
	GUARD_STOPPED_MS = 5, /* while the client is stopped */
	GUARD_HANDLING_MS = 50, /* while its handler has all it owes */
	GUARD_RENEW_MS = 1000, /* until its threads and cgroup are looked up again */
};

struct guard;

/* Starts it; delivery stays the caller's and outlives it. 0 or negative errno. */
int guard_new(struct guard **ret_guard, struct delivery *delivery);
/* NULL is fine. Returns NULL. */
struct guard *guard_free(struct guard *guard);
DEFINE_OWNED(struct guard, guard_free)

#endif
