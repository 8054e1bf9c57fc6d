/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon as a whole: built up, run until it is to end, taken down.
 */
#ifndef SLUICE_DAEMON_SERVICE_SERVICE_H
#define SLUICE_DAEMON_SERVICE_SERVICE_H

#include "daemon/service/options.h"

/* Exit codes, as sysexits.h numbers them. */
enum {
	SERVICE_OK = 0,
	SERVICE_USAGE = 64,
	SERVICE_UNAVAILABLE = 69, /* the engine, or something of the system */
	SERVICE_BUSY = 75, /* another daemon runs */
	SERVICE_NOT_PERMITTED = 77,
	SERVICE_CONFIGURATION = 78,
};

/* Returns the exit code; what went wrong is in the journal. */
int service_run(const struct options *options, struct journal *journal);

#endif
