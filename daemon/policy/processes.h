/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of (process, events). A process is its pid and pidversion, never its pid alone.
 */
#ifndef SLUICE_DAEMON_POLICY_PROCESSES_H
#define SLUICE_DAEMON_POLICY_PROCESSES_H

#include "base/table.h"
#include "wire/events.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>

struct process_entry {
	struct table_link link;
	struct record_token token; /* as it was given when the process was first muted */
	struct event_set events;
};

/* Zero-initialised is empty. */
struct process_set {
	struct table entries;
};

void process_set_done(struct process_set *set);
size_t process_set_count(const struct process_set *set);
/* 1: a new entry was made, 0: there was one, -ENOMEM. */
int process_set_add(struct process_set *set, const struct record_token *token,
		    const struct event_set *events);
void process_set_remove(struct process_set *set, const struct record_token *token,
			const struct event_set *events);
void process_set_forget(struct process_set *set, const struct record_token *token);
bool process_set_has(const struct process_set *set, const struct record_token *token,
		     unsigned int event);
/* One step of a walk, as table_step. *ret_entry is valid until the set changes; NULL: none here. */
bool process_set_step(const struct process_set *set, uint64_t *place,
		      const struct process_entry **ret_entry);

#endif
