/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of muted processes (processes.h): a hash by pid and pidversion. Owns its entries; hands on
 * the token as it was given when the process was first muted.
 */
#include "daemon/policy/processes.h"

#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>

struct process_key {
	__u32 pid;
	__u32 pidversion;
};

struct process_entry {
	UT_hash_handle hh;
	struct process_key key;
	struct record_token token;
	struct event_set events;
	bool inserted;
};

static struct process_entry *find(const struct process_set *set, const struct record_token *token)
{
	struct process_key key = {
		.pid = token->words[RECORD_TOKEN_PID],
		.pidversion = token->words[RECORD_TOKEN_PIDVERSION],
	};
	struct process_entry *found = NULL;

	HASH_FIND(hh, set->entries, &key, sizeof(key), found);
	return found;
}

void process_set_done(struct process_set *set)
{
	struct process_entry *entry;
	struct process_entry *next;

	HASH_ITER (hh, set->entries, entry, next) {
		HASH_DEL(set->entries, entry);
		free(entry);
	}
	*set = (struct process_set){0};
}

size_t process_set_count(const struct process_set *set)
{
	return HASH_COUNT(set->entries);
}

int process_set_add(struct process_set *set, const struct record_token *token,
		    const struct event_set *events)
{
	struct process_entry *entry = find(set, token);

	if (entry) {
		event_set_merge(&entry->events, events);
		return 0;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->key.pid = token->words[RECORD_TOKEN_PID];
	entry->key.pidversion = token->words[RECORD_TOKEN_PIDVERSION];
	entry->token = *token;
	entry->events = *events;
	entry->inserted = true;
	HASH_ADD(hh, set->entries, key, sizeof(entry->key), entry);
	if (!entry->inserted) {
		free(entry);
		return -ENOMEM;
	}
	return 1;
}

static void drop(struct process_set *set, struct process_entry *entry)
{
	HASH_DEL(set->entries, entry);
	free(entry);
}

void process_set_remove(struct process_set *set, const struct record_token *token,
			const struct event_set *events)
{
	struct process_entry *entry = find(set, token);

	if (!entry)
		return;
	event_set_subtract(&entry->events, events);
	if (event_set_empty(&entry->events))
		drop(set, entry);
}

void process_set_forget(struct process_set *set, const struct record_token *token)
{
	struct process_entry *entry = find(set, token);

	if (entry)
		drop(set, entry);
}

bool process_set_has(const struct process_set *set, const struct record_token *token,
		     unsigned int event)
{
	struct process_entry *entry = set->entries ? find(set, token) : NULL;

	return entry && event_set_has(&entry->events, event);
}

int process_set_each(const struct process_set *set,
		     int (*each)(void *context, const struct record_token *token,
				 const struct event_set *events),
		     void *context)
{
	struct process_entry *entry;
	struct process_entry *next;

	HASH_ITER (hh, set->entries, entry, next) {
		int result = each(context, &entry->token, &entry->events);

		if (result < 0)
			return result;
	}
	return 0;
}
