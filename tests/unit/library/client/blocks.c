/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block forms work as on macOS: the block is copied, called for each message, and released with
 * its client.
 */
#include "tests/unit/library/client/fixture.h"
#include "tests/unit/library/client/with_blocks.h"

#include "base/clock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void await_value(const int *value, int expected)
{
	uint64_t deadline_ns = clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;

	while (__atomic_load_n(value, __ATOMIC_ACQUIRE) != expected) {
		assert_true(clock_now_ns() < deadline_ns);
		poll(NULL, 0, 1);
	}
}

static void a_block_is_called_for_each_message(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = {0};
	uint32_t flags = 0;
	bool cache;
	uint64_t question;

	assert_int_equal(make_with_block(&fixture->client, &seen, 0), 0);
	fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, 0);
	await_value(&seen.messages, 1);
	assert_int_equal(seen.last_event, EVENT_NOTIFY_FORK);
	question = fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_UNLINK, 0);
	assert_true(fake_daemon_await_answer(fixture->daemon, 0, question, &flags, &cache));
	await_value(&seen.messages, 2);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
}

static void a_block_is_run_when_all_before_it_was_handled(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = {0};

	assert_int_equal(make_with_block(&fixture->client, &seen, 1), 0);
	assert_int_equal(fake_daemon_client(fixture->daemon, 0).kind, CONTROL_CLIENT_DESCENDANTS);
	fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, 0);
	assert_int_equal(sync_with_block(fixture->client, &seen), ES_RETURN_SUCCESS);
	await_value(&seen.synchronised, 7);
	assert_int_equal(seen.messages, 1);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	seen.synchronised = 0;
	assert_int_equal(sync_with_block(NULL, &seen), ES_RETURN_SUCCESS);
	assert_int_equal(seen.synchronised, 7);
}

static void no_block_is_refused(void **state)
{
	(void)state;
	assert_int_equal(call_with_no_blocks(), 0);
}

static void a_block_that_makes_no_client_is_released(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = {0};

	fake_daemon_refuse(fixture->daemon, CONTROL_CLIENT_NEW,
			   ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED, "No.");
	assert_int_equal(make_with_block(&fixture->client, &seen, 0),
			 ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_DAEMON(test) cmocka_unit_test_setup_teardown(test, fixture_make_daemon, fixture_end)
		WITH_DAEMON(a_block_is_called_for_each_message),
		WITH_DAEMON(a_block_is_run_when_all_before_it_was_handled),
		WITH_DAEMON(no_block_is_refused),
		WITH_DAEMON(a_block_that_makes_no_client_is_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
