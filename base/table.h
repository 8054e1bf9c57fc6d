/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table for those who look things up while somebody waits: no call ever rebuilds it, so that
 * adding, finding and removing cost the same however much is in it. It can be walked a step at a
 * time, and may change between the steps.
 *
 * Entries are the caller's; each begins with a struct table_link. The caller hashes and compares.
 */
#ifndef SLUICE_BASE_TABLE_H
#define SLUICE_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_link {
	struct table_link *next;
	uint64_t place; /* in the order of all */
};

enum { TABLE_PARTS = 15 }; /* 262144 buckets; with more entries than that it gets slower */

/* Zero-initialised is empty. */
struct table {
	struct table_link *parts[TABLE_PARTS];
	uint32_t bucket_count;
	size_t count; /* of entries */
};

/* Frees the entries by this function; NULL: they are not touched. */
void table_done(struct table *table, void (*free_entry)(void *link));
/* 0 or -ENOMEM. */
int table_add(struct table *table, struct table_link *link, uint32_t hash);
void table_remove(struct table *table, struct table_link *link);
/* The first entry with this hash; NULL: none. */
struct table_link *table_find(const struct table *table, uint32_t hash);
/* The next with the same hash; NULL: none. */
struct table_link *table_find_next(const struct table_link *link);

/*
 * One step on from *place; 0 is the beginning. False: that was the end. *ret_link is the entry
 * there, NULL if the step ends at none.
 *
 * What is in the table during the whole walk is met once; what is added or removed meanwhile, once
 * or not at all (twice, if it is added again among others of its hash). There are at most twice as
 * many steps as there have been entries.
 */
bool table_step(const struct table *table, uint64_t *place, struct table_link **ret_link);

/* The hash of some numbers; another seed, another hash. */
static inline uint32_t table_hash(uint64_t seed, const uint64_t *numbers, size_t count)
{
	uint64_t hash = seed;

	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ numbers[i]) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

#endif
