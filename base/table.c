/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash table (table.h): one list of all entries, in the order of their hashes read backwards,
 * bit by bit. Buckets are marks in that list. In a table with one bit more, a bucket falls apart
 * into two neighbours in that order: so a table grows by one more mark somewhere in the list, with
 * each entry that is added, and no entry moves.
 *
 * The order does not depend on how many buckets there are: a place in it means the same however the
 * table has changed. Entries with the same hash are told apart by a number, which marks have not.
 *
 * Owns the marks; each part of them is as large as all before it together.
 */
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_PART_BITS = 4 };

static uint32_t backwards(uint32_t bits)
{
	bits = (bits >> 1 & 0x55555555U) | (bits & 0x55555555U) << 1;
	bits = (bits >> 2 & 0x33333333U) | (bits & 0x33333333U) << 2;
	bits = (bits >> 4 & 0x0f0f0f0fU) | (bits & 0x0f0f0f0fU) << 4;
	return __builtin_bswap32(bits);
}

/* Where the mark of a bucket stands, and behind it the entries with this hash. */
static uint64_t place_of(uint32_t hash)
{
	return (uint64_t)backwards(hash) << 32;
}

static uint32_t hash_of(uint64_t place)
{
	return backwards((uint32_t)(place >> 32));
}

static bool is_mark(const struct table_link *link)
{
	return (uint32_t)link->place == 0;
}

static bool same_hash(const struct table_link *link, uint64_t place)
{
	return link && link->place >> 32 == place >> 32;
}

static unsigned int highest_bit(uint32_t number)
{
	return 31 - (unsigned int)__builtin_clz(number);
}

static unsigned int part_of(uint32_t bucket)
{
	return bucket >> FIRST_PART_BITS ? highest_bit(bucket) - FIRST_PART_BITS + 1 : 0;
}

/* Of the buckets in a part, the first; there are as many in it, but for the first part. */
static uint32_t part_start(unsigned int part)
{
	return part ? 1U << (part + FIRST_PART_BITS - 1) : 0;
}

static struct table_link *mark_of(const struct table *table, uint32_t bucket)
{
	unsigned int part = part_of(bucket);

	return &table->parts[part][bucket - part_start(part)];
}

/* The mark of the bucket this hash is in. There is one bucket at least. */
static struct table_link *mark_before(const struct table *table, uint32_t hash)
{
	uint32_t last = table->bucket_count - 1;
	uint32_t mask = last ? UINT32_MAX >> __builtin_clz(last) : 0;
	uint32_t bucket = hash & mask;

	/* That one is not made yet: it is still a part of another. */
	if (bucket > last)
		bucket &= mask >> 1;
	return mark_of(table, bucket);
}

/* The last link before this place, from a mark that is before it. */
static struct table_link *before(struct table_link *link, uint64_t place)
{
	while (link->next && link->next->place < place)
		link = link->next;
	return link;
}

static void put_behind(struct table_link *behind, struct table_link *link)
{
	link->next = behind->next;
	behind->next = link;
}

static int make_part(struct table *table, unsigned int part)
{
	size_t size = part ? part_start(part) : 1U << FIRST_PART_BITS;

	if (part >= TABLE_PARTS)
		return -ENOSPC;
	if (!table->parts[part])
		table->parts[part] = malloc(size * sizeof(struct table_link));
	return table->parts[part] ? 0 : -ENOMEM;
}

/* One more bucket. Where there is no memory for it, the others are longer. */
static int grow(struct table *table)
{
	uint32_t bucket = table->bucket_count;
	unsigned int part = part_of(bucket);
	struct table_link *mark;

	if (bucket == part_start(part) && make_part(table, part) < 0)
		return -ENOMEM;
	mark = mark_of(table, bucket);
	*mark = (struct table_link){.place = place_of(bucket)};
	if (bucket > 0)
		put_behind(before(mark_before(table, bucket), mark->place), mark);
	table->bucket_count++;
	return 0;
}

void table_done(struct table *table, void (*free_entry)(void *link))
{
	struct table_link *link = table->bucket_count ? mark_of(table, 0) : NULL;

	while (free_entry && link) {
		struct table_link *next = link->next;

		if (!is_mark(link))
			free_entry(link);
		link = next;
	}
	for (unsigned int part = 0; part < TABLE_PARTS; part++)
		free(table->parts[part]);
	*table = (struct table){0};
}

int table_add(struct table *table, struct table_link *link, uint32_t hash)
{
	uint64_t place = place_of(hash);
	struct table_link *behind;
	uint32_t number = 1;

	if (table->count >= table->bucket_count && grow(table) < 0 && table->bucket_count == 0)
		return -ENOMEM;
	behind = before(mark_before(table, hash), place);
	while (same_hash(behind->next, place)) {
		behind = behind->next;
		number = (uint32_t)behind->place + 1;
	}
	link->place = place | number;
	put_behind(behind, link);
	table->count++;
	return 0;
}

void table_remove(struct table *table, struct table_link *link)
{
	struct table_link *behind = before(mark_before(table, hash_of(link->place)), link->place);

	behind->next = link->next;
	table->count--;
}

struct table_link *table_find(const struct table *table, uint32_t hash)
{
	uint64_t place = place_of(hash);
	struct table_link *found;

	if (table->count == 0)
		return NULL;
	found = before(mark_before(table, hash), place | 1)->next;
	return same_hash(found, place) ? found : NULL;
}

struct table_link *table_find_next(const struct table_link *link)
{
	return same_hash(link->next, link->place) ? link->next : NULL;
}

bool table_step(const struct table *table, uint64_t *place, struct table_link **ret_link)
{
	struct table_link *link;

	if (table->count == 0)
		return false;
	link = before(mark_before(table, hash_of(*place)), *place + 1)->next;
	if (!link)
		return false;
	*place = link->place;
	*ret_link = is_mark(link) ? NULL : link;
	return true;
}
