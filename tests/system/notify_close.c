/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_CLOSE: told when a descriptor is closed; says whether the file was written to.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <fcntl.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_CLOSE};

static const es_message_t *close_of(struct recorder *recorder, const struct subject *subject,
				    const char *path, size_t index)
{
	return recorder_await_nth(recorder,
				  &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_CLOSE,
						   .pid = subject_pid(subject),
						   .path = path},
				  index);
}

static void a_close_after_reading_is_not_modified(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	message = close_of(recorder, subject, path, 0);
	facts_check(message, subject);
	facts_check_file(message->event.close.target, path);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	assert_false(message->event.close.modified);
	subject_end(subject);
	recorder_free(recorder);
}

static void a_close_after_writing_is_modified(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_write, path, 3), 0);
	message = close_of(recorder, subject, path, 0);
	assert_true(message->event.close.modified);
	assert_int_equal(message->event.close.target->stat.st_size, strlen("content"));
	subject_end(subject);
	recorder_free(recorder);
}

static void a_close_is_told_when_it_happens(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const struct sought sought = {
		.event = ES_EVENT_TYPE_NOTIFY_CLOSE, .pid = subject_pid(subject), .path = path};

	(void)state;
	assert_int_equal(subject_do(subject, deed_open_kept, path, O_RDONLY), 0);
	assert_int_equal(recorder_count(recorder, &sought), 0);
	assert_int_equal(subject_do(subject, deed_close_kept, NULL, 0), 0);
	recorder_await(recorder, &sought);
	subject_end(subject);
	recorder_free(recorder);
}

static void the_end_of_a_process_closes_its_files(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const struct sought sought = {
		.event = ES_EVENT_TYPE_NOTIFY_CLOSE, .pid = subject_pid(subject), .path = path};

	(void)state;
	assert_int_equal(subject_do(subject, deed_open_kept, path, O_RDONLY), 0);
	assert_int_equal(subject_end(subject), 0);
	recorder_await(recorder, &sought);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_close_after_reading_is_not_modified),
		ON_STAGE(a_close_after_writing_is_modified),
		ON_STAGE(a_close_is_told_when_it_happens),
		ON_STAGE(the_end_of_a_process_closes_its_files),
	};

	return stage_main(tests, COUNT(tests), 60);
}
