/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client sets reaches the daemon as the API means it, comes back as the API says it, and is
 * set again when the daemon comes back, with a gap in the numbers.
 */
#include "tests/unit/library/client/fixture.h"

#include <EndpointSecurity/ESLinux.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fake_client told_by(struct fixture *fixture, unsigned int number)
{
	return fake_daemon_client(fixture->daemon, number);
}

static void expect_mute(const struct fake_mute *mute, enum control_mute_operation operation,
			enum control_mute_kind kind, const char *path)
{
	assert_int_equal(mute->mute.operation, operation);
	assert_int_equal(mute->mute.kind, kind);
	assert_string_equal(mute->path, path);
}

static struct event_set subscribed(struct fixture *fixture)
{
	return fake_daemon_client(fixture->daemon, 0).subscriptions;
}

static unsigned int count_events(const struct event_set *set)
{
	unsigned int count = 0;

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		count += event_set_has(set, event);
	return count;
}

/* ---- Subscriptions
 * ------------------------------------------------------------------------------- */

static void subscriptions_add_up_and_go(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t first[] = {ES_EVENT_TYPE_NOTIFY_EXEC, ES_EVENT_TYPE_AUTH_OPEN};
	const es_event_type_t second[] = {ES_EVENT_TYPE_NOTIFY_FORK};
	es_event_type_t *list = NULL;
	struct event_set set;
	size_t count = 0;

	assert_int_equal(es_subscribe(fixture->client, first, 2), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(fixture->client, second, 1), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscriptions(fixture->client, &count, &list), ES_RETURN_SUCCESS);
	assert_int_equal(count, 3);
	assert_int_equal(list[0], ES_EVENT_TYPE_AUTH_OPEN);
	assert_int_equal(list[1], ES_EVENT_TYPE_NOTIFY_EXEC);
	assert_int_equal(list[2], ES_EVENT_TYPE_NOTIFY_FORK);
	free(list);
	assert_int_equal(es_unsubscribe(fixture->client, first, 1), ES_RETURN_SUCCESS);
	assert_int_equal(es_unsubscribe(fixture->client, first, 1), ES_RETURN_SUCCESS);
	set = subscribed(fixture);
	assert_false(event_set_has(&set, EVENT_NOTIFY_EXEC));
	assert_int_equal(es_unsubscribe_all(fixture->client), ES_RETURN_SUCCESS);
	list = (es_event_type_t *)1;
	assert_int_equal(es_subscriptions(fixture->client, &count, &list), ES_RETURN_SUCCESS);
	assert_int_equal(count, 0);
	assert_null(list);
}

static void unknown_events_are_passed_over_and_none_is_no_request(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t events[] = {ES_EVENT_TYPE_LAST, (es_event_type_t)5000,
					  ES_EVENT_TYPE_NOTIFY_EXIT};
	const es_event_type_t *none = NULL;
	struct event_set set;
	unsigned int requests = told_by(fixture, 0).requests;

	assert_int_equal(es_subscribe(fixture->client, events, 0), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(fixture->client, none, 0), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(fixture->client, events, 2), ES_RETURN_SUCCESS);
	assert_int_equal(es_unsubscribe(fixture->client, events, 0), ES_RETURN_SUCCESS);
	assert_int_equal(told_by(fixture, 0).requests, requests);
	assert_int_equal(es_subscribe(fixture->client, none, 1), ES_RETURN_ERROR);
	assert_int_equal(es_subscribe(fixture->client, events, 3), ES_RETURN_SUCCESS);
	set = subscribed(fixture);
	assert_int_equal(count_events(&set), 1);
}

static void what_the_daemon_refuses_is_an_error_with_its_words(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t event = ES_EVENT_TYPE_AUTH_RENAME;

	fake_daemon_refuse(fixture->daemon, CONTROL_SUBSCRIBE, -EOPNOTSUPP,
			   "AUTH_RENAME cannot be held here.");
	assert_int_equal(es_subscribe(fixture->client, &event, 1), ES_RETURN_ERROR);
	assert_string_equal(es_linux_last_error(),
			    "es_subscribe: AUTH_RENAME cannot be held here.");
}

static void clearing_the_cache_too_often_is_throttled(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(es_clear_cache(fixture->client), ES_CLEAR_CACHE_RESULT_SUCCESS);
	fake_daemon_refuse(fixture->daemon, CONTROL_CLEAR_CACHE, CONTROL_THROTTLED, "Too often.");
	assert_int_equal(es_clear_cache(fixture->client), ES_CLEAR_CACHE_RESULT_ERR_THROTTLE);
	fake_daemon_refuse(fixture->daemon, CONTROL_CLEAR_CACHE, -EIO, NULL);
	assert_int_equal(es_clear_cache(fixture->client), ES_CLEAR_CACHE_RESULT_ERR_INTERNAL);
}

static void support_of_an_event_is_told_with_its_reason(void **state)
{
	struct fixture *fixture = *state;
	es_linux_support_t support = ES_LINUX_SUPPORT_NONE;
	char reason[16] = "";

	assert_int_equal(es_linux_event_support(fixture->client, ES_EVENT_TYPE_AUTH_OPEN, &support,
						reason, sizeof(reason)),
			 ES_RETURN_SUCCESS);
	assert_int_equal(support, ES_LINUX_SUPPORT_AUTH);
	assert_string_equal(reason, "because it is o");
	assert_int_equal(
		es_linux_event_support(fixture->client, ES_EVENT_TYPE_LAST, &support, NULL, 0),
		ES_RETURN_ERROR);
}

/* ---- Mutes
 * --------------------------------------------------------------------------------------- */

static const audit_token_t some_process = {.val = {0, 0, 0, 0, 0, 4711, 0, 8}};

static void processes_are_muted_by_their_token(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXEC, ES_EVENT_TYPE_LAST};
	const audit_token_t *no_process = NULL;
	struct fake_client told;

	assert_int_equal(es_mute_process(fixture->client, &some_process), ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_process_events(fixture->client, &some_process, events, 2),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_process_events(fixture->client, &some_process, events, 2),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_process(fixture->client, &some_process), ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_process_events(fixture->client, &some_process, events, 0),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_process(fixture->client, no_process), ES_RETURN_ERROR);
	told = told_by(fixture, 0);
	assert_int_equal(told.mute_count, 4);
	expect_mute(&told.mutes[0], CONTROL_MUTE_ADD, CONTROL_MUTE_PROCESS, "");
	assert_int_equal(told.mutes[0].mute.token.words[RECORD_TOKEN_PID], 4711);
	assert_int_equal(count_events(&told.mutes[0].mute.events), EVENT_LAST);
	assert_int_equal(count_events(&told.mutes[1].mute.events), 1);
	expect_mute(&told.mutes[2], CONTROL_MUTE_REMOVE, CONTROL_MUTE_PROCESS, "");
	assert_int_equal(count_events(&told.mutes[3].mute.events), EVENT_LAST);
}

static void paths_are_muted_by_their_type(void **state)
{
	struct fixture *fixture = *state;
	struct fake_client told;

	assert_int_equal(es_mute_path(fixture->client, "/a", ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path_literal(fixture->client, "/b"), ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path_prefix(fixture->client, "/c"), ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path(fixture->client, "/d", ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_path(fixture->client, "/a", ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_all_paths(fixture->client), ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_all_target_paths(fixture->client), ES_RETURN_SUCCESS);
	told = told_by(fixture, 0);
	expect_mute(&told.mutes[0], CONTROL_MUTE_ADD, CONTROL_MUTE_PREFIX, "/a");
	assert_int_equal(count_events(&told.mutes[0].mute.events), EVENT_LAST);
	expect_mute(&told.mutes[1], CONTROL_MUTE_ADD, CONTROL_MUTE_LITERAL, "/b");
	expect_mute(&told.mutes[2], CONTROL_MUTE_ADD, CONTROL_MUTE_PREFIX, "/c");
	expect_mute(&told.mutes[3], CONTROL_MUTE_ADD, CONTROL_MUTE_TARGET_LITERAL, "/d");
	assert_true(event_set_has(&told.mutes[3].mute.events, EVENT_AUTH_OPEN));
	assert_false(event_set_has(&told.mutes[3].mute.events, EVENT_NOTIFY_FORK));
	expect_mute(&told.mutes[4], CONTROL_MUTE_REMOVE, CONTROL_MUTE_PREFIX, "/a");
	expect_mute(&told.mutes[5], CONTROL_MUTE_CLEAR, CONTROL_MUTE_PREFIX, "");
	expect_mute(&told.mutes[6], CONTROL_MUTE_CLEAR, CONTROL_MUTE_TARGET_PREFIX, "");
}

static void target_mutes_need_an_event_with_a_target(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_FORK, ES_EVENT_TYPE_AUTH_OPEN};
	struct fake_client told;

	assert_int_equal(es_mute_path_events(fixture->client, "/x", ES_MUTE_PATH_TYPE_TARGET_PREFIX,
					     events, 1),
			 ES_RETURN_ERROR);
	assert_int_equal(es_mute_path_events(fixture->client, "/x", ES_MUTE_PATH_TYPE_TARGET_PREFIX,
					     events, 2),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_path_events(fixture->client, "/x",
					       ES_MUTE_PATH_TYPE_TARGET_PREFIX, events, 1),
			 ES_RETURN_SUCCESS);
	told = told_by(fixture, 0);
	assert_int_equal(told.mute_count, 1);
	assert_int_equal(count_events(&told.mutes[0].mute.events), 1);
}

static void paths_that_cannot_be_are_refused(void **state)
{
	struct fixture *fixture = *state;
	char long_path[CONTROL_PACKET_MAX + 1];
	const char *no_path = NULL;

	memset(long_path, '/', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(es_mute_path(fixture->client, no_path, ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_ERROR);
	assert_int_equal(es_mute_path(fixture->client, "bin", ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_ERROR);
	assert_int_equal(es_mute_path(fixture->client, long_path, ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_ERROR);
	assert_int_equal(es_mute_path(fixture->client, "/a", (es_mute_path_type_t)4),
			 ES_RETURN_ERROR);
	assert_int_equal(told_by(fixture, 0).mute_count, 0);
}

static void mutes_are_listed(void **state)
{
	struct fixture *fixture = *state;
	es_muted_paths_t *paths = NULL;
	es_muted_processes_t *processes = NULL;
	audit_token_t *tokens = NULL;
	size_t count = 0;

	assert_int_equal(es_muted_paths_events(fixture->client, &paths), ES_RETURN_SUCCESS);
	assert_int_equal(paths->count, 2);
	assert_string_equal(paths->paths[0].path.data, "/init");
	assert_int_equal(paths->paths[0].type, ES_MUTE_PATH_TYPE_LITERAL);
	assert_int_equal(paths->paths[0].event_count, 2);
	assert_int_equal(paths->paths[0].events[1], ES_EVENT_TYPE_AUTH_MMAP);
	assert_string_equal(paths->paths[1].path.data, "/bus");
	assert_int_equal(paths->paths[1].path.length, 4);
	es_release_muted_paths(paths);
	assert_int_equal(es_muted_processes_events(fixture->client, &processes), ES_RETURN_SUCCESS);
	assert_int_equal(processes->count, 1);
	assert_int_equal(processes->processes[0].audit_token.val[5], 42);
	assert_int_equal(processes->processes[0].events[0], ES_EVENT_TYPE_AUTH_OPEN);
	es_release_muted_processes(processes);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	assert_int_equal(es_muted_processes(fixture->client, &count, &tokens), ES_RETURN_SUCCESS);
#pragma GCC diagnostic pop
	assert_int_equal(count, 1);
	assert_int_equal(tokens[0].val[5], 42);
	free(tokens);
}

static void inversion_is_toggled_by_dimension(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(es_muting_inverted(fixture->client, ES_MUTE_INVERSION_TYPE_PATH),
			 ES_MUTE_NOT_INVERTED);
	assert_int_equal(es_invert_muting(fixture->client, ES_MUTE_INVERSION_TYPE_PATH),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_muting_inverted(fixture->client, ES_MUTE_INVERSION_TYPE_PATH),
			 ES_MUTE_INVERTED);
	assert_int_equal(es_muting_inverted(fixture->client, ES_MUTE_INVERSION_TYPE_PROCESS),
			 ES_MUTE_NOT_INVERTED);
	assert_int_equal(es_invert_muting(fixture->client, ES_MUTE_INVERSION_TYPE_LAST),
			 ES_RETURN_ERROR);
	assert_int_equal(es_muting_inverted(fixture->client, ES_MUTE_INVERSION_TYPE_LAST),
			 ES_MUTE_INVERTED_ERROR);
}

/* ---- Deadlines
 * ----------------------------------------------------------------------------------- */

static void deadlines_and_miss_modes_are_set_and_read(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t event = ES_EVENT_TYPE_AUTH_OPEN;
	es_deadline_miss_mode_t mode = ES_DEADLINE_MISS_MODE_KILL;
	uint32_t milliseconds = 0;
	struct fake_client told;

	assert_int_equal(
		es_set_deadline_miss_mode(fixture->client, ES_DEADLINE_MISS_MODE_FAIL_OPEN),
		ES_RETURN_SUCCESS);
	assert_int_equal(es_get_deadline_miss_mode(fixture->client, &mode), ES_RETURN_SUCCESS);
	assert_int_equal(mode, ES_DEADLINE_MISS_MODE_FAIL_OPEN);
	assert_int_equal(es_set_deadline_miss_mode(fixture->client, (es_deadline_miss_mode_t)3),
			 ES_RETURN_ERROR);
	assert_int_equal(es_set_deadline_max_milliseconds(fixture->client, &event, 1, 500),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_set_deadline_min_milliseconds(fixture->client, &event, 1, 100),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_get_deadline_max_milliseconds(fixture->client, event, &milliseconds),
			 ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 30000);
	assert_int_equal(es_get_deadline_min_milliseconds(fixture->client, ES_EVENT_TYPE_LAST,
							  &milliseconds),
			 ES_RETURN_ERROR);
	told = told_by(fixture, 0);
	assert_int_equal(told.deadline_count, 2);
	assert_int_equal(told.deadlines[0].bound, CONTROL_DEADLINE_MAX);
	assert_int_equal(told.deadlines[0].milliseconds, 500);
	assert_int_equal(told.deadlines[1].bound, CONTROL_DEADLINE_MIN);
	assert_true(event_set_has(&told.deadlines[1].events, EVENT_AUTH_OPEN));
}

/* ---- The daemon comes back
 * ----------------------------------------------------------------------- */

static void away_and_back(struct fixture *fixture)
{
	fake_daemon_go(fixture->daemon);
	fake_daemon_come_back(fixture->daemon);
	assert_true(fake_daemon_await_clients(fixture->daemon, 2));
}

/* A call that needs the link waits for it; once it is through, all that was set has been sent. */
static void await_settled(struct fixture *fixture)
{
	es_deadline_miss_mode_t mode;

	assert_int_equal(es_get_deadline_miss_mode(fixture->client, &mode), ES_RETURN_SUCCESS);
}

static void everything_is_set_again_when_the_daemon_comes_back(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_EXEC};
	struct fake_client told;

	es_subscribe(fixture->client, events, 2);
	es_mute_path(fixture->client, "/a", ES_MUTE_PATH_TYPE_PREFIX);
	es_mute_process(fixture->client, &some_process);
	es_invert_muting(fixture->client, ES_MUTE_INVERSION_TYPE_TARGET_PATH);
	es_set_deadline_miss_mode(fixture->client, ES_DEADLINE_MISS_MODE_FAIL_CLOSED);
	es_set_deadline_max_milliseconds(fixture->client, events, 1, 700);
	away_and_back(fixture);
	await_settled(fixture);
	told = told_by(fixture, 1);
	assert_int_equal(count_events(&told.subscriptions), 2);
	assert_int_equal(told.mute_count, 2);
	expect_mute(&told.mutes[0], CONTROL_MUTE_ADD, CONTROL_MUTE_PROCESS, "");
	assert_int_equal(told.mutes[0].mute.token.words[RECORD_TOKEN_PID], 4711);
	expect_mute(&told.mutes[1], CONTROL_MUTE_ADD, CONTROL_MUTE_PREFIX, "/a");
	assert_true(told.inverted[CONTROL_MUTE_DIMENSION_TARGET_PATH]);
	assert_false(told.inverted[CONTROL_MUTE_DIMENSION_PATH]);
	assert_int_equal(told.miss_mode, ES_DEADLINE_MISS_MODE_FAIL_CLOSED);
	assert_int_equal(told.deadline_count, 1);
	assert_int_equal(told.deadlines[0].milliseconds, 700);
}

/* What has the pid now is muted, and not what may have it later. */
static void a_process_muted_by_its_pid_is_muted_again_by_its_token(void **state)
{
	struct fixture *fixture = *state;
	const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_EXEC};
	audit_token_t process = some_process, by_pid = some_process;
	struct fake_client told;

	by_pid.val[RECORD_TOKEN_PIDVERSION] = 0;
	assert_int_equal(es_mute_process_events(fixture->client, &by_pid, &events[0], 1),
			 ES_RETURN_SUCCESS);
	/* The same run, of another user by now. */
	process.val[RECORD_TOKEN_EUID] = 1000;
	assert_int_equal(es_mute_process_events(fixture->client, &process, &events[1], 1),
			 ES_RETURN_SUCCESS);
	away_and_back(fixture);
	await_settled(fixture);
	told = told_by(fixture, 1);
	assert_int_equal(told.mute_count, 1);
	assert_int_equal(told.mutes[0].mute.token.words[RECORD_TOKEN_PIDVERSION], FAKE_PIDVERSION);
	assert_int_equal(count_events(&told.mutes[0].mute.events), 2);
}

static void default_mutes_that_were_taken_away_stay_away(void **state)
{
	struct fixture *fixture = *state;
	struct fake_client told;

	es_unmute_path(fixture->client, "/init", ES_MUTE_PATH_TYPE_LITERAL);
	es_mute_path(fixture->client, "/mine", ES_MUTE_PATH_TYPE_LITERAL);
	away_and_back(fixture);
	await_settled(fixture);
	told = told_by(fixture, 1);
	/* All are taken away, then those that are left are added: newest first. */
	assert_int_equal(told.mute_count, 5);
	expect_mute(&told.mutes[0], CONTROL_MUTE_CLEAR, CONTROL_MUTE_PREFIX, "");
	expect_mute(&told.mutes[1], CONTROL_MUTE_CLEAR, CONTROL_MUTE_TARGET_PREFIX, "");
	expect_mute(&told.mutes[2], CONTROL_MUTE_ADD, CONTROL_MUTE_LITERAL, "/mine");
	expect_mute(&told.mutes[3], CONTROL_MUTE_ADD, CONTROL_MUTE_PROCESS, "");
	expect_mute(&told.mutes[4], CONTROL_MUTE_ADD, CONTROL_MUTE_TARGET_PREFIX, "/bus");
}

static void an_administrators_mutes_are_set_again(void **state)
{
	struct fixture *fixture = *state;
	struct control_mute mute = {.operation = CONTROL_MUTE_ADD, .kind = CONTROL_MUTE_PREFIX};
	struct fake_client told;

	event_set_add(&mute.events, EVENT_AUTH_OPEN);
	event_set_add(&mute.events, EVENT_NOTIFY_OPEN);
	es_mute_path(fixture->client, "/mine", ES_MUTE_PATH_TYPE_PREFIX);
	fake_daemon_mute(fixture->daemon, 0, &mute, "/added");
	/* The one with a call behind it, the others with none. */
	await_settled(fixture);
	mute.operation = CONTROL_MUTE_REMOVE;
	fake_daemon_mute(fixture->daemon, 0, &mute, "/mine");
	fake_daemon_mute(fixture->daemon, 0, &mute, "/init");
	mute.operation = CONTROL_MUTE_CLEAR;
	mute.kind = CONTROL_MUTE_TARGET_PREFIX;
	fake_daemon_mute(fixture->daemon, 0, &mute, "");
	/* Of another world: passed over. */
	mute.kind = 4711;
	fake_daemon_mute(fixture->daemon, 0, &mute, "");
	mute.operation = CONTROL_MUTE_INVERT;
	fake_daemon_mute(fixture->daemon, 0, &mute, "");
	away_and_back(fixture);
	await_settled(fixture);
	told = told_by(fixture, 1);
	assert_int_equal(told.mute_count, 5);
	expect_mute(&told.mutes[0], CONTROL_MUTE_CLEAR, CONTROL_MUTE_TARGET_PREFIX, "");
	expect_mute(&told.mutes[1], CONTROL_MUTE_REMOVE, CONTROL_MUTE_PREFIX, "/init");
	expect_mute(&told.mutes[2], CONTROL_MUTE_ADD, CONTROL_MUTE_PREFIX, "/added");
	assert_int_equal(count_events(&told.mutes[2].mute.events), 2);
	expect_mute(&told.mutes[3], CONTROL_MUTE_REMOVE, CONTROL_MUTE_PREFIX, "/mine");
	assert_int_equal(count_events(&told.mutes[3].mute.events), 2);
	expect_mute(&told.mutes[4], CONTROL_MUTE_ADD, CONTROL_MUTE_PREFIX, "/mine");
	assert_int_equal(count_events(&told.mutes[4].mute.events), EVENT_LAST - 2);
}

static void numbers_go_on_with_a_gap(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned int i = 0; i < 3; i++)
		fake_daemon_tell(fixture->daemon, 0, EVENT_NOTIFY_FORK, i);
	assert_true(told_await(&fixture->told, 3));
	away_and_back(fixture);
	fake_daemon_tell(fixture->daemon, 1, EVENT_NOTIFY_FORK, 0);
	fake_daemon_tell(fixture->daemon, 1, EVENT_NOTIFY_EXIT, 0);
	assert_true(told_await(&fixture->told, 5));
	assert_int_equal(fixture->told.messages[2].sequence, 2);
	assert_int_equal(fixture->told.messages[3].sequence, 4);
	assert_int_equal(fixture->told.messages[3].global_sequence, 4);
	/* An event that never came before begins with a gap as well. */
	assert_int_equal(fixture->told.messages[4].sequence, 1);
}

static void keep(struct told *told, es_client_t *client, const es_message_t *message)
{
	(void)client;
	es_retain_message(message);
	told->kept = message;
}

static void a_question_of_the_daemon_that_went_is_not_answered_to_the_new_one(void **state)
{
	struct fixture *fixture = *state;

	told_set_act(&fixture->told, keep);
	fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_UNLINK, 0);
	assert_true(told_await(&fixture->told, 1));
	away_and_back(fixture);
	await_settled(fixture);
	assert_int_equal(es_respond_auth_result(fixture->client, fixture->told.kept,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	es_release_message(fixture->told.kept);
}

static void a_client_can_be_deleted_while_its_daemon_is_away(void **state)
{
	struct fixture *fixture = *state;

	fake_daemon_go(fixture->daemon);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	fake_daemon_come_back(fixture->daemon);
	assert_int_equal(fake_daemon_clients(fixture->daemon), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_CLIENT(test) cmocka_unit_test_setup_teardown(test, fixture_make_client, fixture_end)
		WITH_CLIENT(subscriptions_add_up_and_go),
		WITH_CLIENT(unknown_events_are_passed_over_and_none_is_no_request),
		WITH_CLIENT(what_the_daemon_refuses_is_an_error_with_its_words),
		WITH_CLIENT(clearing_the_cache_too_often_is_throttled),
		WITH_CLIENT(support_of_an_event_is_told_with_its_reason),
		WITH_CLIENT(processes_are_muted_by_their_token),
		WITH_CLIENT(paths_are_muted_by_their_type),
		WITH_CLIENT(target_mutes_need_an_event_with_a_target),
		WITH_CLIENT(paths_that_cannot_be_are_refused),
		WITH_CLIENT(mutes_are_listed),
		WITH_CLIENT(inversion_is_toggled_by_dimension),
		WITH_CLIENT(deadlines_and_miss_modes_are_set_and_read),
		WITH_CLIENT(everything_is_set_again_when_the_daemon_comes_back),
		WITH_CLIENT(a_process_muted_by_its_pid_is_muted_again_by_its_token),
		WITH_CLIENT(default_mutes_that_were_taken_away_stay_away),
		WITH_CLIENT(an_administrators_mutes_are_set_again),
		WITH_CLIENT(numbers_go_on_with_a_gap),
		WITH_CLIENT(a_question_of_the_daemon_that_went_is_not_answered_to_the_new_one),
		WITH_CLIENT(a_client_can_be_deleted_while_its_daemon_is_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
