/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_UTIMES: told after the times of a file were set, with the new times or a mark that they
 * are missing.
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
	assert_int_equal(subject_do(subject, deed_utimes, path, 1000000), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_UTIMES,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	assert_token_equal(message->event.utimes.target->path, path);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD | ES_LINUX_MISSING_TIMES);
	if (!facts_is_missing(message, ES_LINUX_MISSING_TIMES)) {
		assert_int_equal(message->event.utimes.atime.tv_sec, 1000000);
		assert_int_equal(message->event.utimes.mtime.tv_sec, 1000000);
	}
	for (size_t i = 0; i < COUNT(events); i++)
		assert_int_equal(
			recorder_count(recorder, &(struct sought){.event = events[i],
								  .pid = subject_pid(subject)}),
			events[i] == ES_EVENT_TYPE_NOTIFY_UTIMES);
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
