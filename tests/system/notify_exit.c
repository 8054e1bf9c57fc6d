/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_EXIT: told when a process has ended, with its status as wait(2) gives it.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXIT, ES_EVENT_TYPE_NOTIFY_OPEN};

static void end_with(long number)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const struct sought sought = {.event = ES_EVENT_TYPE_NOTIFY_EXIT,
				      .pid = subject_pid(subject)};
	const struct deed deed = deed_of(deed_exit, NULL, NULL, number);
	const es_message_t *message;
	int status;

	assert_int_equal(recorder_count(recorder, &sought), 0);
	subject_begin(subject, &deed);
	status = subject_wait(subject);
	message = recorder_await(recorder, &sought);
	assert_int_equal(message->event.exit.stat, status);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	assert_int_equal(recorder_count(recorder, &sought), 1);
	recorder_free(recorder);
}

static void the_exit_code_is_told(void **state)
{
	(void)state;
	end_with(0);
	end_with(42);
}

static void the_signal_is_told(void **state)
{
	(void)state;
	end_with(-SIGKILL);
	end_with(-SIGTERM);
}

static void the_end_comes_after_what_the_process_did(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *path = stage_file("file", "content");
	const es_message_t *opened, *ended;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	assert_int_equal(subject_end(subject), 0);
	ended = recorder_await(recorder,
			       &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	opened = recorder_await(
		recorder,
		&(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN, .pid = pid, .path = path});
	assert_true(opened->global_seq_num < ended->global_seq_num);
	facts_check_same_run(opened->process, ended->process);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(the_exit_code_is_told),
		ON_STAGE(the_signal_is_told),
		ON_STAGE(the_end_comes_after_what_the_process_did),
	};

	return stage_main(tests, COUNT(tests), 60);
}
