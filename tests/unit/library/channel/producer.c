/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel made by hand (producer.h). Owns its memory and duplicates of the bells.
 */
#include "tests/unit/library/channel/producer.h"

#include "wire/verdict.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <cmocka.h>

static int memory(size_t size, void **ret_place)
{
	int descriptor = memfd_create("producer", MFD_CLOEXEC);

	assert_true(descriptor >= 0);
	assert_int_equal(ftruncate(descriptor, (off_t)size), 0);
	*ret_place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	assert_ptr_not_equal(*ret_place, MAP_FAILED);
	return descriptor;
}

static int bell(int *ret_duplicate)
{
	int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(descriptor >= 0);
	*ret_duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
	return descriptor;
}

void producer_open(struct producer *producer)
{
	void *page;

	producer->descriptors[CONTROL_FD_RING] = memory(RING_PAGE_SIZE + PRODUCER_RING_SIZE, &page);
	producer->page = page;
	producer->data = (unsigned char *)page + RING_PAGE_SIZE;
	producer->descriptors[CONTROL_FD_CONSUMER] = memory(RING_PAGE_SIZE,
							    (void **)&producer->consumer);
	producer->descriptors[CONTROL_FD_VERDICTS] = memory(VERDICT_TABLE_SIZE,
							    (void **)&producer->verdicts);
	producer->descriptors[CONTROL_FD_DOORBELL] = bell(&producer->doorbell);
	producer->descriptors[CONTROL_FD_ANSWER_BELL] = bell(&producer->bell);
}

void producer_close(struct producer *producer)
{
	munmap(producer->page, RING_PAGE_SIZE + PRODUCER_RING_SIZE);
	munmap(producer->consumer, RING_PAGE_SIZE);
	munmap(producer->verdicts, VERDICT_TABLE_SIZE);
	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++)
		if (producer->descriptors[i] >= 0)
			close(producer->descriptors[i]);
	close(producer->bell);
	close(producer->doorbell);
}

struct ring *producer_ring(struct producer *producer)
{
	const struct ring_descriptors descriptors = {
		.ring = producer->descriptors[CONTROL_FD_RING],
		.consumer = producer->descriptors[CONTROL_FD_CONSUMER],
		.doorbell = producer->descriptors[CONTROL_FD_DOORBELL],
	};
	struct ring *ring = NULL;

	assert_int_equal(ring_open(&ring, &descriptors, PRODUCER_RING_SIZE), 0);
	producer->descriptors[CONTROL_FD_RING] = -1;
	producer->descriptors[CONTROL_FD_CONSUMER] = -1;
	producer->descriptors[CONTROL_FD_DOORBELL] = -1;
	return ring;
}

struct answers *producer_answers(struct producer *producer, uint64_t client)
{
	const struct answers_descriptors descriptors = {
		.ring = producer->descriptors[CONTROL_FD_RING],
		.consumer = producer->descriptors[CONTROL_FD_CONSUMER],
		.verdicts = producer->descriptors[CONTROL_FD_VERDICTS],
		.bell = producer->descriptors[CONTROL_FD_ANSWER_BELL],
	};
	struct answers *answers = NULL;

	assert_int_equal(answers_new(&answers, &descriptors, client), 0);
	producer->descriptors[CONTROL_FD_ANSWER_BELL] = -1;
	return answers;
}

/* What would run over the end goes on at the beginning: the reader sees one run. */
static void write_at(struct producer *producer, uint64_t position, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		producer->data[(position + i) % PRODUCER_RING_SIZE] = ((
			const unsigned char *)bytes)[i];
}

void producer_put(struct producer *producer, const void *bytes, size_t size, uint32_t bits)
{
	const struct ring_header header = {.length = (uint32_t)size | bits};
	uint64_t position = producer->page->position;

	write_at(producer, position, &header, sizeof(header));
	write_at(producer, position + sizeof(header), bytes, size);
	__atomic_store_n(&producer->page->position, position + ring_footprint((uint32_t)size),
			 __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&producer->consumer->waiting, __ATOMIC_SEQ_CST))
		producer_ring_doorbell(producer);
}

void producer_ring_doorbell(struct producer *producer)
{
	uint64_t one = 1;

	assert_int_equal(write(producer->doorbell, &one, sizeof(one)), sizeof(one));
}
