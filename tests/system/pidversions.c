/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a token names, it names for the next daemon too, however the one before has ended: mutes go
 * on, and what a client has noted of a process stays true. A run of another program is another.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const es_event_type_t opens[] = {ES_EVENT_TYPE_NOTIFY_OPEN};

static const es_message_t *open_of(struct recorder *recorder, const struct subject *subject,
				   size_t index)
{
	return recorder_await_nth(
		recorder,
		&(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN, .pid = subject_pid(subject)},
		index);
}

/* Its token is learned from what it does. */
static audit_token_t token_of(struct recorder *recorder, struct subject *subject, const char *path)
{
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	return open_of(recorder, subject, 0)->process->audit_token;
}

static size_t opens_of(struct recorder *recorder, const struct subject *subject)
{
	return recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject)});
}

/* Until the client has seen that the daemon died, requests fail; then they wait. */
static void await_client(struct recorder *recorder)
{
	uint64_t deadline = stage_deadline();
	es_event_type_t *list = NULL;
	size_t count = 0;

	while (es_subscriptions(recorder_client(recorder), &count, &list) != ES_RETURN_SUCCESS &&
	       clock_now_ns() < deadline)
		sched_yield();
	assert_int_equal(count, COUNT(opens));
	free(list);
}

static void check_muted(struct recorder *recorder, const audit_token_t *token)
{
	audit_token_t *tokens = NULL;
	size_t count = 0;

	assert_int_equal(es_muted_processes(recorder_client(recorder), &count, &tokens),
			 ES_RETURN_SUCCESS);
	assert_int_equal(count, 1);
	assert_memory_equal(&tokens[0], token, sizeof(*token));
	free(tokens);
}

static void a_muted_process_is_muted_for_the_next_daemon(void **state)
{
	const int signals[] = {SIGKILL, SIGTERM, SIGKILL};
	pid_t daemon = service_start();
	const char *path = stage_file("file", "");
	struct recorder *recorder = recorder_new(opens, COUNT(opens));
	struct subject *muted = subject_new();
	struct subject *other = subject_new();
	audit_token_t muted_token = token_of(recorder, muted, path);
	audit_token_t other_token = token_of(recorder, other, path);
	const es_message_t *first = open_of(recorder, other, 0);

	(void)state;
	assert_int_equal(es_mute_process(recorder_client(recorder), &muted_token),
			 ES_RETURN_SUCCESS);
	for (size_t i = 0; i < COUNT(signals); i++) {
		const es_message_t *message;

		service_end(daemon, signals[i]);
		daemon = service_start();
		await_client(recorder);
		check_muted(recorder, &muted_token);
		assert_int_equal(subject_do(muted, deed_open, path, 0), 0);
		assert_int_equal(subject_do(other, deed_open, path, 0), 0);
		message = open_of(recorder, other, i + 1);
		assert_memory_equal(&message->process->audit_token, &other_token,
				    sizeof(other_token));
		assert_memory_equal(&message->process->parent_audit_token,
				    &first->process->parent_audit_token, sizeof(other_token));
		assert_int_equal(opens_of(recorder, muted), 1);
	}
	subject_end(muted);
	subject_end(other);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void a_newcomer_gets_no_pidversion_of_before(void **state)
{
	pid_t daemon = service_start();
	const char *path = stage_file("file", "");
	struct recorder *recorder = recorder_new(opens, COUNT(opens));
	struct subject *subject = subject_new();
	int highest = audit_token_to_pidversion(token_of(recorder, subject, path));
	struct subject *newcomer;

	(void)state;
	subject_end(subject);
	service_end(daemon, SIGKILL);
	newcomer = subject_new();
	daemon = service_start();
	await_client(recorder);
	assert_true(audit_token_to_pidversion(token_of(recorder, newcomer, path)) > highest);
	subject_end(newcomer);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

/* Opens a fifo that somebody waits to read from. */
static int open_to_write(const char *fifo)
{
	uint64_t deadline = stage_deadline();
	int file;

	do {
		file = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		sched_yield();
	} while (file < 0 && errno == ENXIO && clock_now_ns() < deadline);
	assert_true(file >= 0);
	return file;
}

static void one_that_runs_another_program_meanwhile_is_another(void **state)
{
	pid_t daemon = service_start();
	const char *path = stage_file("file", "");
	const char *fifo = stage_aside("fifo");
	const char *shell = stage_program("sh", "/bin/sh");
	struct recorder *recorder = recorder_new(opens, COUNT(opens));
	struct subject *subject = subject_new();
	audit_token_t token = token_of(recorder, subject, path);
	OWNED_DESCRIPTOR int line = -1;
	struct deed deed;
	char script[512];
	const es_message_t *message;

	(void)state;
	/* It looks at the fifo while no daemon is there, and at the file when one is. */
	snprintf(script, sizeof(script), "exec 3<%s\nread line <&3\nread line <%s\nread line <&3\n",
		 fifo, path);
	deed = deed_of(deed_exec, shell, stage_file("script", script), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(es_mute_process(recorder_client(recorder), &token), ES_RETURN_SUCCESS);
	service_end(daemon, SIGKILL);
	subject_begin(subject, &deed);
	line = open_to_write(fifo);
	daemon = service_start();
	await_client(recorder);
	assert_int_equal(write(line, "\n", 1), 1);
	message = open_of(recorder, subject, 1);
	assert_int_equal(audit_token_to_pid(message->process->audit_token), subject_pid(subject));
	assert_true(audit_token_to_pidversion(message->process->audit_token) >
		    audit_token_to_pidversion(token));
	assert_int_equal(write(line, "\n", 1), 1);
	subject_wait(subject);
	unlink(fifo);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void a_damaged_file_is_put_aside(void **state)
{
	pid_t daemon = service_start();
	char path[256], aside[sizeof(path) + sizeof(".old")];
	struct recorder *recorder = recorder_new(opens, COUNT(opens));
	OWNED_MEMORY char *log = NULL;

	(void)state;
	snprintf(path, sizeof(path), "%s.versions", service_socket());
	snprintf(aside, sizeof(aside), "%s.old", path);
	service_end(daemon, SIGKILL);
	assert_int_equal(truncate(path, 100), 0);
	daemon = service_start();
	await_client(recorder);
	assert_int_equal(access(aside, F_OK), 0);
	assert_int_equal(access(path, F_OK), 0);
	log = service_log();
	assert_non_null(strstr(log, "cut off"));
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_muted_process_is_muted_for_the_next_daemon),
		ON_STAGE(a_newcomer_gets_no_pidversion_of_before),
		ON_STAGE(one_that_runs_another_program_meanwhile_is_another),
		ON_STAGE(a_damaged_file_is_put_aside),
	};

	return stage_main(tests, COUNT(tests), 120);
}
