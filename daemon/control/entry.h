/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file of /etc/endpointsecurity/clients.d: whom it is about and what they may.
 *
 *	# the scanner of example.org
 *	unit = scanner.service
 *	allow = yes
 *	clients = 2
 */
#ifndef SLUICE_DAEMON_CONTROL_ENTRY_H
#define SLUICE_DAEMON_CONTROL_ENTRY_H

#include "wire/debug.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { ENTRY_NAME_MAX = 256, ENTRY_USER_MAX = 33 };

struct entry {
	char name[ENTRY_NAME_MAX]; /* of the file */
	/* Whom: at least one of these; all that are given must hold. */
	bool by_uid; /* set by the loader too, once it knows the user's uid */
	uid_t uid;
	char user[ENTRY_USER_MAX]; /* empty: not given */
	char unit[ENTRY_NAME_MAX]; /* systemd's system unit; empty: not given */
	/* What. */
	bool allow;
	bool descendants; /* may make descendants clients; yes unless said */
	bool debuggable; /* may be stopped by a debugger without holding the machine */
	bool debug_policy_said;
	enum debug_policy debug_policy; /* while it is stopped */
	unsigned int clients; /* how many at a time; 0: no limit of its own */
};

struct entry_error {
	unsigned int line; /* 0: the file as a whole */
	char text[160];
};

/*
 * Reads the text of one file. 0, or -EINVAL with the first thing that is wrong in *ret_error.
 * `name` is left empty.
 */
int entry_parse(const char *bytes, size_t size, struct entry *ret_entry,
		struct entry_error *ret_error);

/* Is the entry about this user in this unit (empty: none)? */
bool entry_matches(const struct entry *entry, uid_t uid, const char *unit);

#endif
