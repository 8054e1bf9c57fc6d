/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of muted paths (paths.h): a hash of entries by path, and the ascending list of lengths that
 * occur, so that a prefix look-up stops only where a prefix could end. Owns copies of the paths.
 */
#include "daemon/policy/paths.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { HASH_START = 0x811c9dc5 };

/* FNV-1a, which can be carried along a path one byte at a time. */
static uint32_t hash_step(uint32_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * 0x01000193U;
}

/* FNV's low bits choose the bucket; fold the high ones in. */
static uint32_t hash_fold(uint32_t hash)
{
	return hash ^ hash >> 16;
}

static uint32_t hash_path(const char *path, size_t length)
{
	uint32_t hash = HASH_START;

	for (size_t i = 0; i < length; i++)
		hash = hash_step(hash, path[i]);
	return hash_fold(hash);
}

static struct path_entry *find(const struct path_set *set, const char *path, size_t length,
			       uint32_t hash)
{
	struct table_link *link = table_find(&set->entries, hash);

	for (; link; link = table_find_next(link)) {
		struct path_entry *entry = (struct path_entry *)link;

		if (entry->path_length == length && memcmp(entry->path, path, length) == 0)
			return entry;
	}
	return NULL;
}

void path_set_done(struct path_set *set)
{
	struct path_entry *entry;
	struct path_entry *next;

	/* In the order in which they were made: memory likes that, and there may be many. */
	DL_FOREACH_SAFE (set->oldest, entry, next)
		free(entry);
	table_done(&set->entries, NULL);
	free(set->lengths);
	*set = (struct path_set){0};
}

size_t path_set_count(const struct path_set *set)
{
	return set->entries.count;
}

/* The place of this length in the list, or where it belongs. */
static size_t length_place(const struct path_set *set, size_t length)
{
	size_t place = 0;

	while (place < set->length_count && set->lengths[place].length < length)
		place++;
	return place;
}

static int length_add(struct path_set *set, size_t length)
{
	size_t place = length_place(set, length);
	struct path_length *lengths;

	if (place < set->length_count && set->lengths[place].length == length) {
		set->lengths[place].count++;
		return 0;
	}
	lengths = reallocarray(set->lengths, set->length_count + 1, sizeof(*lengths));
	if (!lengths)
		return -ENOMEM;
	memmove(lengths + place + 1, lengths + place,
		(set->length_count - place) * sizeof(*lengths));
	lengths[place] = (struct path_length){.length = length, .count = 1};
	set->lengths = lengths;
	set->length_count++;
	return 0;
}

static void length_remove(struct path_set *set, size_t length)
{
	size_t place = length_place(set, length);

	if (--set->lengths[place].count > 0)
		return;
	set->length_count--;
	memmove(set->lengths + place, set->lengths + place + 1,
		(set->length_count - place) * sizeof(*set->lengths));
}

int path_set_add(struct path_set *set, const char *path, size_t length,
		 const struct event_set *events)
{
	uint32_t hash = hash_path(path, length);
	struct path_entry *entry = find(set, path, length, hash);

	if (entry) {
		event_set_merge(&entry->events, events);
		return 0;
	}
	entry = calloc(1, sizeof(*entry) + length + 1);
	if (!entry || length_add(set, length) < 0) {
		free(entry);
		return -ENOMEM;
	}
	memcpy(entry->path, path, length);
	entry->path_length = length;
	entry->events = *events;
	if (table_add(&set->entries, &entry->link, hash) < 0) {
		length_remove(set, length);
		free(entry);
		return -ENOMEM;
	}
	DL_APPEND(set->oldest, entry);
	return 1;
}

void path_set_remove(struct path_set *set, const char *path, size_t length,
		     const struct event_set *events)
{
	struct path_entry *entry = find(set, path, length, hash_path(path, length));

	if (!entry)
		return;
	event_set_subtract(&entry->events, events);
	if (!event_set_empty(&entry->events))
		return;
	table_remove(&set->entries, &entry->link);
	DL_DELETE(set->oldest, entry);
	length_remove(set, length);
	free(entry);
}

bool path_set_has_literal(const struct path_set *set, const char *path, size_t length,
			  unsigned int event)
{
	struct path_entry *entry;

	if (set->entries.count == 0)
		return false;
	entry = find(set, path, length, hash_path(path, length));
	return entry && event_set_has(&entry->events, event);
}

bool path_set_has_prefix(const struct path_set *set, const char *path, size_t length,
			 unsigned int event)
{
	uint32_t hash = HASH_START;
	size_t hashed = 0;

	for (size_t i = 0; i < set->length_count && set->lengths[i].length <= length; i++) {
		struct path_entry *entry;

		while (hashed < set->lengths[i].length)
			hash = hash_step(hash, path[hashed++]);
		entry = find(set, path, hashed, hash_fold(hash));
		if (entry && event_set_has(&entry->events, event))
			return true;
	}
	return false;
}

bool path_set_step(const struct path_set *set, uint64_t *place, const struct path_entry **ret_entry)
{
	struct table_link *link;

	if (!table_step(&set->entries, place, &link))
		return false;
	*ret_entry = (const struct path_entry *)link;
	return true;
}
