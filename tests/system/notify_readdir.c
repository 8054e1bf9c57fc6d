/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_READDIR: told after the names in a directory were read.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_READDIR};

static void a_directory_that_is_read_is_told(void **state)
{
	struct recorder *recorder;
	struct subject *subject;
	const char *path = stage_path("directory");
	const es_message_t *message;

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	if (!facts_event_is_had(ES_EVENT_TYPE_NOTIFY_READDIR))
		return;
	recorder = recorder_new(events, COUNT(events));
	subject = subject_new();
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY | O_DIRECTORY), 0);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_READDIR,
							  .pid = subject_pid(subject)}),
		0);
	assert_int_equal(subject_do(subject, deed_readdir, path, 0), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_READDIR,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	facts_check_file(message->event.readdir.target, path);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_directory_that_is_read_is_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
