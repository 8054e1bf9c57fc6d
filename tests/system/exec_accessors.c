/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments, environment and descriptors of an exec.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/proc_info.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *program = stage_program("program", "/bin/cat");
	const char *fifo = stage_path("fifo");
	const struct deed deed = deed_of(deed_exec, program, fifo, 0);
	const es_message_t *message;
	const es_event_exec_t *exec;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	subject_begin(subject, &deed);
	message = recorder_await(recorder,
				 &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC, .pid = pid});
	exec = &message->event.exec;
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	assert_int_equal(es_exec_arg_count(exec), 2);
	assert_token_equal(es_exec_arg(exec, 0), program);
	assert_token_equal(es_exec_arg(exec, 1), fifo);
	assert_int_equal(es_exec_env_count(exec), 1);
	assert_token_equal(es_exec_env(exec, 0), "STAGE=system");
	assert_true(es_exec_fd_count(exec) >= 3);
	assert_true(exec->last_fd >= 2);
	for (int32_t descriptor = 0; descriptor < 3; descriptor++)
		assert_true(has_descriptor(exec, descriptor));
	assert_non_null(exec->cwd);
	assert_int_equal(exec->cwd->path.data[0], '/');
	assert_null(es_exec_entitlements(exec));
	kill(pid, SIGKILL);
	assert_true(WIFSIGNALED(subject_wait(subject)));
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(they_tell_what_the_program_was_given),
	};

	return stage_main(tests, COUNT(tests), 60);
}
