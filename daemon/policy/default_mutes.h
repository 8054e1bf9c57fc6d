/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SLUICE_DAEMON_POLICY_DEFAULT_MUTES_H
#define SLUICE_DAEMON_POLICY_DEFAULT_MUTES_H

#include "wire/control.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { DEFAULT_MUTE_USERS = 2 };

/* The mutes a new client begins with: AUTH events only; NOTIFY events of these programs still
 * arrive. */
struct default_mute {
	enum control_mute_kind kind;
	const char *path;
	const char *users[DEFAULT_MUTE_USERS]; /* whose the program is beside root's, by system */
};

extern const struct default_mute default_mutes[];
extern const size_t default_mute_count;

/* The events a default mute of this kind stands for. */
struct event_set default_mute_events(enum control_mute_kind kind);

/* Once, before the first client: until then all of them are root's alone. */
void default_mutes_find_users(bool (*find)(const char *name, uid_t *ret_uid));

/*
 * Does a mute by this path count for the process with this token? Not if the path is one of the
 * defaults, the event one that can be decided, and the process neither root's nor the program's own
 * user's: anyone may run such a program and have it do something else. True for all other paths.
 */
bool default_mute_trusts(const struct record_token *token, enum control_mute_kind kind,
			 const char *path, unsigned int event);

#endif
