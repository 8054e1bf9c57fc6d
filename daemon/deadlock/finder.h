/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that finds out why a question is not answered. It sleeps while nothing is asked; what
 * has waited for 100 ms it looks into, with no lock of the daemon's, from /proc and the socket
 * diagnosis alone. Nobody waits for it: it may be slow, or be gone, and every deadline holds.
 *
 * A proven cycle (graph.h) is broken at once, as if the deadline had passed. Everything else is
 * words.
 */
#ifndef SLUICE_DAEMON_DEADLOCK_FINDER_H
#define SLUICE_DAEMON_DEADLOCK_FINDER_H

#include "base/cleanup.h"
#include "daemon/delivery/delivery.h"

enum {
	FINDER_AGE_MS = 100, /* of a question that is looked into */
	FINDER_PAUSE_MS = 100, /* between two looks, and nine times as long as the last took */
	FINDER_CONFIRM_MS = 5, /* between the two looks that prove a cycle */
	FINDER_LOG_MS = 1000, /* age at which it is logged, if it is no cycle: that is at once */
	FINDER_QUESTIONS_MAX = 4096, /* known in one look; behind them nobody is known to be held */
	FINDER_WHY_MAX = 1024,
};

struct finder;

struct finder_options {
	struct delivery *delivery; /* the caller's; outlives the finder */
	/* For the log; priorities of syslog(3). Must not block. */
	void (*say)(void *context, int priority, const char *text);
	void *say_context;
};

/* Starts it. 0 or negative errno. */
int finder_new(struct finder **ret_finder, const struct finder_options *options);
/*
 * Ends it, after delivery_stop. NULL is fine. Returns NULL; or the finder, if its thread does not
 * end in time: then what it uses must stay.
 */
struct finder *finder_free(struct finder *finder);
DEFINE_OWNED(struct finder, finder_free)

enum finder_cycle { FINDER_NO_CYCLE, FINDER_PLAUSIBLE, FINDER_PROVEN };
struct finder_why {
	enum finder_cycle cycle;
	char text[FINDER_WHY_MAX];
};
/*
 * Why the client does not answer, as far as is known. Any thread; takes no longer than a copy.
 * False: nothing is known, or nothing of the client's has waited for long. NULL finder is fine.
 */
bool finder_tell(struct finder *finder, uint64_t client_id, struct finder_why *ret_why);

#endif
