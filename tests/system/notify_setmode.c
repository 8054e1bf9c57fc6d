/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_SETMODE: told after chmod(2), with the new mode.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {
	ES_EVENT_TYPE_NOTIFY_SETMODE,
	ES_EVENT_TYPE_NOTIFY_SETOWNER,
	ES_EVENT_TYPE_NOTIFY_UTIMES,
};

/* Of the three attribute changes only this one happened. */
static void it_is_told_and_nothing_else_is(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	/* A change is told only of what was seen before it. */
	recorder_settle(recorder);
	assert_int_equal(subject_do(subject, deed_chmod, path, 0640), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_SETMODE,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	assert_token_equal(message->event.setmode.target->path, path);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	assert_int_equal(message->event.setmode.mode & 07777, 0640);
	for (size_t i = 0; i < COUNT(events); i++)
		assert_int_equal(
			recorder_count(recorder, &(struct sought){.event = events[i],
								  .pid = subject_pid(subject)}),
			events[i] == ES_EVENT_TYPE_NOTIFY_SETMODE);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(it_is_told_and_nothing_else_is),
	};

	return stage_main(tests, COUNT(tests), 60);
}
