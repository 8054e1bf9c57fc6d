/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AUTH_EXEC: a process waits for the answer before it replaces its program.
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

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_EXEC, ES_EVENT_TYPE_NOTIFY_EXEC};

/* The new program's memory is not there yet when the question is asked. */
#define EARLY (ES_LINUX_MISSING_ARGUMENTS | ES_LINUX_MISSING_ENVIRONMENT)

static void denied_it_fails_and_is_not_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *program = stage_program("program", "/bin/true");
	const es_message_t *message;

	(void)state;
	recorder_rule(
		recorder,
		&(struct rule){.event = ES_EVENT_TYPE_AUTH_EXEC, .path = program, .verdict = DENY});
	assert_int_equal(subject_do_two(subject, deed_exec, program, "argument"), EPERM);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_EXEC,
							    .pid = subject_pid(subject),
							    .path = program});
	facts_check(message, subject);
	facts_check_missing(message, EARLY);
	facts_check_file(message->event.exec.target->executable, program);
	assert_int_equal(audit_token_to_pid(message->event.exec.target->audit_token),
			 subject_pid(subject));
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

static void allowed_it_runs_and_is_told_after(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *program = stage_program("program", "/bin/true");
	const struct deed deed = deed_of(deed_exec, program, "argument", 0);
	const es_message_t *asked, *told;

	(void)state;
	subject_begin(subject, &deed);
	assert_int_equal(subject_wait(subject), 0);
	asked = recorder_await(recorder,
			       &(struct sought){.event = ES_EVENT_TYPE_AUTH_EXEC, .pid = pid});
	told = recorder_await(recorder,
			      &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid});
	assert_true(asked->global_seq_num < told->global_seq_num);
	facts_check_same_run(asked->process, told->process);
	/* The token that was announced is the one the new program has. */
	assert_memory_equal(&asked->event.exec.target->audit_token,
			    &told->event.exec.target->audit_token, sizeof(audit_token_t));
	recorder_free(recorder);
}

static void the_process_waits_for_the_answer(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *program = stage_program("program", "/bin/true");
	const struct deed deed = deed_of(deed_exec, program, "argument", 0);
	const es_message_t *message;

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_EXEC,
					       .path = program,
					       .verdict = DEFER});
	subject_begin(subject, &deed);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_EXEC,
							    .pid = subject_pid(subject),
							    .path = program});
	recorder_settle(recorder);
	assert_true(subject_is_busy(subject));
	assert_int_equal(es_respond_auth_result(recorder_client(recorder), message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_wait(subject), 0);
	recorder_free(recorder);
}

/* Whichever of the two is refused, the script does not run. */
static void of_a_script_the_interpreter_or_the_script_can_be_denied(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *interpreter = stage_program("interpreter", "/bin/dash");
	const char *script = stage_path("script");
	char text[600];

	(void)state;
	snprintf(text, sizeof(text), "#!%s\nexit 3\n", interpreter);
	stage_file("script", text);
	assert_int_equal(chmod(script, 0755), 0);
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_EXEC,
					       .path = interpreter,
					       .verdict = DENY});
	assert_int_equal(subject_do_two(subject, deed_exec, script, "argument"), EPERM);
	subject_end(subject);
	recorder_free(recorder);
}

static void a_held_process_can_be_killed(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *program = stage_program("program", "/bin/true");
	const struct deed deed = deed_of(deed_exec, program, "argument", 0);
	const es_message_t *message;

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_EXEC,
					       .path = program,
					       .verdict = DEFER});
	subject_begin(subject, &deed);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_EXEC,
							    .pid = subject_pid(subject),
							    .path = program});
	assert_int_equal(kill(subject_pid(subject), SIGKILL), 0);
	assert_int_equal(WTERMSIG(subject_wait(subject)), SIGKILL);
	/* The answer still has a place to go to. */
	assert_int_equal(es_respond_auth_result(recorder_client(recorder), message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_SUCCESS);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(denied_it_fails_and_is_not_told),
		ON_STAGE(allowed_it_runs_and_is_told_after),
		ON_STAGE(the_process_waits_for_the_answer),
		ON_STAGE(of_a_script_the_interpreter_or_the_script_can_be_denied),
		ON_STAGE(a_held_process_can_be_killed),
	};

	return stage_main(tests, COUNT(tests), 60);
}
