/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_MOUNT and NOTIFY_UNMOUNT: told after a file system came or went, with what and where.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {
	ES_EVENT_TYPE_NOTIFY_MOUNT,
	ES_EVENT_TYPE_NOTIFY_UNMOUNT,
};

static void a_mount_and_its_end_are_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_path("place");
	const es_message_t *message;

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(subject_do(subject, deed_mount, path, 0), 0);
	message = recorder_await(
		recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_MOUNT, .path = path});
	facts_check_missing(message, ES_LINUX_MISSING_THREAD | ES_LINUX_MISSING_PROCESS |
					     ES_LINUX_MISSING_EXECUTABLE);
	assert_string_equal(message->event.mount.statfs->f_fstypename, "tmpfs");
	assert_string_equal(message->event.mount.statfs->f_mntfromname, "system-test");
	assert_int_equal(message->event.mount.disposition, ES_MOUNT_DISPOSITION_VIRTUAL);
	assert_int_equal(subject_do(subject, deed_unmount, path, 0), 0);
	message = recorder_await(
		recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_UNMOUNT, .path = path});
	facts_check_missing(message, ES_LINUX_MISSING_THREAD | ES_LINUX_MISSING_PROCESS |
					     ES_LINUX_MISSING_EXECUTABLE | ES_LINUX_MISSING_STAT);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_mount_and_its_end_are_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
