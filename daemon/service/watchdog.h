/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells systemd that the daemon is alive, and only while it is: the control thread by asking, the
 * engine by passing a fence, the deadline thread by its beats.
 */
#ifndef SLUICE_DAEMON_SERVICE_WATCHDOG_H
#define SLUICE_DAEMON_SERVICE_WATCHDOG_H

#include "daemon/deadline/clock.h"
#include "daemon/engine/engine.h"

#include <systemd/sd-event.h>

struct watchdog;

struct watchdog_options {
	sd_event *event;
	const struct engine_operations *operations;
	struct engine *engine;
	const struct deadline_clock *clock;
	uint64_t period_us; /* a look each; half of what systemd allows */
	void (*alive)(void *context);
	void (*stuck)(void *context, const char *who);
	void *context;
};

/* 0 or negative errno. */
int watchdog_new(struct watchdog **ret_watchdog, const struct watchdog_options *options);
/* After the engine is freed. NULL is fine. Returns NULL. */
struct watchdog *watchdog_free(struct watchdog *watchdog);
DEFINE_OWNED(struct watchdog, watchdog_free)

#endif
