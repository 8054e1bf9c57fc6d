/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's verdict table (library/respond/answers.h). Owns the mapping of the table, mappings of
 * the producer's and the consumer's page, and the answer bell. An answer is one
 * compare-and-exchange; it costs a system call only if the engine said that it sleeps, or where a
 * thread answers for the first time.
 */
#include "library/respond/answers.h"
#include "wire/ring.h"
#include "wire/verdict.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct answers {
	_Atomic uint32_t references;
	_Atomic _Bool closed;
	uint64_t *verdicts;
	const struct ring_producer_page *producer;
	struct ring_consumer_page *consumer;
	int bell;
	uint64_t client;
};

/* NULL, and errno, if there is no such memory of this size. */
static void *map(int descriptor, size_t size, int protection)
{
	struct stat stat;
	void *place;

	if (fstat(descriptor, &stat))
		return NULL;
	if (stat.st_size < (off_t)size) {
		errno = EBADMSG;
		return NULL;
	}
	place = mmap(NULL, size, protection, MAP_SHARED, descriptor, 0);
	if (place == MAP_FAILED)
		return NULL;
	/* A child after fork(2) must not answer for its parent. */
	if (madvise(place, size, MADV_DONTFORK)) {
		munmap(place, size);
		return NULL;
	}
	return place;
}

int answers_new(struct answers **ret_answers, const struct answers_descriptors *descriptors,
		uint64_t client)
{
	OWNED(answers_unref) struct answers *answers = calloc(1, sizeof(*answers));

	if (!answers)
		return -ENOMEM;
	answers->references = 1;
	answers->bell = -1;
	answers->client = client;
	answers->verdicts = map(descriptors->verdicts, VERDICT_TABLE_SIZE, PROT_READ | PROT_WRITE);
	if (!answers->verdicts)
		return -errno;
	answers->producer = map(descriptors->ring, RING_PAGE_SIZE, PROT_READ);
	if (!answers->producer)
		return -errno;
	answers->consumer = map(descriptors->consumer, RING_PAGE_SIZE, PROT_READ | PROT_WRITE);
	if (!answers->consumer)
		return -errno;
	answers->bell = descriptors->bell;
	*ret_answers = TAKE(answers);
	return 0;
}

struct answers *answers_ref(struct answers *answers)
{
	atomic_fetch_add_explicit(&answers->references, 1, memory_order_relaxed);
	return answers;
}

struct answers *answers_unref(struct answers *answers)
{
	if (!answers)
		return NULL;
	if (atomic_fetch_sub_explicit(&answers->references, 1, memory_order_acq_rel) != 1)
		return NULL;
	if (answers->verdicts)
		munmap(answers->verdicts, VERDICT_TABLE_SIZE);
	if (answers->producer)
		munmap((void *)(uintptr_t)answers->producer, RING_PAGE_SIZE);
	if (answers->consumer)
		munmap(answers->consumer, RING_PAGE_SIZE);
	if (answers->bell >= 0)
		close(answers->bell);
	free(answers);
	return NULL;
}

void answers_close(struct answers *answers)
{
	if (answers)
		answers->closed = 1;
}

void answers_forget(struct answers *answers)
{
	if (!answers)
		return;
	answers->closed = 1;
	answers->verdicts = NULL;
	answers->producer = NULL;
	answers->consumer = NULL;
	close(TAKE_DESCRIPTOR(answers->bell));
}

uint64_t answers_client(const struct answers *answers)
{
	return answers->client;
}

/* A child after fork(2) has another number, but also other clients. */
static uint32_t own_tid(uint64_t client)
{
	static _Thread_local struct {
		uint64_t client;
		uint32_t tid;
	} own;

	if (!own.tid || own.client != client) {
		own.client = client;
		own.tid = (uint32_t)gettid();
	}
	return own.tid;
}

/* Leaves word that this thread answers: if it stops, the client is stopped. */
static void sign(struct answers *answers)
{
	struct ring_consumer_page *page = answers->consumer;
	uint32_t tid = own_tid(answers->client);
	uint32_t place;

	if (__atomic_load_n(&page->handler_tid, __ATOMIC_RELAXED) == tid)
		return;
	for (place = 0; place < RING_ANSWERERS; place++) {
		if (__atomic_load_n(&page->answerers[place], __ATOMIC_RELAXED) == tid)
			return;
	}
	place = __atomic_fetch_add(&page->answerer_count, 1, __ATOMIC_RELAXED) % RING_ANSWERERS;
	__atomic_store_n(&page->answerers[place], tid, __ATOMIC_RELAXED);
}

_Bool answers_wanted(const struct answers *answers, uint64_t question)
{
	uint32_t generation = verdict_question_generation(question);
	uint64_t word;

	/* Whoever reads that the record was taken does not answer for us any more. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	word = __atomic_load_n(&answers->verdicts[verdict_question_slot(question)],
			       __ATOMIC_SEQ_CST);
	if (verdict_generation(word) != generation)
		return verdict_state(word) == VERDICT_FREE;
	return verdict_state(word) != VERDICT_CLOSED;
}

int answers_give(struct answers *answers, uint64_t question, uint32_t flags, _Bool cache)
{
	uint32_t generation = verdict_question_generation(question);
	uint64_t asked = verdict_word(generation, VERDICT_ASKED, 0, 0);
	uint64_t answered = verdict_word(generation, VERDICT_ANSWERED, cache, flags);
	uint64_t one = 1;

	if (answers->closed)
		return ANSWERS_LATE;
	sign(answers);
	if (!__atomic_compare_exchange_n(&answers->verdicts[verdict_question_slot(question)],
					 &asked, answered, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return ANSWERS_LATE;
	if (__atomic_load_n(&answers->producer->waiting, __ATOMIC_SEQ_CST)) {
		/* A full counter (EAGAIN) has woken the engine already. */
		ssize_t size = write(answers->bell, &one, sizeof(one));

		(void)size;
	}
	return 0;
}
