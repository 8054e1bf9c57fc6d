/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments, environment and descriptors of an exec.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/program.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXEC};

static bool has_descriptor(const es_event_exec_t *exec, int32_t descriptor)
{
	for (uint32_t i = 0; i < es_exec_fd_count(exec); i++) {
		if (es_exec_fd(exec, i)->fd == descriptor)
			return true;
	}
	return false;
}

/* The program waits at a fifo, so that all of it can be seen. */
static void they_tell_what_the_program_was_given(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const char *program = program_make("program");
	struct subject *subject = program_run(recorder, program);
	const es_message_t *message = recorder_await(
		recorder,
		&(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = subject_pid(subject)});
	const es_event_exec_t *exec = &message->event.exec;

	(void)state;
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	assert_int_equal(es_exec_arg_count(exec), 2);
	assert_token_equal(es_exec_arg(exec, 0), program);
	assert_token_equal(es_exec_arg(exec, 1), program_argument());
	assert_int_equal(es_exec_env_count(exec), 1);
	assert_token_equal(es_exec_env(exec, 0), "STAGE=system");
	assert_true(es_exec_fd_count(exec) >= 3);
	assert_true(exec->last_fd >= 2);
	for (int32_t descriptor = 0; descriptor < 3; descriptor++)
		assert_true(has_descriptor(exec, descriptor));
	assert_non_null(exec->cwd);
	assert_int_equal(exec->cwd->path.data[0], '/');
	assert_null(es_exec_entitlements(exec));
	program_stop(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(they_tell_what_the_program_was_given),
	};

	return stage_main(tests, COUNT(tests), 60);
}
