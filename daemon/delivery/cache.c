/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer cache (cache.h): one hash for all clients, oldest entries first out. Owns its entries;
 * hands on the flags that were allowed.
 */
#include "daemon/delivery/cache.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdlib.h>

struct cache_entry {
	UT_hash_handle hh;
	struct cache_key key;
	uint32_t flags;
	bool inserted;
};

static struct cache_entry *find(const struct cache *cache, const struct cache_key *key)
{
	struct cache_entry *found = NULL;

	HASH_FIND(hh, cache->entries, key, sizeof(*key), found);
	return found;
}

static void drop(struct cache *cache, struct cache_entry *entry)
{
	HASH_DEL(cache->entries, entry);
	free(entry);
}

static bool fresh(const struct delivery_identity *file, int64_t now_ns)
{
	int64_t guard = CACHE_FRESH_MS * (int64_t)NANOSECONDS_PER_MILLISECOND;

	return file->changed_ns > now_ns - guard;
}

void cache_put(struct cache *cache, const struct cache_key *key, uint32_t flags, int64_t now_ns)
{
	struct cache_entry *entry = find(cache, key);

	if (entry) {
		entry->flags = flags;
		return;
	}
	if (fresh(&key->target, now_ns))
		return;
	if (HASH_COUNT(cache->entries) >= CACHE_ENTRIES_MAX)
		drop(cache, cache->entries);
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->key = *key;
	entry->flags = flags;
	entry->inserted = true;
	HASH_ADD(hh, cache->entries, key, sizeof(entry->key), entry);
	if (!entry->inserted)
		free(entry);
}

bool cache_find(const struct cache *cache, const struct cache_key *key, uint32_t *ret_flags)
{
	struct cache_entry *entry = cache->entries ? find(cache, key) : NULL;

	if (!entry)
		return false;
	*ret_flags = entry->flags;
	return true;
}

void cache_clear(struct cache *cache)
{
	struct cache_entry *entry;
	struct cache_entry *next;

	HASH_ITER (hh, cache->entries, entry, next) {
		drop(cache, entry);
	}
}

size_t cache_count(const struct cache *cache)
{
	return HASH_COUNT(cache->entries);
}
