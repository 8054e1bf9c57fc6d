/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_CREATE: told after a file-system object was made, of every kind, with its finished path.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_CREATE};

static void every_kind_of_object_is_told(void **state)
{
	static const struct {
		const char *name;
		int (*operation)(const struct deed *deed);
		long number;
		mode_t kind;
	} kinds[] = {
		{"file", deed_open, O_CREAT | O_WRONLY, S_IFREG},
		{"directory", deed_mkdir, 0, S_IFDIR},
		{"fifo", deed_mknod, 0, S_IFIFO},
		{"way", deed_symlink, 0, S_IFLNK},
	};
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *path = stage_path(kinds[i].name);
		struct deed deed = deed_of(kinds[i].operation, path, "elsewhere", kinds[i].number);
		const es_message_t *message;

		subject_begin(subject, &deed);
		assert_int_equal(subject_finish(subject), 0);
		message = recorder_await(recorder,
					 &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_CREATE,
							  .pid = subject_pid(subject),
							  .path = path});
		facts_check(message, subject);
		facts_check_missing(message, ES_LINUX_MISSING_THREAD);
		assert_int_equal(message->event.create.destination_type,
				 ES_DESTINATION_TYPE_EXISTING_FILE);
		facts_check_file(message->event.create.destination.existing_file, path);
		assert_int_equal(message->event.create.destination.existing_file->stat.st_mode &
					 S_IFMT,
				 kinds[i].kind);
		assert_null(message->event.create.acl);
	}
	subject_end(subject);
	recorder_free(recorder);
}

static void what_exists_or_cannot_be_made_is_not_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, O_CREAT | O_RDWR), 0);
	assert_int_equal(subject_do(subject, deed_mkdir, path, 0), EEXIST);
	assert_int_equal(subject_do(subject, deed_mkdir, stage_path("no/where"), 0), ENOENT);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_CREATE,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

static void in_a_directory_that_was_just_made_too(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *file = stage_path("new/file");

	(void)state;
	assert_int_equal(subject_do(subject, deed_mkdir, stage_path("new"), 0), 0);
	assert_int_equal(subject_do(subject, deed_open, file, O_CREAT | O_WRONLY), 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_CREATE,
						  .pid = subject_pid(subject),
						  .path = file});
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(every_kind_of_object_is_told),
		ON_STAGE(what_exists_or_cannot_be_made_is_not_told),
		ON_STAGE(in_a_directory_that_was_just_made_too),
	};

	return stage_main(tests, COUNT(tests), 60);
}
