/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for messages (library/message/block.h). Owns the list of free blocks, one for the process.
 * Who finds the list in use goes to malloc instead of waiting, so that a fork in the middle or a
 * crowd of threads cannot hold anybody up.
 *
 * Once blocks are poisoned, the list is a quarantine instead: nothing of it is used again, and the
 * block that has been there longest makes room for the next.
 */
#include "library/message/block.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAGIC_FREE = 0x4553666d,
	POISON = 0xdb,
	PLACES_TRIED = 32, /* before a block goes without */
	PLACE_NONE = UINT32_MAX,
};

static struct {
	pthread_mutex_t lock;
	struct message *first; /* the one that was freed last */
	unsigned int count;
	struct message *quarantine[BLOCK_KEPT_MAX];
	unsigned int next; /* the oldest place there */
	_Atomic _Bool poison;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct message *_Atomic block_places[BLOCK_PLACES];

/* Only a block that comes from malloc needs one, so that what is kept and used again costs nothing.
 */
static void find_place(struct message *block)
{
	static _Atomic uint32_t next;

	for (unsigned int tried = 0; tried < PLACES_TRIED; tried++) {
		uint32_t place = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
		struct message *nobody = NULL;

		place %= BLOCK_PLACES;
		if (atomic_compare_exchange_strong(&block_places[place], &nobody, block)) {
			block->place = place;
			return;
		}
	}
	block->place = PLACE_NONE;
}

/* NULL is fine. */
static void give_back(struct message *block)
{
	if (block && block->place < BLOCK_PLACES)
		block_places[block->place] = NULL;
	free(block);
}

static struct message *take_kept(void)
{
	struct message *block = NULL;

	if (pthread_mutex_trylock(&kept.lock))
		return NULL;
	block = kept.first;
	if (block) {
		kept.first = block->next_free;
		kept.count--;
	}
	pthread_mutex_unlock(&kept.lock);
	return block;
}

static _Bool keep(struct message *block)
{
	_Bool room;

	if (pthread_mutex_trylock(&kept.lock))
		return 0;
	room = kept.count < BLOCK_KEPT_MAX;
	if (room) {
		block->next_free = kept.first;
		kept.first = block;
		kept.count++;
	}
	pthread_mutex_unlock(&kept.lock);
	return room;
}

/* A block in quarantine convicts who uses it after its end. Returns what is to be freed instead. */
static struct message *quarantine(struct message *block)
{
	struct message **place;
	struct message *oldest;

	memset(block + 1, POISON, block->capacity - sizeof(*block));
	if (pthread_mutex_trylock(&kept.lock))
		return block;
	place = &kept.quarantine[kept.next++ % BLOCK_KEPT_MAX];
	oldest = *place;
	*place = block;
	pthread_mutex_unlock(&kept.lock);
	return oldest;
}

struct message *block_new(size_t size)
{
	struct message *block = NULL;

	if (size <= BLOCK_USUAL) {
		size = BLOCK_USUAL;
		block = take_kept();
	}
	if (!block) {
		block = aligned_alloc(_Alignof(max_align_t), (size + 15) & ~(size_t)15);
		if (!block)
			return NULL;
		block->magic = MAGIC_FREE;
		block->capacity = size;
		find_place(block);
	}
	block->next_free = NULL;
	atomic_init(&block->references, 1);
	block->client = 0; /* told to nobody yet */
	block->magic = BLOCK_MAGIC;
	return block;
}

struct message *block_free(struct message *block)
{
	if (!block)
		return NULL;
	block->magic = MAGIC_FREE;
	if (kept.poison)
		give_back(quarantine(block));
	else if (block->capacity != BLOCK_USUAL || !keep(block))
		give_back(block);
	return NULL;
}

void block_poison(void)
{
	kept.poison = 1;
}

_Bool block_alive(const struct message *block)
{
	return block->magic == BLOCK_MAGIC;
}

/* When the library is unloaded nobody can hold a message any more. */
__attribute__((destructor)) static void forget_kept(void)
{
	struct message *block;

	while ((block = take_kept()))
		give_back(block);
	for (unsigned int i = 0; i < BLOCK_KEPT_MAX; i++)
		give_back(TAKE(kept.quarantine[i]));
}
