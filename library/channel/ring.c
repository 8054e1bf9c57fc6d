/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading end of the event ring (library/channel/ring.h). Owns the mappings and the descriptors
 * of the ring; hands on records where they lie. The reader's own position is kept here, not read
 * back from the shared page.
 */
#include "library/channel/ring.h"
#include "library/channel/state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

static _Bool large_enough(int descriptor, uint64_t size)
{
	struct stat stat;

	return fstat(descriptor, &stat) == 0 && stat.st_size >= 0 && (uint64_t)stat.st_size >= size;
}

static int map_data(struct ring *ring, int descriptor)
{
	size_t once = RING_PAGE_SIZE + ring->size;
	unsigned char *place = mmap(NULL, once + ring->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);

	if (place == MAP_FAILED)
		return -errno;
	ring->producer = (const struct ring_producer_page *)place;
	ring->data = place + RING_PAGE_SIZE;
	/* The data twice in a row: a record that wraps is still one run of bytes. */
	if (mmap(place, once, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor, 0) == MAP_FAILED)
		return -errno;
	if (mmap(place + once, ring->size, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor,
		 RING_PAGE_SIZE) == MAP_FAILED)
		return -errno;
	/* A child after fork(2) must not hold the channel. */
	return madvise(place, once + ring->size, MADV_DONTFORK) ? -errno : 0;
}

static int map_consumer(struct ring *ring, int descriptor)
{
	void *place = mmap(NULL, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);

	if (place == MAP_FAILED)
		return -errno;
	ring->consumer = place;
	return madvise(place, RING_PAGE_SIZE, MADV_DONTFORK) ? -errno : 0;
}

int ring_open(struct ring **ret_ring, const struct ring_descriptors *descriptors, uint64_t size)
{
	OWNED(ring_close) struct ring *ring = NULL;
	int result;

	if (size < RING_PAGE_SIZE || size & (size - 1) || size > RING_LENGTH_MASK)
		return -EBADMSG;
	if (!large_enough(descriptors->ring, RING_PAGE_SIZE + size) ||
	    !large_enough(descriptors->consumer, RING_PAGE_SIZE))
		return -EBADMSG;
	ring = calloc(1, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	ring->size = size;
	ring->doorbell = -1;
	ring->poller = -1;
	result = map_data(ring, descriptors->ring);
	if (!result)
		result = map_consumer(ring, descriptors->consumer);
	if (result)
		return result;
	ring->position = __atomic_load_n(&ring->consumer->position, __ATOMIC_RELAXED);
	ring->doorbell = descriptors->doorbell;
	/* The mappings hold the memory; only the bell is needed as a descriptor. */
	close(descriptors->ring);
	close(descriptors->consumer);
	*ret_ring = TAKE(ring);
	return 0;
}

struct ring *ring_close(struct ring *ring)
{
	if (!ring)
		return NULL;
	if (ring->consumer)
		munmap(ring->consumer, RING_PAGE_SIZE);
	if (ring->producer)
		munmap((void *)(uintptr_t)ring->producer, RING_PAGE_SIZE + 2 * ring->size);
	if (ring->doorbell >= 0)
		close(ring->doorbell);
	if (ring->poller >= 0)
		close(ring->poller);
	free(ring);
	return NULL;
}

void ring_forget(struct ring *ring)
{
	if (!ring)
		return;
	close(TAKE_DESCRIPTOR(ring->doorbell));
	close(TAKE_DESCRIPTOR(ring->poller));
}

static uint64_t producer_position(const struct ring *ring)
{
	return __atomic_load_n(&ring->producer->position, __ATOMIC_ACQUIRE);
}

static const struct ring_header *header_at(const struct ring *ring, uint64_t position)
{
	return (const struct ring_header *)(ring->data + (position & (ring->size - 1)));
}

_Bool ring_has_record(const struct ring *ring)
{
	if (producer_position(ring) == ring->position)
		return 0;
	return !(__atomic_load_n(&header_at(ring, ring->position)->length, __ATOMIC_ACQUIRE) &
		 RING_BUSY);
}

int ring_next(struct ring *ring, const void **ret_bytes, size_t *ret_size)
{
	for (;;) {
		uint64_t there = producer_position(ring) - ring->position;
		const struct ring_header *header = header_at(ring, ring->position);
		uint32_t word;

		if (there == 0)
			return RING_EMPTY;
		/* A position that ran backwards makes this huge. */
		if (there > ring->size || there < RING_HEADER_SIZE || there % 8)
			return -EBADMSG;
		word = __atomic_load_n(&header->length, __ATOMIC_ACQUIRE);
		if (word & RING_BUSY)
			return RING_EMPTY;
		if (ring_footprint(word & RING_LENGTH_MASK) > there)
			return -EBADMSG;
		ring->next_position = ring->position + ring_footprint(word & RING_LENGTH_MASK);
		if (!(word & RING_DISCARD)) {
			*ret_bytes = header + 1;
			*ret_size = word & RING_LENGTH_MASK;
			return 0;
		}
		ring_advance(ring);
	}
}

void ring_advance(struct ring *ring)
{
	ring->position = ring->next_position;
	__atomic_store_n(&ring->consumer->position, ring->position, __ATOMIC_RELEASE);
}

uint64_t ring_position(const struct ring *ring)
{
	return ring->position;
}

void ring_publish_handled(struct ring *ring, uint64_t position)
{
	__atomic_store_n(&ring->consumer->handled, position, __ATOMIC_RELEASE);
}

void ring_publish_handler(struct ring *ring)
{
	__atomic_store_n(&ring->consumer->handler_tid, (uint32_t)gettid(), __ATOMIC_RELAXED);
}

uint64_t ring_dropped(const struct ring *ring)
{
	return __atomic_load_n(&ring->producer->dropped, __ATOMIC_RELAXED);
}
