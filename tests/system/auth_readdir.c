/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AUTH_READDIR: a process waits for the answer before it reads the names in a directory.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_READDIR, ES_EVENT_TYPE_NOTIFY_READDIR};

static void denied_the_names_stay_hidden(void **state)
{
	struct recorder *recorder;
	struct subject *subject;
	const char *path = stage_path("directory");
	const es_message_t *message;

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	if (!facts_event_is_had(ES_EVENT_TYPE_AUTH_READDIR))
		return;
	recorder = recorder_new(events, 1);
	subject = subject_new();
	recorder_rule(
		recorder,
		&(struct rule){.event = ES_EVENT_TYPE_AUTH_READDIR, .path = path, .verdict = DENY});
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY | O_DIRECTORY), 0);
	assert_int_equal(subject_do(subject, deed_readdir, path, 0), EPERM);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_READDIR,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	facts_check_file(message->event.readdir.target, path);
	facts_check_missing(message, 0);
	subject_end(subject);
	recorder_free(recorder);
}

static void allowed_it_is_told_after(void **state)
{
	struct recorder *recorder;
	struct subject *subject;
	const char *path = stage_path("directory");
	const es_message_t *asked, *told;

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	if (!facts_event_is_had(ES_EVENT_TYPE_AUTH_READDIR) ||
	    !facts_event_is_had(ES_EVENT_TYPE_NOTIFY_READDIR))
		return;
	recorder = recorder_new(events, COUNT(events));
	subject = subject_new();
	assert_int_equal(subject_do(subject, deed_readdir, path, 0), 0);
	asked = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_READDIR,
							  .pid = subject_pid(subject),
							  .path = path});
	told = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_READDIR,
							 .pid = subject_pid(subject),
							 .path = path});
	assert_true(asked->global_seq_num < told->global_seq_num);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(denied_the_names_stay_hidden),
		ON_STAGE(allowed_it_is_told_after),
	};

	return stage_main(tests, COUNT(tests), 60);
}
