/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line asks for.
 */
#ifndef SLUICE_TOOLS_ESLOGGER_OPTIONS_H
#define SLUICE_TOOLS_ESLOGGER_OPTIONS_H

#include "tools/eslogger/encode.h"

#include <stdio.h>

struct options {
	bool help;
	bool version;
	bool list_events;
	enum encode_tokens tokens;
	const char *record; /* path of the file for records, NULL: print lines */
	const char *replay; /* path of a file of records, NULL: watch this machine */
	bool wanted[ES_EVENT_TYPE_LAST]; /* NOTIFY types */
	unsigned int wanted_count;
};

/*
 * Reads the arguments. 0, or -EINVAL after having said on `errors` what is wrong with them and what
 * to do.
 */
int options_read(struct options *ret_options, int count, char *const *arguments, FILE *errors);

/* The help text. Its lines are those of the man page's table of options. */
void options_help(FILE *output);

#endif
