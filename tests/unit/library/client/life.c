/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a client against a daemon in the test: made, told events one at a time, answered,
 * synchronised, deleted from anywhere; what cannot be made fails with its own result and leaves
 * nothing.
 */
#include "library/client/blocks.h"
#include "tests/unit/library/allocation.h"
#include "tests/unit/library/client/fixture.h"
#include "wire/verdict.h"

#include <EndpointSecurity/ESLinux.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- Making
 * -------------------------------------------------------------------------------------- */

static void a_client_connects_and_hangs_up(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fake_daemon_clients(fixture->daemon), 1);
	assert_true(fake_daemon_client(fixture->daemon, 0).connected);
	assert_int_equal(fake_daemon_client(fixture->daemon, 0).kind, CONTROL_CLIENT_ORDINARY);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	assert_true(fake_daemon_await_hangup(fixture->daemon, 0));
}

static void a_descendants_client_says_so(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(es_new_descendants_client_f(&fixture->client, told_handle, &fixture->told),
			 ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(fake_daemon_client(fixture->daemon, 0).kind, CONTROL_CLIENT_DESCENDANTS);
}

static void every_refusal_has_its_result_and_words(void **state)
{
	struct fixture *fixture = *state;

	for (int result = ES_NEW_CLIENT_RESULT_ERR_NOT_ENTITLED;
	     result <= ES_NEW_CLIENT_RESULT_ERR_TOO_MANY_CLIENTS; result++) {
		fake_daemon_refuse(fixture->daemon, CONTROL_CLIENT_NEW, result, "You may not.");
		assert_int_equal(es_new_client_f(&fixture->client, told_handle, &fixture->told),
				 result);
		assert_string_equal(es_linux_last_error(), "You may not.");
		assert_null(fixture->client);
	}
	fake_daemon_refuse(fixture->daemon, CONTROL_CLIENT_NEW, -EIO, NULL);
	assert_int_equal(es_new_client_f(&fixture->client, told_handle, &fixture->told),
			 ES_NEW_CLIENT_RESULT_ERR_INTERNAL);
}

static void missing_arguments_are_refused(void **state)
{
	struct fixture *fixture = *state;
	es_client_t **no_place = NULL;
	es_handler_function_t no_handler = NULL;

	assert_int_equal(es_new_client_f(no_place, told_handle, NULL),
			 ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(es_new_client_f(&fixture->client, no_handler, NULL),
			 ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(es_new_client(&fixture->client, NULL),
			 ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(es_delete_client(NULL), ES_RETURN_SUCCESS);
	assert_int_equal(fake_daemon_clients(fixture->daemon), 0);
}

static void short_memory_makes_no_client_and_leaves_nothing(void **state)
{
	struct fixture *fixture = *state;
	int before = open_descriptors();
	int failures = 0;
	es_new_client_result_t result;

	for (;; failures++) {
		allocation_fail_after(failures);
		result = es_new_client_f(&fixture->client, told_handle, &fixture->told);
		allocation_fail_never();
		if (result == ES_NEW_CLIENT_RESULT_SUCCESS)
			break;
		assert_null(fixture->client);
		assert_int_equal(result, ES_NEW_CLIENT_RESULT_ERR_INTERNAL);
		/* The daemon in this process closes its end when it has seen ours go. */
		for (unsigned int i = 0; i < fake_daemon_clients(fixture->daemon); i++)
			assert_true(fake_daemon_await_hangup(fixture->daemon, i));
		assert_true(failures < 100);
	}
	assert_true(failures > 3);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	assert_true(fake_daemon_await_hangup(fixture->daemon,
					     fake_daemon_clients(fixture->daemon) - 1));
	assert_true(open_descriptors() >= before);
}

/* ---- Being told
 * ---------------------------------------------------------------------------------- */

static void messages_come_one_at_a_time_and_in_order(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned int i = 0; i < 200; i++)
		fake_daemon_tell(fixture->daemon, 0, i % 2 ? EVENT_NOTIFY_FORK : EVENT_NOTIFY_EXIT,
				 i);
	assert_true(told_await(&fixture->told, 200));
	assert_false(fixture->told.overlapped);
	for (unsigned int i = 0; i < 200; i++) {
		assert_int_equal(fixture->told.messages[i].sequence, i);
		assert_int_equal(fixture->told.messages[i].event,
				 i % 2 ? EVENT_NOTIFY_FORK : EVENT_NOTIFY_EXIT);
	}
}

static void deny(struct told *told, es_client_t *client, const es_message_t *message)
{
	told->result = es_respond_auth_result(client, message, ES_AUTH_RESULT_DENY, true);
}

static void an_answer_from_the_handler_arrives(void **state)
{
	struct fixture *fixture = *state;
	uint64_t question;
	uint32_t flags = 1;
	bool cache = false;

	told_set_act(&fixture->told, deny);
	question = fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_UNLINK, 0);
	assert_true(fake_daemon_await_answer(fixture->daemon, 0, question, &flags, &cache));
	assert_int_equal(flags, VERDICT_FLAGS_DENY);
	assert_true(cache);
	assert_true(told_await(&fixture->told, 1));
	assert_int_equal(fixture->told.result, ES_RESPOND_RESULT_SUCCESS);
}

static void keep(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)client;
	es_retain_message(message);
	told->kept = message;
}

static void a_retained_message_is_answered_after_its_handler_returned(void **state)
{
	struct fixture *fixture = *state;
	uint64_t question;
	uint32_t flags = 1;
	bool cache = true;

	told_set_act(&fixture->told, keep);
	question = fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_OPEN, 0);
	assert_true(told_await(&fixture->told, 1));
	assert_int_equal(es_respond_flags_result(fixture->client, fixture->told.kept, 7, false),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_true(fake_daemon_await_answer(fixture->daemon, 0, question, &flags, &cache));
	assert_int_equal(flags, 7);
	assert_false(cache);
	es_release_message(fixture->told.kept);
}

static void a_late_answer_is_told_to_be_late(void **state)
{
	struct fixture *fixture = *state;
	uint64_t question;

	told_set_act(&fixture->told, keep);
	question = fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_UNLINK, 0);
	assert_true(told_await(&fixture->told, 1));
	fake_daemon_close_question(fixture->daemon, 0, question);
	assert_int_equal(es_respond_auth_result(fixture->client, fixture->told.kept,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	es_release_message(fixture->told.kept);
}

static void a_retained_message_outlives_its_client(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, keep);
	fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_OPEN, 0);
	assert_true(told_await(&fixture->told, 1));
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	assert_string_equal(fixture->told.kept->event.open.file->path.data, "/dir/file");
	assert_int_equal(es_respond_flags_result(fixture->client, fixture->told.kept, 1, false),
			 ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	fixture->client = NULL;
	es_release_message(fixture->told.kept);
}

static void a_record_that_makes_no_message_is_answered_by_the_miss_mode(void **state)
{
	struct fixture *fixture = *state;
	struct record record = {.size = sizeof(record), .version = RECORD_VERSION};
	uint32_t flags = 1;
	bool cache = true;

	record.event = EVENT_RESERVED_0;
	record.question = fake_daemon_ask(fixture->daemon, 0);
	fake_daemon_tell_record(fixture->daemon, 0, &record);
	assert_true(fake_daemon_await_answer(fixture->daemon, 0, record.question, &flags, &cache));
	assert_int_equal(flags, VERDICT_FLAGS_ALLOW);
	assert_int_equal(
		es_set_deadline_miss_mode(fixture->client, ES_DEADLINE_MISS_MODE_FAIL_CLOSED),
		ES_RETURN_SUCCESS);
	record.question = fake_daemon_ask(fixture->daemon, 0);
	fake_daemon_tell_record(fixture->daemon, 0, &record);
	assert_true(fake_daemon_await_answer(fixture->daemon, 0, record.question, &flags, &cache));
	assert_int_equal(flags, VERDICT_FLAGS_DENY);
	fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, 0);
	assert_true(told_await(&fixture->told, 1));
	assert_int_equal(fixture->told.count, 1);
}

/* ---- Synchronisation
 * ----------------------------------------------------------------------------- */

struct synced {
	struct told *told;
	size_t count_then; /* handlers that had returned */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	_Bool ran;
};

static void synced_init(struct synced *synced, struct told *told)
{
	memset(synced, 0, sizeof(*synced));
	synced->told = told;
	pthread_mutex_init(&synced->lock, NULL);
	pthread_cond_init(&synced->changed, NULL);
}

static void synchronised(void *context)
{
	struct synced *synced = context;

	pthread_mutex_lock(&synced->lock);
	synced->count_then = synced->told->count;
	synced->ran = 1;
	pthread_cond_broadcast(&synced->changed);
	pthread_mutex_unlock(&synced->lock);
}

static void await_synced(struct synced *synced)
{
	pthread_mutex_lock(&synced->lock);
	while (!synced->ran)
		pthread_cond_wait(&synced->changed, &synced->lock);
	pthread_mutex_unlock(&synced->lock);
}

static void a_sync_runs_when_all_before_it_was_handled(void **state)
{
	struct fixture *fixture = *state;
	struct synced synced;

	synced_init(&synced, &fixture->told);
	for (unsigned int i = 0; i < 50; i++)
		fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, i);
	assert_int_equal(es_sync_client_f(fixture->client, synchronised, &synced),
			 ES_RETURN_SUCCESS);
	await_synced(&synced);
	assert_int_equal(synced.count_then, 50);
}

static void a_sync_with_nothing_before_it_runs_as_well(void **state)
{
	struct fixture *fixture = *state;
	struct synced synced;

	synced_init(&synced, &fixture->told);
	assert_int_equal(es_sync_client_f(fixture->client, synchronised, &synced),
			 ES_RETURN_SUCCESS);
	await_synced(&synced);
	assert_int_equal(synced.count_then, 0);
}

static void a_sync_of_no_client_runs_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct synced synced;
	void (*no_function)(void *) = NULL;

	synced_init(&synced, &fixture->told);
	assert_int_equal(es_sync_client_f(NULL, synchronised, &synced), ES_RETURN_SUCCESS);
	assert_true(synced.ran);
	assert_int_equal(es_sync_client_f(fixture->client, no_function, NULL), ES_RETURN_ERROR);
}

static void sync_inside(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)message;
	told->other_result = es_sync_client_f(client, synchronised, NULL);
}

static void a_sync_from_the_handler_is_refused(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, sync_inside);
	fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, 0);
	assert_true(told_await(&fixture->told, 1));
	assert_int_equal(fixture->told.other_result, ES_RETURN_ERROR);
}

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	_Bool entered;
	_Bool open;
};
static struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void wait_at_gate(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)told;
	(void)client;
	(void)message;
	pthread_mutex_lock(&gate.lock);
	gate.entered = 1;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void await_entered(void)
{
	pthread_mutex_lock(&gate.lock);
	while (!gate.entered)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void *delete_client(void *client)
{
	return es_delete_client(client) == ES_RETURN_SUCCESS ? NULL : client;
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = 1;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void what_waits_for_a_sync_runs_when_the_client_is_deleted(void **state)
{
	struct fixture *fixture = *state;
	struct synced synced;
	pthread_t thread;
	void *failed;

	synced_init(&synced, &fixture->told);
	gate.entered = gate.open = 0;
	told_set_act(&fixture->told, wait_at_gate);
	fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, 0);
	fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, 1);
	await_entered();
	assert_int_equal(es_sync_client_f(fixture->client, synchronised, &synced),
			 ES_RETURN_SUCCESS);
	assert_false(synced.ran);
	/* The second message is never handled: the client is gone before. */
	assert_int_equal(pthread_create(&thread, NULL, delete_client, fixture->client), 0);
	while (es_clear_cache(fixture->client) == ES_CLEAR_CACHE_RESULT_SUCCESS)
		sched_yield();
	fixture->client = NULL;
	open_gate();
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_true(synced.ran);
	assert_int_equal(fixture->told.count, 1);
}

/* ---- Deleting
 * ------------------------------------------------------------------------------------ */

static void delete_itself(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)message;
	told->other_result = es_delete_client(client);
	told->result = es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
}

static void a_client_deleted_by_its_handler_ends_when_that_returns(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, delete_itself);
	fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_UNLINK, 0);
	assert_true(told_await(&fixture->told, 1));
	assert_int_equal(fixture->told.other_result, ES_RETURN_SUCCESS);
	assert_int_equal(fixture->told.result, ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	fixture->client = NULL;
	assert_true(fake_daemon_await_hangup(fixture->daemon, 0));
}

static void a_deleted_client_is_refused_by_every_function(void **state)
{
	struct fixture *fixture = *state;
	es_client_t *deleted = fixture->client;
	es_event_type_t event = ES_EVENT_TYPE_NOTIFY_FORK;

	assert_int_equal(es_delete_client(deleted), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	assert_int_equal(es_subscribe(deleted, &event, 1), ES_RETURN_ERROR);
	assert_int_equal(es_unsubscribe_all(deleted), ES_RETURN_ERROR);
	assert_int_equal(es_clear_cache(deleted), ES_CLEAR_CACHE_RESULT_ERR_INTERNAL);
	assert_int_equal(es_mute_path(deleted, "/bin", ES_MUTE_PATH_TYPE_PREFIX), ES_RETURN_ERROR);
	assert_int_equal(es_muting_inverted(deleted, ES_MUTE_INVERSION_TYPE_PATH),
			 ES_MUTE_INVERTED_ERROR);
	assert_int_equal(es_delete_client(deleted), ES_RETURN_ERROR);
	assert_non_null(strstr(es_linux_last_error(), "deleted"));
}

static void several_clients_of_a_process_know_nothing_of_each_other(void **state)
{
	struct fixture *fixture = *state;
	es_client_t *second = NULL;
	struct told told;

	told_init(&told);
	assert_int_equal(es_new_client_f(&second, told_handle, &told),
			 ES_NEW_CLIENT_RESULT_SUCCESS);
	fake_daemon_tell(fixture->daemon, 1, EVENT_NOTIFY_FORK, 0);
	assert_true(told_await(&told, 1));
	assert_int_equal(fixture->told.count, 0);
	assert_int_equal(es_delete_client(second), ES_RETURN_SUCCESS);
	assert_true(fake_daemon_await_hangup(fixture->daemon, 1));
	assert_true(fake_daemon_client(fixture->daemon, 0).connected);
	told_done(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(setup, test) cmocka_unit_test_setup_teardown(test, setup, fixture_end)
		WITH(fixture_make_client, a_client_connects_and_hangs_up),
		WITH(fixture_make_daemon, a_descendants_client_says_so),
		WITH(fixture_make_daemon, every_refusal_has_its_result_and_words),
		WITH(fixture_make_daemon, missing_arguments_are_refused),
		WITH(fixture_make_daemon, short_memory_makes_no_client_and_leaves_nothing),
		WITH(fixture_make_client, messages_come_one_at_a_time_and_in_order),
		WITH(fixture_make_client, an_answer_from_the_handler_arrives),
		WITH(fixture_make_client,
		     a_retained_message_is_answered_after_its_handler_returned),
		WITH(fixture_make_client, a_late_answer_is_told_to_be_late),
		WITH(fixture_make_client, a_retained_message_outlives_its_client),
		WITH(fixture_make_client,
		     a_record_that_makes_no_message_is_answered_by_the_miss_mode),
		WITH(fixture_make_client, a_sync_runs_when_all_before_it_was_handled),
		WITH(fixture_make_client, a_sync_with_nothing_before_it_runs_as_well),
		WITH(fixture_make_client, a_sync_of_no_client_runs_at_once),
		WITH(fixture_make_client, a_sync_from_the_handler_is_refused),
		WITH(fixture_make_client, what_waits_for_a_sync_runs_when_the_client_is_deleted),
		WITH(fixture_make_client, a_client_deleted_by_its_handler_ends_when_that_returns),
		WITH(fixture_make_client, a_deleted_client_is_refused_by_every_function),
		WITH(fixture_make_client, several_clients_of_a_process_know_nothing_of_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
