/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers a client asked to be remembered: by event, acting executable and target, each known by an
 * identity that changes with the file. For speed, never for policy: anything may be forgotten at
 * any time. Guarded by delivery's lock.
 *
 * A file changed a moment ago is not remembered: its next change might carry the same time stamp.
 */
#ifndef SLUICE_DAEMON_DELIVERY_CACHE_H
#define SLUICE_DAEMON_DELIVERY_CACHE_H

#include "base/table.h"
#include "daemon/delivery/delivery.h"

enum {
	CACHE_ENTRIES_MAX = 65536, /* the oldest is forgotten for a new one */
	CACHE_FRESH_MS = 40, /* longer than the coarsest file time stamp lasts */
};

struct cache_key {
	struct delivery_identity executable;
	struct delivery_identity target;
	uint64_t event;
	uint64_t client_index;
};

struct cache_entry;
/* Zero-initialised is empty. */
struct cache {
	struct table entries;
	struct cache_entry *oldest;
	struct cache_entry *newest;
	uint64_t seed; /* of the hash: whoever owns files must not choose what collides */
};

/* now_ns: wall clock; the files must not have changed just before it. */
void cache_put(struct cache *cache, const struct cache_key *key, uint32_t flags, int64_t now_ns);
bool cache_find(const struct cache *cache, const struct cache_key *key, uint32_t *ret_flags);
/* Forgets everything. What remains of it is the caller's to clear, where nobody waits. */
struct cache cache_take(struct cache *cache);
void cache_clear(struct cache *cache);
size_t cache_count(const struct cache *cache);

#endif
