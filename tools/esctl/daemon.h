/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What esctl asks the daemon. Every function here says on stderr what went wrong and what to do
 * about it; its caller only has to stop.
 */
#ifndef SLUICE_TOOLS_ESCTL_DAEMON_H
#define SLUICE_TOOLS_ESCTL_DAEMON_H

#include "control/control.h"

struct daemon {
	const char *socket; /* NULL: where control_open looks */
	struct control *control; /* made by the first request, so that words are checked before */
};
void daemon_done(struct daemon *daemon);

/* Sends a request that has no descriptors in its answer. The answer's number, where it has one,
 * goes to *ret_number. 0, or negative after a complaint. */
int daemon_request(struct daemon *daemon, const struct control_request *request,
		   uint64_t *ret_number);

/* The text of a report, NUL-terminated; the caller frees it. NULL after a complaint. */
char *daemon_report(struct daemon *daemon, enum control_report_kind kind, uint64_t client_id);

#endif
