/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of held subjects: which event descriptor belongs to which hold. A hold's name is its
 * slot and the slot's generation, so that a late release can never hit the slot's next owner.
 *
 * The kernel knows an event by the number of its descriptor; it stays open until the answer is
 * written, and the answer is written before it is closed: closing may cost, and the subject waits.
 */
#include "daemon/engine/fanotify/hold.h"

#include <errno.h>
#include <pthread.h>
#include <sys/fanotify.h>

struct slot {
	uint32_t generation;
	int descriptor; /* -1: free */
	uint32_t next_free;
};

struct hold_table {
	pthread_mutex_t lock;
	int group;
	uint32_t limit;
	uint32_t first_free; /* limit: none */
	uint32_t count;
	struct slot slots[];
};

int hold_table_new(struct hold_table **ret_table, int group, size_t limit)
{
	struct hold_table *table = calloc(1, sizeof(*table) + limit * sizeof(table->slots[0]));

	if (!table)
		return -ENOMEM;
	pthread_mutex_init(&table->lock, NULL);
	table->group = group;
	table->limit = (uint32_t)limit;
	for (uint32_t i = 0; i < table->limit; i++)
		table->slots[i] = (struct slot){.descriptor = -1, .next_free = i + 1};
	*ret_table = table;
	return 0;
}

void hold_answer(int group, int descriptor, bool allow)
{
	struct fanotify_response response = {
		.fd = descriptor,
		.response = allow ? FAN_ALLOW : FAN_DENY,
	};

	/* ENOENT: the subject was killed while it waited. */
	while (write(group, &response, sizeof(response)) < 0 && errno == EINTR)
		;
	close(descriptor);
}

struct hold_table *hold_table_free(struct hold_table *table)
{
	if (!table)
		return NULL;
	for (uint32_t i = 0; i < table->limit; i++)
		if (table->slots[i].descriptor >= 0)
			hold_answer(table->group, table->slots[i].descriptor, true);
	pthread_mutex_destroy(&table->lock);
	free(table);
	return NULL;
}

int hold_take(struct hold_table *table, int descriptor, uint64_t *ret_hold)
{
	int result = HOLD_FULL;

	pthread_mutex_lock(&table->lock);
	if (table->first_free < table->limit) {
		uint32_t index = table->first_free;
		struct slot *slot = &table->slots[index];

		table->first_free = slot->next_free;
		table->count++;
		slot->descriptor = descriptor;
		slot->generation++;
		*ret_hold = (uint64_t)slot->generation << 32 | index;
		result = 0;
	}
	pthread_mutex_unlock(&table->lock);
	return result;
}

int hold_release(struct hold_table *table, uint64_t hold, bool allow)
{
	uint32_t index = (uint32_t)hold;
	int descriptor = -1;

	if (index >= table->limit)
		return HOLD_GONE;
	pthread_mutex_lock(&table->lock);
	if (table->slots[index].generation == hold >> 32) {
		descriptor = table->slots[index].descriptor;
		table->slots[index].descriptor = -1;
	}
	if (descriptor >= 0) {
		table->slots[index].next_free = table->first_free;
		table->first_free = index;
		table->count--;
	}
	pthread_mutex_unlock(&table->lock);
	if (descriptor < 0)
		return HOLD_GONE;
	hold_answer(table->group, descriptor, allow);
	return 0;
}

size_t hold_count(struct hold_table *table)
{
	size_t count;

	pthread_mutex_lock(&table->lock);
	count = table->count;
	pthread_mutex_unlock(&table->lock);
	return count;
}
