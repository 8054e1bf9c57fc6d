/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_TRUNCATE: told after truncate(2), where it can be told from a write.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <fcntl.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_TRUNCATE};

static void a_file_that_was_cut_is_told(void **state)
{
	struct recorder *recorder;
	struct subject *subject;
	const char *path;
	const es_message_t *message;

	(void)state;
	if (!facts_event_is_had(ES_EVENT_TYPE_NOTIFY_TRUNCATE))
		return;
	recorder = recorder_new(events, COUNT(events));
	subject = subject_new();
	path = stage_file("file", "content");
	/* Told from a write only if the size before it was seen. */
	recorder_settle(recorder);
	assert_int_equal(subject_do(subject, deed_truncate, path, 3), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_TRUNCATE,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	facts_check_file(message->event.truncate.target, path);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_file_that_was_cut_is_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
