/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading end of a ring, against a producer that is right, late or hostile.
 */
#include "library/channel/ring.h"
#include "base/clock.h"
#include "tests/unit/library/channel/producer.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cmocka.h>

#define PATIENCE_NS (10 * NANOSECONDS_PER_SECOND)

struct fixture {
	struct producer producer;
	struct ring *ring;
	int nudge;
	int connection; /* the reader's end */
	int peer;
};

static int make(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int ends[2];

	if (!fixture || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -1;
	producer_open(&fixture->producer);
	fixture->ring = producer_ring(&fixture->producer);
	fixture->nudge = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fixture->connection = ends[0];
	fixture->peer = ends[1];
	*state = fixture;
	return ring_watch(fixture->ring, fixture->nudge, fixture->connection);
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	ring_close(fixture->ring);
	producer_close(&fixture->producer);
	close(fixture->nudge);
	close(fixture->connection);
	if (fixture->peer >= 0)
		close(fixture->peer);
	free(fixture);
	return 0;
}

static enum ring_woken wait_for(struct fixture *fixture, uint64_t nanoseconds)
{
	return ring_wait(fixture->ring, clock_now_ns() + nanoseconds);
}

static void expect_text(struct fixture *fixture, const char *text)
{
	const void *bytes;
	size_t size;

	assert_int_equal(ring_next(fixture->ring, &bytes, &size), 0);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(bytes, text, size);
	ring_advance(fixture->ring);
}

static void expect_result(struct fixture *fixture, int result)
{
	const void *bytes;
	size_t size;

	assert_int_equal(ring_next(fixture->ring, &bytes, &size), result);
}

static void records_come_in_order_and_positions_are_published(void **state)
{
	struct fixture *fixture = *state;
	struct producer *producer = &fixture->producer;

	expect_result(fixture, RING_EMPTY);
	producer_put(producer, "first", 5, 0);
	producer_put(producer, "the second", 10, 0);
	expect_text(fixture, "first");
	assert_int_equal(producer->consumer->position, 16);
	expect_text(fixture, "the second");
	assert_int_equal(producer->consumer->position, 40);
	assert_int_equal(ring_position(fixture->ring), 40);
	assert_int_equal(producer->consumer->handled, 0);
	ring_publish_handled(fixture->ring, 40);
	assert_int_equal(producer->consumer->handled, 40);
	expect_result(fixture, RING_EMPTY);
}

static void a_record_that_wraps_is_one_run_of_bytes(void **state)
{
	struct fixture *fixture = *state;
	char text[1001];

	for (int i = 0; i < 100; i++) {
		memset(text, 'a' + i % 26, 1000);
		text[1000] = '\0';
		producer_put(&fixture->producer, text, 1000, 0);
		expect_text(fixture, text);
	}
	assert_true(ring_position(fixture->ring) > 10 * PRODUCER_RING_SIZE);
}

static void a_discarded_record_is_passed_over(void **state)
{
	struct fixture *fixture = *state;

	producer_put(&fixture->producer, "thrown away", 11, RING_DISCARD);
	producer_put(&fixture->producer, "also", 4, RING_DISCARD);
	producer_put(&fixture->producer, "kept", 4, 0);
	expect_text(fixture, "kept");
	assert_int_equal(fixture->producer.consumer->position, fixture->producer.page->position);
}

static void a_busy_record_is_not_there_yet(void **state)
{
	struct fixture *fixture = *state;
	struct ring_header *header = (void *)fixture->producer.data;

	producer_put(&fixture->producer, "not yet", 7, RING_BUSY);
	expect_result(fixture, RING_EMPTY);
	assert_int_equal(wait_for(fixture, NANOSECONDS_PER_MILLISECOND), RING_WOKEN_TIMEOUT);
	__atomic_store_n(&header->length, 7, __ATOMIC_RELEASE);
	expect_text(fixture, "not yet");
}

static void what_cannot_be_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	struct ring_producer_page *page = fixture->producer.page;
	struct ring_header *header = (void *)fixture->producer.data;

	header->length = 1;
	page->position = PRODUCER_RING_SIZE + 8; /* more than the ring holds */
	expect_result(fixture, -EBADMSG);
	page->position = (uint64_t)-8; /* behind the reader */
	expect_result(fixture, -EBADMSG);
	page->position = 4; /* less than a header */
	expect_result(fixture, -EBADMSG);
	page->position = 20; /* not on a multiple of 8 */
	expect_result(fixture, -EBADMSG);
	page->position = 16;
	header->length = 9; /* one byte more than there is */
	expect_result(fixture, -EBADMSG);
	header->length = RING_LENGTH_MASK;
	expect_result(fixture, -EBADMSG);
	header->length = RING_LENGTH_MASK | RING_DISCARD;
	expect_result(fixture, -EBADMSG);
	header->length = 8;
	expect_result(fixture, 0);
}

static void a_ring_that_is_not_what_was_said_is_not_mapped(void **state)
{
	static const uint64_t sizes[] = {0, 4095, 12288, 2 * PRODUCER_RING_SIZE, 1ULL << 40};
	struct producer producer;
	struct ring *ring = NULL;

	(void)state;
	producer_open(&producer);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct ring_descriptors descriptors = {
			.ring = producer.descriptors[CONTROL_FD_RING],
			.consumer = producer.descriptors[CONTROL_FD_CONSUMER],
			.doorbell = producer.descriptors[CONTROL_FD_DOORBELL],
		};

		assert_int_equal(ring_open(&ring, &descriptors, sizes[i]), -EBADMSG);
		assert_null(ring);
	}
	producer_close(&producer);
}

static void *put_when_it_waits(void *argument)
{
	struct fixture *fixture = argument;
	uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;

	while (!__atomic_load_n(&fixture->producer.consumer->waiting, __ATOMIC_SEQ_CST) &&
	       clock_now_ns() < deadline_ns)
		sched_yield();
	producer_put(&fixture->producer, "wake up", 7, 0);
	return NULL;
}

static void a_sleeper_is_woken_by_the_doorbell(void **state)
{
	struct fixture *fixture = *state;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, put_when_it_waits, fixture), 0);
	assert_int_equal(wait_for(fixture, PATIENCE_NS), RING_WOKEN_RECORD);
	pthread_join(thread, NULL);
	assert_int_equal(fixture->producer.consumer->waiting, 0);
	expect_text(fixture, "wake up");
}

static void a_nudge_a_hangup_and_a_deadline_wake_as_well(void **state)
{
	struct fixture *fixture = *state;
	uint64_t one = 1;

	assert_int_equal(wait_for(fixture, NANOSECONDS_PER_MILLISECOND), RING_WOKEN_TIMEOUT);
	assert_int_equal(write(fixture->nudge, &one, sizeof(one)), sizeof(one));
	assert_int_equal(wait_for(fixture, PATIENCE_NS), RING_WOKEN_NUDGE);
	assert_int_equal(wait_for(fixture, NANOSECONDS_PER_MILLISECOND), RING_WOKEN_TIMEOUT);
	close(fixture->peer);
	fixture->peer = -1;
	assert_int_equal(wait_for(fixture, PATIENCE_NS), RING_WOKEN_HANGUP);
}

static void a_record_that_is_there_is_not_waited_for(void **state)
{
	struct fixture *fixture = *state;

	producer_put(&fixture->producer, "here", 4, 0);
	assert_int_equal(wait_for(fixture, PATIENCE_NS), RING_WOKEN_RECORD);
}

static void losses_are_counted_by_the_producer(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ring_dropped(fixture->ring), 0);
	fixture->producer.page->dropped = 3;
	assert_int_equal(ring_dropped(fixture->ring), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_come_in_order_and_positions_are_published,
						make, end),
		cmocka_unit_test_setup_teardown(a_record_that_wraps_is_one_run_of_bytes, make, end),
		cmocka_unit_test_setup_teardown(a_discarded_record_is_passed_over, make, end),
		cmocka_unit_test_setup_teardown(a_busy_record_is_not_there_yet, make, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_an_error, make, end),
		cmocka_unit_test(a_ring_that_is_not_what_was_said_is_not_mapped),
		cmocka_unit_test_setup_teardown(a_sleeper_is_woken_by_the_doorbell, make, end),
		cmocka_unit_test_setup_teardown(a_nudge_a_hangup_and_a_deadline_wake_as_well, make,
						end),
		cmocka_unit_test_setup_teardown(a_record_that_is_there_is_not_waited_for, make,
						end),
		cmocka_unit_test_setup_teardown(losses_are_counted_by_the_producer, make, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
