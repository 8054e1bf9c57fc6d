/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All admission files together. Read at start and on SIGHUP, never while somebody asks.
 */
#ifndef SLUICE_DAEMON_CONTROL_ENTRIES_H
#define SLUICE_DAEMON_CONTROL_ENTRIES_H

#include "base/cleanup.h"
#include "daemon/control/entry.h"

#define ENTRIES_DIRECTORY "/etc/endpointsecurity/clients.d"

struct entries {
	struct entry *entries; /* by file name */
	size_t count;
};

/*
 * Reads directory/NAME.conf, sorted by NAME. A directory that is not there is an empty one. A file
 * that cannot be read, is not root's own or not understood is left out and complained of. 0 or
 * negative errno.
 */
int entries_load(struct entries **ret_entries, const char *directory,
		 void (*complain)(void *context, const char *text), void *context);
/* NULL is fine. Returns NULL. */
struct entries *entries_free(struct entries *entries);
DEFINE_OWNED(struct entries, entries_free)

/* A user by name, from /etc/passwd itself. */
bool entries_find_user(const char *name, uid_t *ret_uid);

/* The first entry about this user in this unit; NULL if there is none, or no entries. */
const struct entry *entries_find(const struct entries *entries, uid_t uid, const char *unit);

#endif
