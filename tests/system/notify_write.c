/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_WRITE: told after data was written to a file.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <fcntl.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_WRITE};

static void a_write_is_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_write, path, 100), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_WRITE,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	facts_check_file(message->event.write.target, path);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	subject_end(subject);
	recorder_free(recorder);
}

static void to_open_for_writing_is_not_to_write(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, O_RDWR), 0);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_WRITE,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_write_is_told),
		ON_STAGE(to_open_for_writing_is_not_to_write),
	};

	return stage_main(tests, COUNT(tests), 60);
}
