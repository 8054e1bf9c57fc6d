/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer cache (cache.h): one table for all clients, oldest entries first out. Owns its
 * entries; hands on the flags that were allowed.
 */
#include "daemon/delivery/cache.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

struct cache_entry {
	struct table_link link;
	struct cache_entry *newer;
	struct cache_key key;
	uint32_t flags;
};

static uint32_t hash_of(const struct cache *cache, const struct cache_key *key)
{
	uint64_t numbers[sizeof(*key) / sizeof(uint64_t)];

	memcpy(numbers, key, sizeof(numbers));
	return table_hash(cache->seed, numbers, sizeof(numbers) / sizeof(numbers[0]));
}
_Static_assert(sizeof(struct cache_key) == 10 * sizeof(uint64_t), "no padding in what is compared");

static struct cache_entry *find(const struct cache *cache, const struct cache_key *key,
				uint32_t hash)
{
	struct table_link *link = table_find(&cache->entries, hash);

	for (; link; link = table_find_next(link)) {
		struct cache_entry *entry = (struct cache_entry *)link;

		if (memcmp(&entry->key, key, sizeof(*key)) == 0)
			return entry;
	}
	return NULL;
}

static void drop_oldest(struct cache *cache)
{
	struct cache_entry *oldest = cache->oldest;

	cache->oldest = oldest->newer;
	if (!cache->oldest)
		cache->newest = NULL;
	table_remove(&cache->entries, &oldest->link);
	free(oldest);
}

static bool fresh(const struct delivery_identity *file, int64_t now_ns)
{
	int64_t guard = CACHE_FRESH_MS * (int64_t)NANOSECONDS_PER_MILLISECOND;

	return file->changed_ns > now_ns - guard;
}

void cache_put(struct cache *cache, const struct cache_key *key, uint32_t flags, int64_t now_ns)
{
	uint32_t hash = hash_of(cache, key);
	struct cache_entry *entry = find(cache, key, hash);

	if (entry) {
		entry->flags = flags;
		return;
	}
	if (fresh(&key->target, now_ns))
		return;
	if (cache->entries.count >= CACHE_ENTRIES_MAX)
		drop_oldest(cache);
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->key = *key;
	entry->flags = flags;
	if (table_add(&cache->entries, &entry->link, hash) < 0) {
		free(entry);
		return;
	}
	if (cache->newest)
		cache->newest->newer = entry;
	else
		cache->oldest = entry;
	cache->newest = entry;
}

bool cache_find(const struct cache *cache, const struct cache_key *key, uint32_t *ret_flags)
{
	struct cache_entry *entry;

	if (cache->entries.count == 0)
		return false;
	entry = find(cache, key, hash_of(cache, key));
	if (!entry)
		return false;
	*ret_flags = entry->flags;
	return true;
}

struct cache cache_take(struct cache *cache)
{
	struct cache taken = *cache;

	*cache = (struct cache){.seed = taken.seed};
	return taken;
}

void cache_clear(struct cache *cache)
{
	/* In the order in which they were made: memory likes that, and there may be many. */
	while (cache->oldest) {
		struct cache_entry *oldest = cache->oldest;

		cache->oldest = oldest->newer;
		free(oldest);
	}
	table_done(&cache->entries, NULL);
	*cache = (struct cache){.seed = cache->seed};
}

size_t cache_count(const struct cache *cache)
{
	return cache->entries.count;
}
