/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of (path, events), matched literally or as prefixes.
 *
 * A prefix matches bytes, as in EndpointSecurity: "/usr/b" matches "/usr/bin/ls". Asking costs one
 * pass over the path: the hash is carried along byte by byte, and looked up at the lengths that
 * some prefix has.
 */
#ifndef SLUICE_DAEMON_POLICY_PATHS_H
#define SLUICE_DAEMON_POLICY_PATHS_H

#include "base/table.h"
#include "wire/events.h"

#include <stdbool.h>
#include <stddef.h>

struct path_entry {
	struct table_link link;
	struct path_entry *next; /* in the order in which they were made; utlist */
	struct path_entry *prev;
	struct event_set events;
	size_t path_length;
	char path[];
};

struct path_length {
	size_t length;
	size_t count; /* entries of this length */
};

/* Zero-initialised is empty. */
struct path_set {
	struct table entries;
	struct path_entry *oldest;
	struct path_length *lengths; /* ascending */
	size_t length_count;
};

void path_set_done(struct path_set *set);
size_t path_set_count(const struct path_set *set);
/* Adds the events to the path's entry. 1: a new entry was made, 0: there was one, -ENOMEM. */
int path_set_add(struct path_set *set, const char *path, size_t length,
		 const struct event_set *events);
/* Takes the events from the path's entry, and the entry away when none is left. */
void path_set_remove(struct path_set *set, const char *path, size_t length,
		     const struct event_set *events);
bool path_set_has_literal(const struct path_set *set, const char *path, size_t length,
			  unsigned int event);
bool path_set_has_prefix(const struct path_set *set, const char *path, size_t length,
			 unsigned int event);
/* One step of a walk, as table_step. *ret_entry is valid until the set changes; NULL: none here. */
bool path_set_step(const struct path_set *set, uint64_t *place,
		   const struct path_entry **ret_entry);

#endif
