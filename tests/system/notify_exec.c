/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_EXEC: told after a process replaced its program: before and after, arguments, environment,
 * directory.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What an engine that sees a program only after it began may miss of it. */
#define LATE                                                                                   \
	(ES_LINUX_MISSING_THREAD | ES_LINUX_MISSING_ARGUMENTS | ES_LINUX_MISSING_ENVIRONMENT | \
	 ES_LINUX_MISSING_WORKING_DIRECTORY | ES_LINUX_MISSING_DESCRIPTORS)

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXEC, ES_EVENT_TYPE_NOTIFY_EXIT};

static void an_exec_is_told_with_before_and_after(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *program = stage_program("program", "/bin/true");
	const struct deed deed = deed_of(deed_exec, program, "argument", 0);
	const es_message_t *message, *end;
	const es_process_t *before, *after;

	(void)state;
	subject_begin(subject, &deed);
	assert_int_equal(subject_wait(subject), 0);
	message = recorder_await(recorder,
				 &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid});
	facts_check_missing(message, LATE);
	before = message->process;
	after = message->event.exec.target;
	facts_check_file(after->executable, program);
	assert_string_not_equal(before->executable->path.data, program);
	assert_int_equal(audit_token_to_pid(after->audit_token), pid);
	assert_int_not_equal(audit_token_to_pidversion(after->audit_token),
			     audit_token_to_pidversion(before->audit_token));
	assert_int_equal(after->start_time.tv_sec, before->start_time.tv_sec);
	assert_int_equal(after->start_time.tv_usec, before->start_time.tv_usec);
	assert_int_equal(after->ppid, getpid());
	end = recorder_await(recorder,
			     &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	facts_check_same_run(after, end->process);
	recorder_free(recorder);
}

static void arguments_environment_and_directory_are_told_or_marked(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *program = stage_program("program", "/bin/cat");
	const struct deed deed = deed_of(deed_exec, program, stage_path("fifo"), 0);
	const es_message_t *message;
	const es_event_exec_t *exec;

	(void)state;
	/* It reads a fifo that nobody writes, so it lives until it is killed. */
	assert_int_equal(mkfifo(stage_path("fifo"), 0600), 0);
	subject_begin(subject, &deed);
	message = recorder_await(recorder,
				 &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid});
	exec = &message->event.exec;
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	assert_int_equal(es_exec_arg_count(exec), 2);
	assert_token_equal(es_exec_arg(exec, 0), program);
	assert_token_equal(es_exec_arg(exec, 1), stage_path("fifo"));
	assert_int_equal(es_exec_env_count(exec), 1);
	assert_token_equal(es_exec_env(exec, 0), "STAGE=system");
	assert_null(exec->script);
	kill(pid, SIGKILL);
	subject_wait(subject);
	recorder_free(recorder);
}

static void a_script_is_told_with_its_interpreter(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *interpreter = stage_program("interpreter", "/bin/dash");
	const char *script = stage_path("script");
	struct deed deed = deed_of(deed_exec, script, "argument", 0);
	const es_message_t *message;
	char text[600];

	(void)state;
	snprintf(text, sizeof(text), "#!%s\nexit 3\n", interpreter);
	stage_file("script", text);
	assert_int_equal(chmod(script, 0755), 0);
	subject_begin(subject, &deed);
	assert_int_equal(WEXITSTATUS(subject_wait(subject)), 3);
	message = recorder_await(recorder,
				 &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid});
	facts_check_missing(message, LATE);
	facts_check_file(message->event.exec.target->executable, interpreter);
	if (message->event.exec.script)
		facts_check_file(message->event.exec.script, script);
	else
		assert_true(facts_is_missing(message, LATE & ~ES_LINUX_MISSING_THREAD));
	assert_int_equal(
		recorder_count(recorder,
			       &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid}),
		1);
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
		ON_STAGE(arguments_environment_and_directory_are_told_or_marked),
		ON_STAGE(a_script_is_told_with_its_interpreter),
		ON_STAGE(an_exec_that_fails_is_not_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
