/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line of endpointsecurityd says.
 */
#ifndef SLUICE_DAEMON_SERVICE_OPTIONS_H
#define SLUICE_DAEMON_SERVICE_OPTIONS_H

#include "daemon/engine/engine.h"
#include "daemon/service/journal.h"
#include "wire/debug.h"

#include <stdbool.h>
#include <stdio.h>

struct options {
	const struct engine_operations *engine;
	const char *root; /* NULL: the machine */
	const char *socket;
	const char *clients;
	enum journal_target log;
	bool log_chosen;
	bool development;
	enum debug_policy debug_policy;
	bool replace;
	bool private_daemon;
	int descriptor; /* of a private daemon; -1: none */
};

enum {
	OPTIONS_DONE = 1, /* all was said: --help or --version */
};

/*
 * Reads the command line; strings stay argv's. 0, OPTIONS_DONE after printing to `output`, or
 * -EINVAL with what is wrong in error[].
 */
int options_read(struct options *ret_options, int argc, char **argv, FILE *output,
		 char error[CONTROL_TEXT_MAX]);

#endif
