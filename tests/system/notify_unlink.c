/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_UNLINK: told after a name was taken away, of a file or a directory.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_UNLINK};

static void a_name_that_went_is_told_with_its_directory(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_unlink, path, 0), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_UNLINK,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD | ES_LINUX_MISSING_STAT);
	assert_token_equal(message->event.unlink.target->path, path);
	facts_check_file(message->event.unlink.parent_dir, stage_root());
	subject_end(subject);
	recorder_free(recorder);
}

static void a_directory_that_went_is_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_path("directory");

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(subject_do(subject, deed_rmdir, path, 0), 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_UNLINK,
						  .pid = subject_pid(subject),
						  .path = path});
	subject_end(subject);
	recorder_free(recorder);
}

static void what_stays_is_not_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *inner = stage_path("directory/inner");

	(void)state;
	assert_int_equal(mkdir(stage_path("directory"), 0755), 0);
	stage_file("directory/inner", "");
	assert_int_equal(subject_do(subject, deed_rmdir, stage_path("directory"), 0), ENOTEMPTY);
	assert_int_equal(subject_do(subject, deed_unlink, stage_path("nothing"), 0), ENOENT);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_UNLINK,
							  .pid = subject_pid(subject)}),
		0);
	assert_int_equal(subject_do(subject, deed_unlink, inner, 0), 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_UNLINK,
						  .pid = subject_pid(subject),
						  .path = inner});
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_name_that_went_is_told_with_its_directory),
		ON_STAGE(a_directory_that_went_is_told),
		ON_STAGE(what_stays_is_not_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
