/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's side of a channel, against a client that maps the descriptors it was given and
 * behaves, or not.
 */
#include "daemon/channel/channel.h"

#include "wire/builder.h"
#include "wire/events.h"
#include "wire/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { RING_SIZE = 2 * RECORD_SIZE_MAX };

struct peer {
	struct channel *channel;
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	const struct ring_producer_page *producer;
	struct ring_consumer_page *consumer;
	uint64_t *verdicts;
};

static void *map(int descriptor, size_t size, int protection)
{
	void *address = mmap(NULL, size, protection, MAP_SHARED, descriptor, 0);

	assert_true(address != MAP_FAILED);
	return address;
}

static int set_up(void **state)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	assert_int_equal(channel_new(&peer->channel, RING_SIZE), 0);
	assert_int_equal(channel_descriptors(peer->channel, peer->descriptors), 0);
	peer->producer = map(peer->descriptors[CONTROL_FD_RING], RING_PAGE_SIZE + RING_SIZE,
			     PROT_READ);
	peer->consumer = map(peer->descriptors[CONTROL_FD_CONSUMER], RING_PAGE_SIZE,
			     PROT_READ | PROT_WRITE);
	peer->verdicts = map(peer->descriptors[CONTROL_FD_VERDICTS], VERDICT_TABLE_SIZE,
			     PROT_READ | PROT_WRITE);
	*state = peer;
	return 0;
}

static int tear_down(void **state)
{
	struct peer *peer = *state;

	munmap((void *)peer->producer, RING_PAGE_SIZE + RING_SIZE);
	munmap(peer->consumer, RING_PAGE_SIZE);
	munmap(peer->verdicts, VERDICT_TABLE_SIZE);
	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++)
		close(peer->descriptors[i]);
	channel_free(peer->channel);
	free(peer);
	return 0;
}

static struct record *make_record(size_t text_size)
{
	struct builder builder;
	struct record *record = calloc(1, RECORD_SIZE_MAX);
	char *text = calloc(1, text_size + 1);

	memset(text, 'a', text_size);
	assert_non_null(builder_begin(&builder, record, RECORD_SIZE_MAX, EVENT_NOTIFY_EXIT));
	record->process.signing_id = builder_string(&builder, text, text_size);
	assert_int_equal(builder_finish(&builder), 0);
	free(text);
	return record;
}

static uint64_t bell_count(int bell)
{
	uint64_t count = 0;

	return read(bell, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static void a_record_arrives_whole_also_across_the_end_of_the_ring(void **state)
{
	struct peer *peer = *state;
	OWNED_MEMORY struct record *record = make_record(100000);
	const unsigned char *data = (const unsigned char *)peer->producer + RING_PAGE_SIZE;
	uint64_t at = 0;

	for (int i = 0; i < 50; i++) {
		struct ring_header header;
		unsigned char *copy = malloc(record->size);

		assert_int_equal(channel_put(peer->channel, record), 0);
		for (size_t byte = 0; byte < sizeof(header); byte++)
			((unsigned char *)&header)[byte] = data[(at + byte) % RING_SIZE];
		assert_int_equal(header.length, record->size);
		for (size_t byte = 0; byte < record->size; byte++)
			copy[byte] = data[(at + sizeof(header) + byte) % RING_SIZE];
		assert_memory_equal(copy, record, record->size);
		free(copy);
		at += ring_footprint(header.length);
		assert_int_equal(peer->producer->position, at);
		peer->consumer->position = at;
	}
}

static void a_full_ring_refuses_counts_and_recovers(void **state)
{
	struct peer *peer = *state;
	OWNED_MEMORY struct record *record = make_record(1000);
	int put = 0;

	while (channel_put(peer->channel, record) == 0)
		put++;
	assert_int_equal(put, RING_SIZE / ring_footprint(record->size));
	assert_int_equal(peer->producer->dropped, 1);
	peer->consumer->position = ring_footprint(record->size);
	assert_int_equal(channel_put(peer->channel, record), 0);
	assert_int_equal(channel_put(peer->channel, record), CHANNEL_FULL);
}

static void an_impossible_consumer_breaks_its_own_channel_alone(void **state)
{
	struct peer *peer = *state;
	OWNED_MEMORY struct record *record = make_record(10);

	assert_int_equal(channel_put(peer->channel, record), 0);
	peer->consumer->position = channel_position(peer->channel) + 8;
	assert_int_equal(channel_put(peer->channel, record), CHANNEL_BROKEN);
	assert_int_equal(channel_queued(peer->channel), 0);
	peer->consumer->position = channel_position(peer->channel);
	assert_int_equal(channel_put(peer->channel, record), CHANNEL_BROKEN);
}

static void the_doorbell_rings_only_for_a_sleeper(void **state)
{
	struct peer *peer = *state;
	OWNED_MEMORY struct record *record = make_record(10);

	assert_int_equal(channel_put(peer->channel, record), 0);
	assert_int_equal(bell_count(peer->descriptors[CONTROL_FD_DOORBELL]), 0);
	peer->consumer->waiting = 1;
	assert_int_equal(channel_put(peer->channel, record), 0);
	assert_int_equal(bell_count(peer->descriptors[CONTROL_FD_DOORBELL]), 1);
}

static void the_client_cannot_write_the_ring_nor_shrink_anything(void **state)
{
	struct peer *peer = *state;

	assert_true(mmap(NULL, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 peer->descriptors[CONTROL_FD_RING], 0) == MAP_FAILED);
	assert_int_equal(errno, EPERM);
	for (int i = CONTROL_FD_RING; i <= CONTROL_FD_VERDICTS; i++) {
		assert_int_equal(ftruncate(peer->descriptors[i], 0), -1);
		assert_int_equal(errno, EPERM);
	}
	assert_int_equal(pwrite(peer->descriptors[CONTROL_FD_RING], "x", 1, 0), -1);
}

static void an_answer_counts_for_its_own_question_alone(void **state)
{
	struct peer *peer = *state;
	uint64_t first;
	uint64_t second;
	uint32_t flags;
	bool cache;
	uint64_t late;

	assert_int_equal(channel_slot_open(peer->channel, &first), 0);
	late = verdict_word(verdict_question_generation(first), VERDICT_ANSWERED, false, 1);
	assert_false(channel_slot_answered(peer->channel, first, &flags, &cache));
	assert_false(channel_slot_close(peer->channel, first, &flags, &cache));
	assert_int_equal(channel_slot_open(peer->channel, &second), 0);
	assert_int_equal(verdict_question_slot(first), verdict_question_slot(second));
	peer->verdicts[verdict_question_slot(first)] = late;
	assert_false(channel_slot_answered(peer->channel, second, &flags, &cache));
	peer->verdicts[verdict_question_slot(second)] = verdict_word(
		verdict_question_generation(second), VERDICT_ANSWERED, true, 77);
	assert_true(channel_slot_answered(peer->channel, second, &flags, &cache));
	assert_int_equal(flags, 77);
	assert_true(cache);
}

static void an_answer_that_came_before_closing_still_counts(void **state)
{
	struct peer *peer = *state;
	uint64_t question;
	uint32_t flags = 0;
	bool cache = true;

	assert_int_equal(channel_slot_open(peer->channel, &question), 0);
	peer->verdicts[verdict_question_slot(question)] = verdict_word(
		verdict_question_generation(question), VERDICT_ANSWERED, false, 5);
	assert_true(channel_slot_close(peer->channel, question, &flags, &cache));
	assert_int_equal(flags, 5);
	assert_false(cache);
}

static void one_question_more_than_slots_finds_none(void **state)
{
	struct peer *peer = *state;
	uint64_t question;
	uint32_t flags;
	bool cache;

	for (int i = 0; i < VERDICT_SLOTS; i++)
		assert_int_equal(channel_slot_open(peer->channel, &question), 0);
	assert_int_equal(channel_slot_open(peer->channel, &question), CHANNEL_NO_SLOT);
	channel_slot_close(peer->channel, verdict_question(7, 1), &flags, &cache);
	assert_int_equal(channel_slot_open(peer->channel, &question), 0);
	assert_int_equal(verdict_question_slot(question), 7);
}

static void the_clients_threads_are_what_the_client_says(void **state)
{
	struct peer *peer = *state;
	struct channel_threads threads = channel_threads(peer->channel);

	assert_int_equal(threads.handler, 0);
	peer->consumer->handler_tid = 17;
	peer->consumer->answerer_count = UINT32_MAX;
	peer->consumer->answerers[RING_ANSWERERS - 1] = UINT32_MAX;
	threads = channel_threads(peer->channel);
	assert_int_equal(threads.handler, 17);
	assert_int_equal(threads.answerers[0], 0);
	assert_int_equal(threads.answerers[RING_ANSWERERS - 1], UINT32_MAX);
}

static void impossible_sizes_are_refused(void **state)
{
	struct channel *channel = NULL;

	(void)state;
	assert_int_equal(channel_new(&channel, RING_SIZE + 8), -EINVAL);
	assert_int_equal(channel_new(&channel, RECORD_SIZE_MAX), -EINVAL);
	assert_null(channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_record_arrives_whole_also_across_the_end_of_the_ring, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_ring_refuses_counts_and_recovers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_impossible_consumer_breaks_its_own_channel_alone,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_doorbell_rings_only_for_a_sleeper, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			the_client_cannot_write_the_ring_nor_shrink_anything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_answer_counts_for_its_own_question_alone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_answer_that_came_before_closing_still_counts,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_question_more_than_slots_finds_none, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_clients_threads_are_what_the_client_says,
						set_up, tear_down),
		cmocka_unit_test(impossible_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
