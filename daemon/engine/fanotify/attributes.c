/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of files with what was last seen of each: mode, owner, times, links, size. fanotify says
 * only "attributes changed"; the difference says which.
 *
 * Sets of four entries share a bucket, and the one not looked at for longest gives way. A file that
 * is not known gives ATTRIBUTE_UNKNOWN, never a guess.
 */
#include "daemon/engine/fanotify/attributes.h"

#include <errno.h>
#include <string.h>

enum { WAYS = 4 };

struct entry {
	struct file_key key;
	uint64_t used; /* 0: free */
	struct record_stat stat;
	bool written;
};

struct attributes {
	size_t buckets;
	uint64_t clock;
	struct entry entries[];
};

static int64_t nanoseconds(const struct record_time *time)
{
	return time->seconds * 1000000000 + time->nanoseconds;
}

int attributes_new(struct attributes **ret_attributes, size_t limit)
{
	struct attributes *attributes = calloc(1, sizeof(*attributes) +
							  limit * sizeof(attributes->entries[0]));

	if (!attributes)
		return -ENOMEM;
	attributes->buckets = limit / WAYS;
	*ret_attributes = attributes;
	return 0;
}

struct attributes *attributes_free(struct attributes *attributes)
{
	free(attributes);
	return NULL;
}

static bool same_key(const struct file_key *a, const struct file_key *b)
{
	return a->fsid == b->fsid && a->handle == b->handle;
}

/* The entry of this file, or the one it may take; *ret_known says which. */
static struct entry *find(struct attributes *attributes, const struct file_key *key,
			  bool *ret_known)
{
	uint64_t hash = (key->handle ^ key->fsid) * UINT64_C(0x9e3779b97f4a7c15);
	struct entry *bucket = &attributes->entries[(hash >> 32) % attributes->buckets * WAYS];
	struct entry *oldest = bucket;

	*ret_known = false;
	for (struct entry *entry = bucket; entry < bucket + WAYS; entry++) {
		if (entry->used && same_key(&entry->key, key)) {
			*ret_known = true;
			return entry;
		}
		if (entry->used < oldest->used)
			oldest = entry;
	}
	return oldest;
}

/*
 * Were the times set by hand? A write moves the time of modification too, but leaves it beside the
 * time of change, and that of access alone; a read never sets the latter back.
 */
static bool times_set(const struct record_stat *before, const struct record_stat *now, bool written)
{
	int64_t accessed = nanoseconds(&now->accessed);
	int64_t modified = nanoseconds(&now->modified);
	int64_t changed = nanoseconds(&now->changed);

	if (modified == nanoseconds(&before->modified))
		return accessed < nanoseconds(&before->accessed);
	if (!written)
		return true;
	return accessed == modified || modified < nanoseconds(&before->modified) ||
	       changed - modified > 1000000000 || modified > changed;
}

static unsigned int difference(const struct record_stat *before, const struct record_stat *now,
			       bool written)
{
	unsigned int changes = 0;

	if ((before->mode ^ now->mode) & 07777)
		changes |= ATTRIBUTE_MODE;
	if (before->uid != now->uid || before->gid != now->gid)
		changes |= ATTRIBUTE_OWNER;
	if (times_set(before, now, written))
		changes |= ATTRIBUTE_TIMES;
	if (before->links != now->links)
		changes |= ATTRIBUTE_LINKS;
	if (now->size < before->size)
		changes |= ATTRIBUTE_SHORTER;
	return changes;
}

unsigned int attributes_compare(struct attributes *attributes, const struct file_key *key,
				const struct record_stat *stat, bool written)
{
	unsigned int changes;
	bool known;
	struct entry *entry = find(attributes, key, &known);

	changes = known ? difference(&entry->stat, stat, written || entry->written)
			: ATTRIBUTE_UNKNOWN;
	if (!known)
		entry->written = false;
	entry->key = *key;
	entry->stat = *stat;
	entry->used = ++attributes->clock;
	entry->written |= written;
	return changes;
}

bool attributes_known(struct attributes *attributes, const struct file_key *key,
		      struct record_stat *ret_stat)
{
	bool known;
	struct entry *entry = find(attributes, key, &known);

	if (known)
		*ret_stat = entry->stat;
	return known;
}

bool attributes_take_written(struct attributes *attributes, const struct file_key *key)
{
	bool known, written;
	struct entry *entry = find(attributes, key, &known);

	written = !known || entry->written;
	if (known)
		entry->written = false;
	return written;
}
