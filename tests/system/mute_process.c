/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A muted process is not told of, until it is unmuted or ends; one of another run is another
 * process.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <stdlib.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN, ES_EVENT_TYPE_NOTIFY_CLOSE};

static size_t opens_of(struct recorder *recorder, const struct subject *subject)
{
	return recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject)});
}

/* Its token is learned from what it does. */
static audit_token_t token_of(struct recorder *recorder, struct subject *subject, const char *path)
{
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	return recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject)})
		->process->audit_token;
}

static size_t muted_count(es_client_t *client)
{
	audit_token_t *tokens = NULL;
	size_t count = 0;

	assert_int_equal(es_muted_processes(client, &count, &tokens), ES_RETURN_SUCCESS);
	assert_true((count == 0) == (tokens == NULL));
	free(tokens);
	return count;
}

static void it_is_not_told_of_until_it_is_unmuted(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	struct subject *other = subject_new();
	const char *path = stage_file("file", "content");
	audit_token_t token = token_of(recorder, subject, path);

	(void)state;
	assert_int_equal(muted_count(client), 0);
	assert_int_equal(es_mute_process(client, &token), ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_process(client, &token), ES_RETURN_SUCCESS);
	assert_int_equal(muted_count(client), 1);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	assert_int_equal(subject_do(other, deed_open, path, 0), 0);
	assert_int_equal(opens_of(recorder, subject), 1);
	assert_int_equal(opens_of(recorder, other), 1);

	/* One unmute undoes both mutes. */
	assert_int_equal(es_unmute_process(client, &token), ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_process(client, &token), ES_RETURN_SUCCESS);
	assert_int_equal(muted_count(client), 0);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	assert_int_equal(opens_of(recorder, subject), 2);
	subject_end(subject);
	subject_end(other);
	recorder_free(recorder);
}

static void it_is_not_asked_about(void **state)
{
	static const es_event_type_t both[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorder = recorder_new(both, COUNT(both));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	audit_token_t token = token_of(recorder, subject, path);

	(void)state;
	recorder_rule(
		recorder,
		&(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .path = path, .verdict = DENY});
	assert_int_not_equal(subject_do(subject, deed_open, path, 0), 0);
	assert_int_equal(es_mute_process(recorder_client(recorder), &token), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	subject_end(subject);
	recorder_free(recorder);
}

static void its_end_takes_the_mute_away(void **state)
{
	static const es_event_type_t ends[] = {ES_EVENT_TYPE_NOTIFY_OPEN,
					       ES_EVENT_TYPE_NOTIFY_EXIT};
	struct recorder *watcher = recorder_new(ends, COUNT(ends));
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	audit_token_t token = token_of(recorder, subject, stage_file("file", "content"));

	(void)state;
	assert_int_equal(es_mute_process(recorder_client(recorder), &token), ES_RETURN_SUCCESS);
	subject_end(subject);
	recorder_await(watcher, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	assert_int_equal(muted_count(recorder_client(recorder)), 0);
	/* And what is gone cannot be muted. */
	assert_int_equal(es_mute_process(recorder_client(recorder), &token), ES_RETURN_ERROR);
	assert_true(strlen(es_linux_last_error()) > 0);
	recorder_free(recorder);
	recorder_free(watcher);
}

static void after_an_exec_it_is_another_process(void **state)
{
	static const es_event_type_t execs[] = {ES_EVENT_TYPE_NOTIFY_OPEN,
						ES_EVENT_TYPE_NOTIFY_EXIT};
	struct recorder *recorder = recorder_new(execs, COUNT(execs));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *program = stage_program("program", "/bin/true");
	const struct deed deed = deed_of(deed_exec, program, "argument", 0);
	audit_token_t token = token_of(recorder, subject, stage_file("file", "content"));

	(void)state;
	assert_int_equal(es_mute_process(recorder_client(recorder), &token), ES_RETURN_SUCCESS);
	subject_begin(subject, &deed);
	subject_wait(subject);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	recorder_free(recorder);
}

static void only_for_some_events(void **state)
{
	static const es_event_type_t opens[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	audit_token_t token = token_of(recorder, subject, path);
	const struct sought closes = {.event = ES_EVENT_TYPE_NOTIFY_CLOSE,
				      .pid = subject_pid(subject)};
	es_muted_processes_t *muted = NULL;

	(void)state;
	assert_int_equal(es_mute_process_events(client, &token, opens, 1), ES_RETURN_SUCCESS);
	recorder_await_nth(recorder, &closes, 0);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	recorder_await_nth(recorder, &closes, 1);
	assert_int_equal(opens_of(recorder, subject), 1);

	assert_int_equal(es_muted_processes_events(client, &muted), ES_RETURN_SUCCESS);
	assert_int_equal(muted->count, 1);
	assert_memory_equal(&muted->processes[0].audit_token, &token, sizeof(token));
	assert_int_equal(muted->processes[0].event_count, 1);
	assert_int_equal(muted->processes[0].events[0], ES_EVENT_TYPE_NOTIFY_OPEN);
	es_release_muted_processes(muted);

	assert_int_equal(es_unmute_process_events(client, &token, opens, 1), ES_RETURN_SUCCESS);
	assert_int_equal(muted_count(client), 0);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(it_is_not_told_of_until_it_is_unmuted),
		ON_STAGE(it_is_not_asked_about),
		ON_STAGE(its_end_takes_the_mute_away),
		ON_STAGE(after_an_exec_it_is_another_process),
		ON_STAGE(only_for_some_events),
	};

	return stage_main(tests, COUNT(tests), 60);
}
