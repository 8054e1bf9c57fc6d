/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_OPEN: told after a file was opened, with who, what and how.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};

static void an_open_is_told_with_who_and_what(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							    .pid = subject_pid(subject),
							    .path = path});
	assert_int_equal(message->action_type, ES_ACTION_TYPE_NOTIFY);
	facts_check(message, subject);
	facts_check_file(message->event.open.file, path);
	facts_check_missing(message, ES_LINUX_MISSING_FLAGS | ES_LINUX_MISSING_THREAD);
	assert_true(message->event.open.fflag & FREAD);
	subject_end(subject);
	recorder_free(recorder);
}

static void the_flags_are_the_openers_or_marked_missing(void **state)
{
	static const struct {
		int asked;
		int32_t expected;
	} opens[] = {
		{O_RDONLY, FREAD},
		{O_WRONLY, FWRITE},
		{O_RDWR | O_APPEND, FREAD | FWRITE | O_APPEND},
	};
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");

	(void)state;
	for (size_t i = 0; i < COUNT(opens); i++) {
		const es_message_t *message;
		int32_t flags;

		assert_int_equal(subject_do(subject, deed_open, path, opens[i].asked), 0);
		message = recorder_await_nth(recorder,
					     &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							      .pid = subject_pid(subject),
							      .path = path},
					     i);
		flags = message->event.open.fflag;
		assert_int_equal(flags & opens[i].expected & (FREAD | FWRITE),
				 opens[i].expected & (FREAD | FWRITE));
		if (!facts_is_missing(message, ES_LINUX_MISSING_FLAGS))
			assert_int_equal(flags & (FREAD | FWRITE | O_APPEND), opens[i].expected);
	}
	subject_end(subject);
	recorder_free(recorder);
}

static void an_open_that_fails_is_not_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, stage_path("nothing"), O_RDONLY), ENOENT);
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY | O_DIRECTORY), ENOTDIR);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

static void messages_of_one_process_agree_and_are_numbered(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const struct sought sought = {
		.event = ES_EVENT_TYPE_NOTIFY_OPEN, .pid = subject_pid(subject), .path = path};
	const es_message_t *first, *second;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	first = recorder_await_nth(recorder, &sought, 0);
	assert_int_equal(subject_do(subject, deed_open, path, O_WRONLY), 0);
	second = recorder_await_nth(recorder, &sought, 1);
	facts_check_same_run(first->process, second->process);
	assert_int_equal(second->seq_num, first->seq_num + 1);
	assert_int_equal(second->global_seq_num, first->global_seq_num + 1);
	assert_true(second->mach_time >= first->mach_time);
	subject_end(subject);
	recorder_free(recorder);
}

static void a_path_is_the_resolved_one(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const char *way = stage_path("way");

	(void)state;
	assert_int_equal(subject_do_two(subject, deed_symlink, way, path), 0);
	assert_int_equal(subject_do(subject, deed_open, way, O_RDONLY), 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
						  .pid = subject_pid(subject),
						  .path = path});
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(an_open_is_told_with_who_and_what),
		ON_STAGE(the_flags_are_the_openers_or_marked_missing),
		ON_STAGE(an_open_that_fails_is_not_told),
		ON_STAGE(messages_of_one_process_agree_and_are_numbered),
		ON_STAGE(a_path_is_the_resolved_one),
	};

	return stage_main(tests, COUNT(tests), 60);
}
