/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's channel, as the daemon made it (channel.h).
 *
 * Three sealed memfds: producer's page and data (sealed against further writable mappings: the
 * client can only read them), the consumer's page and the verdict table (the client writes). They
 * are sealed against shrinking too, so no client can make the daemon fault on its own mapping. The
 * daemon's own producer position and slot generations are kept here; the shared copies are for the
 * client alone.
 */
#include "daemon/channel/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

struct channel {
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	struct ring_producer_page *producer; /* followed by the data, twice */
	unsigned char *data;
	struct ring_consumer_page *consumer;
	uint64_t *verdicts;
	uint64_t size;
	uint64_t position; /* where the next record begins */
	bool broken;
	uint32_t free_count;
	uint16_t free_slots[VERDICT_SLOTS]; /* a stack */
	uint32_t generations[VERDICT_SLOTS];
};

enum { SEALS_SIZE = F_SEAL_SHRINK | F_SEAL_GROW };

/* A memfd of this size, mapped for the daemon, then sealed. 0 or negative errno; *ret_map is set on
 * success. */
static int memory_new(const char *name, size_t size, int seals, int *ret_descriptor, void **ret_map)
{
	OWNED_DESCRIPTOR int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *map;

	if (descriptor < 0 || ftruncate(descriptor, (off_t)size) < 0)
		return -errno;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	if (map == MAP_FAILED)
		return -errno;
	if (fcntl(descriptor, F_ADD_SEALS, seals | F_SEAL_SEAL) < 0) {
		int error = -errno;

		munmap(map, size);
		return error;
	}
	*ret_descriptor = TAKE_DESCRIPTOR(descriptor);
	*ret_map = map;
	return 0;
}

/* The producer's page and the data once; then the data a second time right behind it. */
static int map_ring(struct channel *channel)
{
	size_t once = RING_PAGE_SIZE + channel->size;
	int descriptor = channel->descriptors[CONTROL_FD_RING];
	unsigned char *map = mmap(NULL, once + channel->size, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return -errno;
	channel->producer = (struct ring_producer_page *)map;
	channel->data = map + RING_PAGE_SIZE;
	if (mmap(map, once, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0) ==
	    MAP_FAILED)
		return -errno;
	if (mmap(map + once, channel->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 descriptor, RING_PAGE_SIZE) == MAP_FAILED)
		return -errno;
	return 0;
}

static int make_ring(struct channel *channel)
{
	int *descriptor = &channel->descriptors[CONTROL_FD_RING];
	int error;

	*descriptor = memfd_create("endpointsecurity-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*descriptor < 0 || ftruncate(*descriptor, (off_t)(RING_PAGE_SIZE + channel->size)) < 0)
		return -errno;
	error = map_ring(channel);
	if (error)
		return error;
	if (fcntl(*descriptor, F_ADD_SEALS, SEALS_SIZE | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

static int make_bell(int *ret_descriptor)
{
	*ret_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *ret_descriptor < 0 ? -errno : 0;
}

int channel_new(struct channel **ret_channel, uint64_t ring_size)
{
	OWNED(channel_free) struct channel *channel = NULL;
	int error;

	if (ring_size & (ring_size - 1) || ring_size < 2 * RECORD_SIZE_MAX ||
	    ring_size > RING_LENGTH_MASK)
		return -EINVAL;
	channel = calloc(1, sizeof(*channel));
	if (!channel)
		return -ENOMEM;
	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++)
		channel->descriptors[i] = -1;
	channel->size = ring_size;
	error = make_ring(channel);
	if (!error)
		error = memory_new("endpointsecurity-consumer", RING_PAGE_SIZE, SEALS_SIZE,
				   &channel->descriptors[CONTROL_FD_CONSUMER],
				   (void **)&channel->consumer);
	if (!error)
		error = memory_new("endpointsecurity-verdicts", VERDICT_TABLE_SIZE, SEALS_SIZE,
				   &channel->descriptors[CONTROL_FD_VERDICTS],
				   (void **)&channel->verdicts);
	if (!error)
		error = make_bell(&channel->descriptors[CONTROL_FD_DOORBELL]);
	if (!error)
		error = make_bell(&channel->descriptors[CONTROL_FD_ANSWER_BELL]);
	if (error)
		return error;
	for (uint32_t slot = 0; slot < VERDICT_SLOTS; slot++)
		channel->free_slots[slot] = (uint16_t)(VERDICT_SLOTS - 1 - slot);
	channel->free_count = VERDICT_SLOTS;
	channel->producer->waiting = 1;
	*ret_channel = TAKE(channel);
	return 0;
}

struct channel *channel_free(struct channel *channel)
{
	if (!channel)
		return NULL;
	if (channel->producer)
		munmap(channel->producer, RING_PAGE_SIZE + 2 * channel->size);
	if (channel->consumer)
		munmap(channel->consumer, RING_PAGE_SIZE);
	if (channel->verdicts)
		munmap(channel->verdicts, VERDICT_TABLE_SIZE);
	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++) {
		if (channel->descriptors[i] >= 0)
			close(channel->descriptors[i]);
	}
	free(channel);
	return NULL;
}

int channel_descriptors(const struct channel *channel, int ret_descriptors[CONTROL_DESCRIPTORS_MAX])
{
	int copies[CONTROL_DESCRIPTORS_MAX];

	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++) {
		copies[i] = fcntl(channel->descriptors[i], F_DUPFD_CLOEXEC, 3);
		if (copies[i] < 0) {
			int error = -errno;

			while (i-- > 0)
				close(copies[i]);
			return error;
		}
	}
	memcpy(ret_descriptors, copies, sizeof(copies));
	return 0;
}

int channel_answer_bell(const struct channel *channel)
{
	return channel->descriptors[CONTROL_FD_ANSWER_BELL];
}

uint64_t channel_position(const struct channel *channel)
{
	return channel->position;
}

uint64_t channel_size(const struct channel *channel)
{
	return channel->size;
}

uint64_t channel_consumed(const struct channel *channel)
{
	uint64_t consumed = __atomic_load_n(&channel->consumer->position, __ATOMIC_ACQUIRE);

	return consumed > channel->position ? channel->position : consumed;
}

uint32_t channel_answerer_count(const struct channel *channel)
{
	return __atomic_load_n(&channel->consumer->answerer_count, __ATOMIC_RELAXED);
}

struct channel_threads channel_threads(const struct channel *channel)
{
	const struct ring_consumer_page *page = channel->consumer;
	struct channel_threads threads = {
		.handler = __atomic_load_n(&page->handler_tid, __ATOMIC_RELAXED),
		.answerer_count = channel_answerer_count(channel),
	};

	for (int i = 0; i < RING_ANSWERERS; i++)
		threads.answerers[i] = __atomic_load_n(&page->answerers[i], __ATOMIC_RELAXED);
	return threads;
}

uint64_t channel_queued(const struct channel *channel)
{
	return channel->position - channel_consumed(channel);
}

static void ring_bell(int bell)
{
	uint64_t one = 1;
	/* A full counter (EAGAIN) has woken the client already. */
	ssize_t written = write(bell, &one, sizeof(one));

	(void)written;
}

void channel_count_lost(struct channel *channel)
{
	__atomic_add_fetch(&channel->producer->dropped, 1, __ATOMIC_RELAXED);
}

int channel_put(struct channel *channel, const struct record *record)
{
	uint64_t consumed = __atomic_load_n(&channel->consumer->position, __ATOMIC_ACQUIRE);
	uint64_t footprint = ring_footprint(record->size);
	unsigned char *place = channel->data + (channel->position & (channel->size - 1));
	struct ring_header header = {
		.length = record->size,
		.page_offset = (uint32_t)((place - (unsigned char *)channel->producer) /
					  RING_PAGE_SIZE),
	};

	/* The distance is also huge when the client claims to be ahead of us. */
	if (channel->broken || channel->position - consumed > channel->size) {
		channel->broken = true;
		return CHANNEL_BROKEN;
	}
	if (footprint > channel->size - (channel->position - consumed)) {
		channel_count_lost(channel);
		return CHANNEL_FULL;
	}
	memcpy(place, &header, sizeof(header));
	memcpy(place + sizeof(header), record, record->size);
	channel->position += footprint;
	__atomic_store_n(&channel->producer->position, channel->position, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&channel->consumer->waiting, __ATOMIC_SEQ_CST))
		ring_bell(channel->descriptors[CONTROL_FD_DOORBELL]);
	return 0;
}

int channel_slot_open(struct channel *channel, uint64_t *ret_question)
{
	uint32_t slot;
	uint32_t generation;

	if (channel->free_count == 0)
		return CHANNEL_NO_SLOT;
	slot = channel->free_slots[--channel->free_count];
	generation = verdict_next_generation(channel->generations[slot]);
	channel->generations[slot] = generation;
	__atomic_store_n(&channel->verdicts[slot],
			 verdict_word(generation, VERDICT_ASKED, false, 0), __ATOMIC_RELEASE);
	*ret_question = verdict_question(slot, generation);
	return 0;
}

static bool word_answers(uint64_t word, uint64_t question, uint32_t *ret_flags, bool *ret_cache)
{
	if (verdict_generation(word) != verdict_question_generation(question) ||
	    verdict_state(word) != VERDICT_ANSWERED)
		return false;
	*ret_flags = verdict_flags(word);
	*ret_cache = verdict_cache(word);
	return true;
}

bool channel_slot_answered(const struct channel *channel, uint64_t question, uint32_t *ret_flags,
			   bool *ret_cache)
{
	uint64_t word = __atomic_load_n(&channel->verdicts[verdict_question_slot(question)],
					__ATOMIC_SEQ_CST);

	return word_answers(word, question, ret_flags, ret_cache);
}

bool channel_slot_close(struct channel *channel, uint64_t question, uint32_t *ret_flags,
			bool *ret_cache)
{
	uint32_t slot = verdict_question_slot(question);
	uint64_t closed = verdict_word(verdict_question_generation(question), VERDICT_CLOSED, false,
				       0);
	uint64_t before = __atomic_exchange_n(&channel->verdicts[slot], closed, __ATOMIC_SEQ_CST);

	channel->free_slots[channel->free_count++] = (uint16_t)slot;
	return word_answers(before, question, ret_flags, ret_cache);
}

void channel_want_bell(struct channel *channel, bool want)
{
	__atomic_store_n(&channel->producer->waiting, want, __ATOMIC_SEQ_CST);
}
