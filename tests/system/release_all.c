/* SPDX-License-Identifier: Apache-2.0 */
/*
 * esctl release-all frees everybody who is held.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};

static void run_esctl(void *context)
{
	const char *esctl = getenv("ES_ESCTL");

	(void)context;
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execl(esctl, esctl, "release-all", (char *)NULL);
	_exit(127);
}

static void everybody_is_free_and_answers_come_too_late(void **state)
{
	pid_t daemon = service_start();
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subjects[3];
	const struct deed deed = deed_of(deed_open, stage_file("file", "content"), NULL, O_RDONLY);
	const es_message_t *message = NULL;
	int status;

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER});
	for (size_t i = 0; i < COUNT(subjects); i++) {
		subjects[i] = subject_new();
		subject_begin(subjects[i], &deed);
		message = recorder_await(recorder,
					 &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							  .pid = subject_pid(subjects[i])});
	}
	for (size_t i = 0; i < COUNT(subjects); i++)
		assert_true(subject_is_busy(subjects[i]));
	status = stage_apart_wait(stage_apart(run_esctl, NULL));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (size_t i = 0; i < COUNT(subjects); i++) {
		assert_int_equal(subject_finish(subjects[i]), 0);
		subject_end(subjects[i]);
	}
	assert_int_equal(es_respond_flags_result(recorder_client(recorder), message, 0, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(everybody_is_free_and_answers_come_too_late),
	};

	return stage_main(tests, COUNT(tests), 60);
}
