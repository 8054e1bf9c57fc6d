/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_EXEC: told after a process replaced its program, with before and after, environment,
 * directory.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/program.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXEC, ES_EVENT_TYPE_NOTIFY_EXIT};

static const es_message_t *exec_of(struct recorder *recorder, pid_t pid)
{
	return recorder_await(recorder,
			      &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid});
}

static void an_exec_is_told_with_before_and_after(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const char *program = program_make("program");
	struct subject *subject = program_run(recorder, program);
	pid_t pid = subject_pid(subject);
	const es_message_t *message = exec_of(recorder, pid), *end;
	const es_process_t *before = message->process;
	const es_process_t *after = message->event.exec.target;

	(void)state;
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	facts_check_file(after->executable, program);
	assert_string_not_equal(before->executable->path.data, program);
	assert_int_equal(audit_token_to_pid(after->audit_token), pid);
	assert_int_not_equal(audit_token_to_pidversion(after->audit_token),
			     audit_token_to_pidversion(before->audit_token));
	assert_int_equal(after->start_time.tv_sec, before->start_time.tv_sec);
	assert_int_equal(after->start_time.tv_usec, before->start_time.tv_usec);
	assert_int_equal(after->ppid, getpid());
	program_stop(subject);
	end = recorder_await(recorder,
			     &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	facts_check_same_run(after, end->process);
	assert_int_equal(
		recorder_count(recorder,
			       &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid}),
		1);
	recorder_free(recorder);
}

static void a_script_is_told_with_its_interpreter(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const char *interpreter = program_make("interpreter");
	const char *script = stage_path("script");
	struct subject *subject;
	const es_message_t *message;
	char text[600];

	(void)state;
	snprintf(text, sizeof(text), "#!%s\n", interpreter);
	stage_file("script", text);
	assert_int_equal(chmod(script, 0755), 0);
	subject = program_run(recorder, script);
	message = exec_of(recorder, subject_pid(subject));
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	facts_check_file(message->event.exec.target->executable, interpreter);
	assert_non_null(message->event.exec.script);
	facts_check_file(message->event.exec.script, script);
	assert_int_equal(es_exec_arg_count(&message->event.exec), 3);
	assert_token_equal(es_exec_arg(&message->event.exec, 0), interpreter);
	assert_token_equal(es_exec_arg(&message->event.exec, 1), script);
	program_stop(subject);
	recorder_free(recorder);
}

static void an_exec_that_fails_is_not_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(subject_do(subject, deed_exec, stage_file("text", "no program"), 0),
			 EACCES);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(an_exec_is_told_with_before_and_after),
		ON_STAGE(a_script_is_told_with_its_interpreter),
		ON_STAGE(an_exec_that_fails_is_not_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
