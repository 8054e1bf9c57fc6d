/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_RENAME: told after a file got another name, with both names.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_RENAME};

/* The path the file has now, in whichever form the message gives it. */
static const char *destination(const es_event_rename_t *event)
{
	static char path[4096];

	if (event->destination_type == ES_DESTINATION_TYPE_EXISTING_FILE)
		return event->destination.existing_file->path.data;
	snprintf(path, sizeof(path), "%s/%s", event->destination.new_path.dir->path.data,
		 event->destination.new_path.filename.data);
	return path;
}

static const es_message_t *rename_by(struct recorder *recorder, struct subject *subject,
				     const char *from, const char *to)
{
	const es_message_t *message;

	assert_int_equal(subject_do_two(subject, deed_rename, from, to), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_RENAME,
							    .pid = subject_pid(subject),
							    .path = from});
	facts_check(message, subject);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD | ES_LINUX_MISSING_STAT);
	assert_token_equal(message->event.rename.source->path, from);
	assert_string_equal(destination(&message->event.rename), to);
	return message;
}

static void both_names_are_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const es_message_t *message;

	(void)state;
	message = rename_by(recorder, subject, stage_file("old", "content"), stage_path("new"));
	assert_int_equal(message->event.rename.destination_type, ES_DESTINATION_TYPE_NEW_PATH);
	facts_check_file(message->event.rename.destination.new_path.dir, stage_root());
	assert_token_equal(message->event.rename.destination.new_path.filename, "new");
	subject_end(subject);
	recorder_free(recorder);
}

static void from_one_directory_to_another(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(mkdir(stage_path("one"), 0755), 0);
	assert_int_equal(mkdir(stage_path("two"), 0755), 0);
	rename_by(recorder, subject, stage_file("one/file", "content"), stage_path("two/name"));
	rename_by(recorder, subject, stage_path("one"), stage_path("two/one"));
	subject_end(subject);
	recorder_free(recorder);
}

static void over_a_file_that_is_replaced(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	rename_by(recorder, subject, stage_file("old", "content"), stage_file("taken", "other"));
	subject_end(subject);
	recorder_free(recorder);
}

static void a_rename_that_fails_is_not_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(
		subject_do_two(subject, deed_rename, stage_path("nothing"), stage_path("new")),
		ENOENT);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_RENAME,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(both_names_are_told),
		ON_STAGE(from_one_directory_to_another),
		ON_STAGE(over_a_file_that_is_replaced),
		ON_STAGE(a_rename_that_fails_is_not_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
