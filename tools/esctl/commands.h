/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands: a row each, in the table of esctl.c.
 */
#ifndef SLUICE_TOOLS_ESCTL_COMMANDS_H
#define SLUICE_TOOLS_ESCTL_COMMANDS_H

#include "tools/esctl/daemon.h"

#include <stdbool.h>

enum { EXIT_USAGE = 2 };

struct invocation {
	struct daemon daemon;
	bool json; /* the daemon's own text instead of tables */
	int count; /* of the words behind the command's name */
	char *const *words;
};

/* An exit code. What went wrong has been said. */
typedef int command_function(struct invocation *invocation);

command_function command_status;
command_function command_clients;
command_function command_pending;
command_function command_events;
command_function command_mutes;
command_function command_denials;
command_function command_missed;
command_function command_debug;
command_function command_mute;
command_function command_unmute;
command_function command_cache;
command_function command_release_all;

/* esctl debug CLIENT POLICY */
int command_set_debug_policy(struct invocation *invocation, uint64_t client_id);

/* A client's number. 0, or -EINVAL after a complaint. */
int command_client_id(const char *word, uint64_t *ret_client_id);

#endif
