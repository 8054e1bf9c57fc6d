/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines: how long a client gives itself, and what happens when an answer is late.
 */
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};
static const struct rule defer = {.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER};

static void the_system_sets_the_longest(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	uint32_t milliseconds = 0;

	(void)state;
	assert_int_equal(
		es_get_deadline_max_milliseconds(client, ES_EVENT_TYPE_AUTH_OPEN, &milliseconds),
		ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 30000);
	assert_int_equal(es_set_deadline_max_milliseconds(client, events, 1, 30001),
			 ES_RETURN_ERROR);
	assert_true(strlen(es_linux_last_error()) > 0);
	assert_int_equal(es_set_deadline_max_milliseconds(client, events, 1, 500),
			 ES_RETURN_SUCCESS);
	assert_int_equal(
		es_get_deadline_max_milliseconds(client, ES_EVENT_TYPE_AUTH_OPEN, &milliseconds),
		ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 500);
	assert_int_equal(
		es_get_deadline_max_milliseconds(client, ES_EVENT_TYPE_AUTH_EXEC, &milliseconds),
		ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 30000);
	assert_int_equal(es_set_deadline_min_milliseconds(client, events, 1, 100), ES_RETURN_ERROR);
	assert_int_equal(
		es_get_deadline_min_milliseconds(client, ES_EVENT_TYPE_AUTH_OPEN, &milliseconds),
		ES_RETURN_ERROR);
	recorder_free(recorder);
}

/* The actor began to wait a moment after the message was begun. */
static void check_deadline(const es_message_t *message, uint64_t milliseconds)
{
	uint64_t length = (message->deadline - message->mach_time) / NANOSECONDS_PER_MILLISECOND;

	assert_in_range(length, milliseconds, milliseconds + 100 * stage_slowness());
}

static void the_message_says_when(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const struct sought sought = {.event = ES_EVENT_TYPE_AUTH_OPEN,
				      .pid = subject_pid(subject)};
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	message = recorder_await_nth(recorder, &sought, 0);
	check_deadline(message, 30000);
	assert_int_equal(
		es_set_deadline_max_milliseconds(recorder_client(recorder), events, 1, 700),
		ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	message = recorder_await_nth(recorder, &sought, 1);
	check_deadline(message, 700);
	subject_end(subject);
	recorder_free(recorder);
}

/* The outcome of an open that nobody answers; the client must live on. */
static int unanswered(es_deadline_miss_mode_t mode)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	es_deadline_miss_mode_t now = ES_DEADLINE_MISS_MODE_KILL;
	int outcome;

	assert_int_equal(es_get_deadline_miss_mode(client, &now), ES_RETURN_SUCCESS);
	assert_int_equal(now, ES_DEADLINE_MISS_MODE_KILL);
	assert_int_equal(es_set_deadline_miss_mode(client, mode), ES_RETURN_SUCCESS);
	assert_int_equal(es_get_deadline_miss_mode(client, &now), ES_RETURN_SUCCESS);
	assert_int_equal(now, mode);
	assert_int_equal(es_set_deadline_max_milliseconds(client, events, 1, 100),
			 ES_RETURN_SUCCESS);
	recorder_rule(recorder, &defer);
	assert_int_equal(es_subscribe(client, events, 1), ES_RETURN_SUCCESS);
	outcome = subject_do(subject, deed_open, path, O_RDONLY);
	assert_int_equal(recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
								   .pid = subject_pid(subject)}),
			 1);
	/* It is asked again, and this time it answers. */
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = ALLOW});
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	subject_end(subject);
	recorder_free(recorder);
	return outcome;
}

static void fail_open_lets_the_late_one_pass(void **state)
{
	(void)state;
	assert_int_equal(unanswered(ES_DEADLINE_MISS_MODE_FAIL_OPEN), 0);
}

static void fail_closed_denies_the_late_one(void **state)
{
	(void)state;
	assert_int_equal(unanswered(ES_DEADLINE_MISS_MODE_FAIL_CLOSED), EPERM);
}

/* ---- KILL ---- */

/* A client that never answers, until it is killed. */
static void never_answer(void *context)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	const int *ready = context;

	recorder_rule(recorder, &defer);
	assert_int_equal(
		es_set_deadline_max_milliseconds(recorder_client(recorder), events, 1, 100),
		ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(recorder_client(recorder), events, 1), ES_RETURN_SUCCESS);
	assert_int_equal(write(*ready, "r", 1), 1);
	for (;;)
		pause();
}

static void kill_ends_the_client_and_says_so(void **state)
{
	pid_t daemon = service_start();
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	int ready[2];
	char byte, number[32];
	char *log;
	pid_t client;
	int status;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	client = stage_apart(never_answer, &ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	status = stage_apart_wait(client);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	subject_end(subject);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	/* Who was killed and what was late. */
	log = service_log();
	snprintf(number, sizeof(number), "%d", (int)client);
	assert_non_null(strstr(log, number));
	assert_non_null(strstr(log, "AUTH_OPEN"));
	free(log);
	service_forget();
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(the_system_sets_the_longest),
		ON_STAGE(the_message_says_when),
		ON_STAGE(fail_open_lets_the_late_one_pass),
		ON_STAGE(fail_closed_denies_the_late_one),
		ON_STAGE(kill_ends_the_client_and_says_so),
	};

	return stage_main(tests, COUNT(tests), 60);
}
