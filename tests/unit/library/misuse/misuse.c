/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ES_DEBUG=1 tells: each misuse once for each place, with the event and the number of the
 * message; and nothing of what is right. Standard error is a file of the test's.
 */
#include "library/misuse/misuse.h"
#include "base/clock.h"
#include "library/message/block.h"
#include "library/misuse/tell.h"
#include "tests/unit/library/client/fixture.h"
#include "tests/unit/library/message/sample.h"

#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { OUTPUT_MAX = 64 * 1024 };

static int errors; /* what standard error is now */
static off_t read_so_far;
static char output[OUTPUT_MAX];

/* What was written since the last call. */
static const char *written(void)
{
	ssize_t size = pread(errors, output, sizeof(output) - 1, read_so_far);

	assert_true(size >= 0);
	output[size] = '\0';
	read_so_far += size;
	return output;
}

/* Waits until something with this text is written; what is skipped is lost. */
static void await_written(const char *text)
{
	uint64_t deadline_ns = clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;

	while (!strstr(written(), text)) {
		assert_true(clock_now_ns() < deadline_ns);
		poll(NULL, 0, 1);
	}
}

/* It was written, and once. */
static void expect(const char *text)
{
	const char *found = strstr(written(), text);

	assert_non_null(found);
	assert_null(strstr(found + 1, text));
}

/* From one place in the program: the compiler must not make two of it. */
#define TWICE(statement)                                   \
	do {                                               \
		for (volatile int i = 0; i < 2; i = i + 1) \
			statement;                         \
	} while (0)

#define EXPECT(text)	 expect(text)
#define EXPECT_NOTHING() assert_string_equal(written(), "")

static int begin(void **state)
{
	written();
	return fixture_make_client(state);
}

static void tell_and_wait(struct fixture *fixture, unsigned int event)
{
	size_t before = told_count(&fixture->told);

	fake_daemon_tell(fixture->daemon, 0, event, before + 7);
	assert_true(told_await(&fixture->told, before + 1));
}

static void post(void *semaphore)
{
	sem_post(semaphore);
}

/* Waits until the library, too, is done with the messages told so far. */
static void settle(struct fixture *fixture)
{
	sem_t semaphore;

	assert_int_equal(sem_init(&semaphore, 0, 0), 0);
	assert_int_equal(es_sync_client_f(fixture->client, post, &semaphore), ES_RETURN_SUCCESS);
	while (sem_wait(&semaphore))
		;
	sem_destroy(&semaphore);
}

/* ---- Answers
 * ------------------------------------------------------------------------------------- */

static void answer_wrongly(struct told *told, es_client_t *client, const es_message_t *message)
{
	told->result = es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
}

static void the_wrong_function_is_told_once_with_event_and_number(void **state)
{
	struct fixture *fixture = *state;
	const char *text;

	told_set_act(&fixture->told, answer_wrongly);
	tell_and_wait(fixture, EVENT_AUTH_OPEN);
	text = written();
	assert_non_null(strstr(text, "es_respond_auth_result failed with 5"));
	assert_non_null(strstr(text, "[AUTH_OPEN, message 7]"));
	assert_non_null(strstr(text, "unit-library-misuse_misuse+0x"));
	tell_and_wait(fixture, EVENT_AUTH_OPEN);
	assert_null(strstr(written(), "failed with 5"));
}

static void ignore(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)told;
	(void)client;
	(void)message;
}

static void a_handler_that_neither_answers_nor_retains_is_told(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, ignore);
	tell_and_wait(fixture, EVENT_AUTH_UNLINK);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	EXPECT("neither an answer nor es_retain_message");
}

static void deny(struct told *told, es_client_t *client, const es_message_t *message)
{
	told->result = es_respond_auth_result(client, message, ES_AUTH_RESULT_DENY, false);
}

static void what_is_right_is_not_told(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, deny);
	tell_and_wait(fixture, EVENT_AUTH_UNLINK);
	assert_int_equal(fixture->told.result, ES_RESPOND_RESULT_SUCCESS);
	told_set_act(&fixture->told, ignore);
	tell_and_wait(fixture, EVENT_NOTIFY_FORK);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	EXPECT_NOTHING();
}

static void answer_twice(struct told *told, es_client_t *client, const es_message_t *message)
{
	es_respond_auth_result(client, message, ES_AUTH_RESULT_DENY, false);
	told->result = es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
}

static void a_double_answer_is_told_with_both(void **state)
{
	struct fixture *fixture = *state;
	const char *text;

	told_set_act(&fixture->told, answer_twice);
	tell_and_wait(fixture, EVENT_AUTH_UNLINK);
	assert_int_equal(fixture->told.result, ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE);
	text = written();
	assert_non_null(strstr(text, "on a message that thread "));
	assert_non_null(strstr(text, "us before"));
}

static void keep(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)client;
	es_retain_message(message);
	told->kept = message;
}

static void a_last_reference_given_back_without_answer_is_told(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, keep);
	tell_and_wait(fixture, EVENT_AUTH_UNLINK);
	settle(fixture);
	EXPECT_NOTHING();
	es_release_message(fixture->told.kept);
	EXPECT("the last reference was given back without an answer");
}

static void narrow_cache(struct told *told, es_client_t *client, const es_message_t *message)
{
	told->result = es_respond_flags_result(client, message, (uint32_t)message->event.open.fflag,
					       true);
}

static void the_flags_of_one_open_kept_for_all_are_told(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, narrow_cache);
	tell_and_wait(fixture, EVENT_AUTH_OPEN);
	EXPECT("allow with UINT32_MAX");
}

/* ---- Messages and clients
 * ------------------------------------------------------------------------ */

static void a_message_released_too_often_is_told(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, keep);
	tell_and_wait(fixture, EVENT_NOTIFY_FORK);
	settle(fixture);
	es_release_message(fixture->told.kept);
	EXPECT_NOTHING();
	es_release_message(fixture->told.kept);
	EXPECT("released too often");
}

static void a_message_that_is_used_after_its_end_is_told(void **state)
{
	struct fixture *fixture = *state;
	const es_message_t *ended;

	told_set_act(&fixture->told, keep);
	tell_and_wait(fixture, EVENT_AUTH_OPEN);
	settle(fixture);
	ended = fixture->told.kept;
	es_respond_flags_result(fixture->client, ended, 0, false);
	es_release_message(ended);
	EXPECT_NOTHING();
	/* However much has come since. */
	told_set_act(&fixture->told, ignore);
	for (unsigned int i = 0; i < BLOCK_KEPT_MAX / 2; i++)
		tell_and_wait(fixture, EVENT_NOTIFY_FORK);
	settle(fixture);
	TWICE(es_retain_message(ended));
	EXPECT("es_retain_message on a message that has ended");
	TWICE(assert_int_equal(es_respond_flags_result(fixture->client, ended, 0, false),
			       ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT));
	EXPECT("es_respond_flags_result on a message that has ended");
}

static void the_messages_that_ended_last_are_the_ones_remembered(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, ignore);
	for (unsigned int i = 0; i < 2 * BLOCK_KEPT_MAX; i++)
		tell_and_wait(fixture, EVENT_NOTIFY_FORK);
	told_set_act(&fixture->told, keep);
	tell_and_wait(fixture, EVENT_NOTIFY_FORK);
	settle(fixture);
	es_release_message(fixture->told.kept);
	EXPECT_NOTHING();
	es_release_message(fixture->told.kept);
	EXPECT("es_release_message on a message that has ended");
}

static void messages_still_retained_at_delete_are_told(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, keep);
	tell_and_wait(fixture, EVENT_NOTIFY_FORK);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	EXPECT("1 messages are still retained");
	es_release_message(fixture->told.kept);
	EXPECT_NOTHING();
}

static void a_deleted_client_that_is_used_is_told(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	TWICE(es_clear_cache(fixture->client));
	EXPECT("es_clear_cache on a client that was deleted");
	TWICE(assert_int_equal(es_delete_client(fixture->client), ES_RETURN_ERROR));
	fixture->client = NULL;
	EXPECT("es_delete_client on a client that was deleted");
}

static void a_client_that_is_used_in_a_child_is_told(void **state)
{
	struct fixture *fixture = *state;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		TWICE(es_clear_cache(fixture->client));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	EXPECT("es_clear_cache in a child after fork(2), on a client of its parent");
}

static void *ask(void *client)
{
	return es_clear_cache(client) == ES_CLEAR_CACHE_RESULT_SUCCESS ? client : NULL;
}

static void *delete_client(void *client)
{
	return es_delete_client(client) == ES_RETURN_SUCCESS ? client : NULL;
}

static void deleting_beside_another_call_is_told(void **state)
{
	struct fixture *fixture = *state;
	pthread_t asks, deletes;
	void *answered, *deleted;

	fake_daemon_be_silent(fixture->daemon);
	assert_int_equal(pthread_create(&asks, NULL, ask, fixture->client), 0);
	assert_true(fake_daemon_await_requests(fixture->daemon, 0, 1));
	assert_int_equal(pthread_create(&deletes, NULL, delete_client, fixture->client), 0);
	await_written("es_delete_client while other functions are at work on the client (1)");
	/* Which ends when the daemon does; so does the client, then. */
	fake_daemon_go(fixture->daemon);
	assert_int_equal(pthread_join(asks, &answered), 0);
	assert_int_equal(pthread_join(deletes, &deleted), 0);
	assert_null(answered);
	assert_ptr_equal(deleted, fixture->client);
	fixture->client = NULL;
	assert_null(strstr(written(), "at work"));
}

static void delete_inside(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)message;
	told->other_result = es_delete_client(client);
}

static void deleting_from_the_handler_is_told(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, delete_inside);
	tell_and_wait(fixture, EVENT_NOTIFY_FORK);
	fixture->client = NULL;
	EXPECT("es_delete_client from the client's own handler");
	assert_true(fake_daemon_await_hangup(fixture->daemon, 0));
}

static void muting_and_inverting_after_subscribing_is_told(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t event = ES_EVENT_TYPE_NOTIFY_FORK;

	es_mute_path(fixture->client, "/a", ES_MUTE_PATH_TYPE_PREFIX);
	es_invert_muting(fixture->client, ES_MUTE_INVERSION_TYPE_PATH);
	EXPECT_NOTHING();
	es_subscribe(fixture->client, &event, 1);
	es_mute_path(fixture->client, "/b", ES_MUTE_PATH_TYPE_PREFIX);
	EXPECT("mute first, then subscribe");
	es_invert_muting(fixture->client, ES_MUTE_INVERSION_TYPE_PATH);
	EXPECT("invert first, then subscribe");
}

/* A record whose actor is this process. */
static void tell_of_ourselves(struct fixture *fixture, uint64_t sequence)
{
	static _Alignas(8) unsigned char buffer[SAMPLE_BUFFER];
	struct record *record = (void *)buffer;

	assert_int_not_equal(sample_record(buffer, EVENT_NOTIFY_FORK), 0);
	record->process.token.words[RECORD_TOKEN_PID] = (__u32)getpid();
	record->seq_num = sequence;
	fake_daemon_tell_record(fixture->daemon, 0, record);
}

static void a_client_that_is_told_of_itself_is_warned(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned int i = 0; i < 15; i++)
		tell_of_ourselves(fixture, i);
	assert_true(told_await(&fixture->told, 15));
	EXPECT_NOTHING();
	tell_of_ourselves(fixture, 15);
	assert_true(told_await(&fixture->told, 16));
	EXPECT("mute the process with es_mute_process");
}

/* ---- Time
 * ---------------------------------------------------------------------------------------- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static sem_t at_gate;

static void wait_at_gate(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)told;
	sem_post(&at_gate);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
}

static void two_that_delete_while_the_handler_runs_are_told(void **state)
{
	struct fixture *fixture = *state;
	pthread_t deletes;
	void *deleted;

	assert_int_equal(sem_init(&at_gate, 0, 0), 0);
	told_set_act(&fixture->told, wait_at_gate);
	pthread_mutex_lock(&gate);
	fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_UNLINK, 0);
	while (sem_wait(&at_gate))
		;
	assert_int_equal(pthread_create(&deletes, NULL, delete_client, fixture->client), 0);
	await_written("es_delete_client waits for this handler to return");
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_ERROR);
	EXPECT("es_delete_client on a client that was deleted");
	pthread_mutex_unlock(&gate);
	assert_int_equal(pthread_join(deletes, &deleted), 0);
	assert_ptr_equal(deleted, fixture->client);
	fixture->client = NULL;
	assert_null(strstr(written(), "waits for this handler"));
}

static void ask_with_little_time(struct fixture *fixture)
{
	static _Alignas(8) unsigned char buffer[SAMPLE_BUFFER];
	struct record *record = (void *)buffer;

	assert_int_not_equal(sample_record(buffer, EVENT_AUTH_UNLINK), 0);
	record->question = fake_daemon_ask(fixture->daemon, 0);
	record->monotonic_ns = clock_now_ns();
	record->deadline_ns = record->monotonic_ns + 400 * NANOSECONDS_PER_MILLISECOND;
	fake_daemon_tell_record(fixture->daemon, 0, record);
}

static void a_handler_that_takes_half_of_its_time_is_told_and_so_is_its_deadline(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(sem_init(&at_gate, 0, 0), 0);
	told_set_act(&fixture->told, wait_at_gate);
	pthread_mutex_lock(&gate);
	ask_with_little_time(fixture);
	await_written("still runs after half of the time");
	await_written("nearly at its deadline");
	pthread_mutex_unlock(&gate);
	assert_true(told_await(&fixture->told, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, fixture_end)
		WITH(what_is_right_is_not_told),
		WITH(a_handler_that_neither_answers_nor_retains_is_told),
		WITH(the_wrong_function_is_told_once_with_event_and_number),
		WITH(a_double_answer_is_told_with_both),
		WITH(a_last_reference_given_back_without_answer_is_told),
		WITH(the_flags_of_one_open_kept_for_all_are_told),
		WITH(a_message_released_too_often_is_told),
		WITH(a_message_that_is_used_after_its_end_is_told),
		WITH(the_messages_that_ended_last_are_the_ones_remembered),
		WITH(messages_still_retained_at_delete_are_told),
		WITH(a_deleted_client_that_is_used_is_told),
		WITH(a_client_that_is_used_in_a_child_is_told),
		WITH(deleting_beside_another_call_is_told),
		WITH(deleting_from_the_handler_is_told),
		WITH(muting_and_inverting_after_subscribing_is_told),
		WITH(a_client_that_is_told_of_itself_is_warned),
		WITH(two_that_delete_while_the_handler_runs_are_told),
		WITH(a_handler_that_takes_half_of_its_time_is_told_and_so_is_its_deadline),
	};

	setenv("ES_DEBUG", "1", 1);
	errors = memfd_create("errors", MFD_CLOEXEC);
	if (errors < 0 || dup2(errors, STDERR_FILENO) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
