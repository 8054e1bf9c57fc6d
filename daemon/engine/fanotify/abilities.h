/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fanotify and the process connector can do here, and what that means for each event.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_ABILITIES_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_ABILITIES_H

#include "daemon/engine/engine.h"

#include <linux/types.h>

/* Newer than the build machine's headers. */
#ifndef FAN_MARK_IGNORE
#define FAN_MARK_IGNORE 0x00000400
#endif

struct abilities {
	int permission_error; /* 0: subjects can be held; else negative errno */
	int name_error; /* 0: events with names of files */
	int connector_error; /* 0: events of processes */
	int ignore_error; /* 0: directories alone can be listened to, Linux 6.0 */
};

/* Makes the groups the engine lives on; -1 where there is none. They are the caller's. */
struct ability_groups {
	int permission;
	int name;
	int connector;
};
void abilities_probe(struct abilities *ret_abilities, struct ability_groups *ret_groups);

/* What is missing, and what to do, for a person; 0 if there is enough to run at all. */
int abilities_sufficient(const struct abilities *abilities, char error[CONTROL_TEXT_MAX]);

/* Pure. */
void abilities_support(const struct abilities *abilities, unsigned int event,
		       struct engine_support *ret_support);

#endif
