/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of muted processes (processes.h): a table by pid and pidversion. Owns its entries; hands on
 * the token as it was given when the process was first muted.
 */
#include "daemon/policy/processes.h"

#include <errno.h>
#include <stdlib.h>

static uint32_t hash_of(const struct record_token *token)
{
	uint64_t key = (uint64_t)token->words[RECORD_TOKEN_PIDVERSION] << 32 |
		       token->words[RECORD_TOKEN_PID];

	return table_hash(0, &key, 1);
}

static struct process_entry *find(const struct process_set *set, const struct record_token *token)
{
	struct table_link *link = table_find(&set->entries, hash_of(token));

	for (; link; link = table_find_next(link)) {
		struct process_entry *entry = (struct process_entry *)link;

		if (entry->token.words[RECORD_TOKEN_PID] == token->words[RECORD_TOKEN_PID] &&
		    entry->token.words[RECORD_TOKEN_PIDVERSION] ==
			    token->words[RECORD_TOKEN_PIDVERSION])
			return entry;
	}
	return NULL;
}

void process_set_done(struct process_set *set)
{
	table_done(&set->entries, free);
}

size_t process_set_count(const struct process_set *set)
{
	return set->entries.count;
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
	entry->token = *token;
	entry->events = *events;
	if (table_add(&set->entries, &entry->link, hash_of(token)) < 0) {
		free(entry);
		return -ENOMEM;
	}
	return 1;
}

static void drop(struct process_set *set, struct process_entry *entry)
{
	table_remove(&set->entries, &entry->link);
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
	struct process_entry *entry = set->entries.count ? find(set, token) : NULL;

	return entry && event_set_has(&entry->events, event);
}

bool process_set_step(const struct process_set *set, uint64_t *place,
		      const struct process_entry **ret_entry)
{
	struct table_link *link;

	if (!table_step(&set->entries, place, &link))
		return false;
	*ret_entry = (const struct process_entry *)link;
	return true;
}
