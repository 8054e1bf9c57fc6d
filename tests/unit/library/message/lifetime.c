/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a message lives, from any thread; what happens when memory is short; and messages read
 * back from a stored stream.
 */
#include "library/message/block.h"
#include "tests/unit/library/allocation.h"
#include "tests/unit/library/message/sample.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 2000 };

static _Alignas(8) unsigned char buffer[SAMPLE_BUFFER];

static struct message *new_message(unsigned int event)
{
	struct message *message = NULL;

	assert_int_equal(message_new(&message, buffer, sample_record(buffer, event)), 0);
	return message;
}

static void a_message_lives_until_its_last_reference_is_given_back(void **state)
{
	struct message *message = new_message(EVENT_NOTIFY_OPEN);
	const es_message_t *told = &message->message;

	(void)state;
	es_retain_message(told);
	assert_ptr_equal(es_copy_message(told), told);
	message_release(message);
	assert_non_null(message_of(told));
	es_free_message(&message->message);
	assert_non_null(message_of(told));
	assert_string_equal(told->event.open.file->path.data, "/dir/file");
	es_release_message(told);
	/* The block is kept for the next message, so looking at its head is allowed here. */
	assert_null(message_of(told));
}

static void a_message_released_too_often_is_not_freed_twice(void **state)
{
	struct message *message = new_message(EVENT_NOTIFY_OPEN);
	struct message *first;
	struct message *second;

	(void)state;
	es_release_message(&message->message);
	es_release_message(&message->message);
	first = new_message(EVENT_NOTIFY_OPEN);
	second = new_message(EVENT_NOTIFY_OPEN);
	assert_ptr_not_equal(first, second);
	message_release(first);
	message_release(second);
}

static void *retain_and_release(void *argument)
{
	const es_message_t *told = argument;

	for (int round = 0; round < ROUNDS; round++) {
		es_retain_message(told);
		if (told->event.open.file->path.length != strlen("/dir/file"))
			return argument;
		es_release_message(told);
	}
	return NULL;
}

static void threads_may_share_a_message(void **state)
{
	struct message *message = new_message(EVENT_NOTIFY_OPEN);
	pthread_t threads[THREADS];
	void *failed;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, retain_and_release, &message->message),
			0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(message->references, 1);
	message_release(message);
}

static void blocks_are_used_again_up_to_a_limit(void **state)
{
	struct message *messages[BLOCK_KEPT_MAX + 8];
	size_t count = sizeof(messages) / sizeof(messages[0]);

	(void)state;
	for (size_t i = 0; i < count; i++)
		messages[i] = new_message(EVENT_NOTIFY_OPEN);
	for (size_t i = 0; i < count; i++)
		message_release(messages[i]);
	allocation_fail_after(0);
	for (size_t i = 0; i < BLOCK_KEPT_MAX; i++)
		messages[i] = new_message(EVENT_NOTIFY_OPEN);
	assert_int_equal(message_new(&messages[BLOCK_KEPT_MAX], buffer,
				     sample_record(buffer, EVENT_NOTIFY_OPEN)),
			 -ENOMEM);
	allocation_fail_never();
	for (size_t i = 0; i < BLOCK_KEPT_MAX; i++)
		message_release(messages[i]);
}

static void short_memory_fails_and_leaves_nothing_behind(void **state)
{
	struct message *message = NULL;
	size_t size = sample_record(buffer, EVENT_NOTIFY_MOUNT); /* needs a block of its own */
	int failures = 0;
	int result;

	(void)state;
	for (;; failures++) {
		allocation_fail_after(failures);
		result = message_new(&message, buffer, size);
		allocation_fail_never();
		if (result == 0)
			break;
		assert_int_equal(result, -ENOMEM);
		assert_null(message);
	}
	assert_int_not_equal(failures, 0);
	message_release(message);
}

/* ---- Replay
 * -------------------------------------------------------------------------------------- */

struct seen {
	unsigned int count;
	unsigned int events[EVENT_LAST];
};

static void see(es_client_t *client, const es_message_t *message, void *context)
{
	struct seen *seen = context;

	assert_null(client);
	assert_int_not_equal(sample_touch(message), 0);
	seen->events[seen->count++] = message->event_type;
}

static int stored(const void *bytes, size_t size)
{
	int fd = memfd_create("records", MFD_CLOEXEC);

	assert_int_equal(write(fd, bytes, size), size);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void a_stored_stream_is_read_to_its_end(void **state)
{
	struct seen seen = {0};
	uint64_t count = 0;
	int fd = memfd_create("records", MFD_CLOEXEC);
	unsigned int written = 0;

	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		size_t size = sample_record(buffer, event);

		if (event_describe(event)->action == EVENT_ACTION_RESERVED)
			continue;
		assert_int_equal(write(fd, buffer, size), size);
		written++;
	}
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(es_linux_replay_f(fd, see, &seen, &count), ES_RETURN_SUCCESS);
	assert_int_equal(count, written);
	assert_int_equal(seen.count, written);
	assert_int_equal(seen.events[written - 1], EVENT_LAST - 1);
	close(fd);
}

static void a_stream_that_is_cut_off_is_an_error_after_what_was_whole(void **state)
{
	struct seen seen = {0};
	uint64_t count = 99;
	size_t size = sample_record(buffer, EVENT_NOTIFY_FORK);
	int fd;

	(void)state;
	memcpy(buffer + size, buffer, size / 2);
	fd = stored(buffer, size + size / 2);
	assert_int_equal(es_linux_replay_f(fd, see, &seen, &count), ES_RETURN_ERROR);
	assert_int_equal(count, 1);
	assert_non_null(strstr(es_linux_last_error(), "record 2"));
	close(fd);
}

static void an_empty_stream_is_no_error(void **state)
{
	struct seen seen = {0};
	uint64_t count = 99;
	int fd = stored("", 0);

	(void)state;
	assert_int_equal(es_linux_replay_f(fd, see, &seen, &count), ES_RETURN_SUCCESS);
	assert_int_equal(count, 0);
	close(fd);
	assert_int_equal(es_linux_replay_f(-1, see, &seen, &count), ES_RETURN_ERROR);
}

static void names_and_sizes_are_told(void **state)
{
	struct message *message = new_message(EVENT_NOTIFY_EXEC);

	(void)state;
	assert_string_equal(es_linux_event_name(ES_EVENT_TYPE_AUTH_OPEN), "AUTH_OPEN");
	assert_null(es_linux_event_name(ES_EVENT_TYPE_LAST));
	assert_true(es_message_size(&message->message) > sizeof(es_message_t));
	message_release(message);
}

static unsigned int places_in_use(void)
{
	unsigned int count = 0;

	for (unsigned int place = 0; place < BLOCK_PLACES; place++)
		count += block_places[place] != NULL;
	return count;
}

static unsigned int places_of(const struct message *block)
{
	unsigned int count = 0;

	for (unsigned int place = 0; place < BLOCK_PLACES; place++)
		count += block_places[place] == block;
	return count;
}

static void a_debugger_finds_every_message_that_lives(void **state)
{
	struct message *usual = new_message(EVENT_NOTIFY_OPEN);
	struct message *large = block_new(2 * BLOCK_USUAL);

	(void)state;
	assert_non_null(large);
	assert_int_equal(places_of(usual), 1);
	assert_int_equal(places_of(large), 1);
	assert_int_equal(large->client, 0);
	block_free(large);
	assert_int_equal(places_of(large), 0);
	/* A block that is kept has its place still, and says that nothing lives there. */
	message_release(usual);
	assert_int_equal(places_of(usual), 1);
	assert_false(block_alive(usual));
}

static void more_messages_than_places_do_no_harm(void **state)
{
	enum { COUNT = BLOCK_PLACES + 100 };
	static struct message *blocks[COUNT];
	unsigned int before = places_in_use();
	unsigned int without = 0;

	(void)state;
	for (unsigned int i = 0; i < COUNT; i++) {
		blocks[i] = block_new(2 * BLOCK_USUAL);
		assert_non_null(blocks[i]);
		without += places_of(blocks[i]) == 0;
	}
	assert_true(without >= 100);
	for (unsigned int i = 0; i < COUNT; i++)
		block_free(blocks[i]);
	assert_int_equal(places_in_use(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_lives_until_its_last_reference_is_given_back),
		cmocka_unit_test(a_message_released_too_often_is_not_freed_twice),
		cmocka_unit_test(threads_may_share_a_message),
		cmocka_unit_test(blocks_are_used_again_up_to_a_limit),
		cmocka_unit_test(short_memory_fails_and_leaves_nothing_behind),
		cmocka_unit_test(a_stored_stream_is_read_to_its_end),
		cmocka_unit_test(a_stream_that_is_cut_off_is_an_error_after_what_was_whole),
		cmocka_unit_test(an_empty_stream_is_no_error),
		cmocka_unit_test(names_and_sizes_are_told),
		cmocka_unit_test(a_debugger_finds_every_message_that_lives),
		cmocka_unit_test(more_messages_than_places_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
