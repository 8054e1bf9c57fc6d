/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events with names: which record says what, and that no length is believed.
 */
#include "daemon/engine/fanotify/names.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/fanotify.h>

#include <cmocka.h>

static size_t add_place(unsigned char *bytes, size_t at, unsigned char type, const char *name)
{
	struct fanotify_event_info_header info = {.info_type = type};
	uint64_t fsid = 9;
	uint32_t head[2] = {4, 1};
	size_t start = at;

	at += sizeof(info);
	memcpy(bytes + at, &fsid, sizeof(fsid));
	at += sizeof(fsid);
	memcpy(bytes + at, head, sizeof(head));
	at += sizeof(head);
	memcpy(bytes + at, "hand", 4);
	at += 4;
	if (name) {
		memcpy(bytes + at, name, strlen(name) + 1);
		at += strlen(name) + 1;
	}
	info.len = (uint16_t)(at - start);
	memcpy(bytes + start, &info, sizeof(info));
	return at;
}

static size_t make_rename(unsigned char *bytes)
{
	struct fanotify_event_metadata head = {
		.vers = FANOTIFY_METADATA_VERSION,
		.metadata_len = sizeof(head),
		.mask = FAN_RENAME,
		.fd = FAN_NOFD,
		.pid = 42,
	};
	struct fanotify_event_info_header info = {.info_type = FAN_EVENT_INFO_TYPE_PIDFD,
						  .len = sizeof(info) + sizeof(int32_t)};
	int32_t pidfd = 17;
	size_t at = sizeof(head);

	at = add_place(bytes, at, FAN_EVENT_INFO_TYPE_OLD_DFID_NAME, "old");
	at = add_place(bytes, at, FAN_EVENT_INFO_TYPE_NEW_DFID_NAME, "newer");
	at = add_place(bytes, at, FAN_EVENT_INFO_TYPE_FID, NULL);
	memcpy(bytes + at, &info, sizeof(info));
	memcpy(bytes + at + sizeof(info), &pidfd, sizeof(pidfd));
	at += info.len;
	head.event_len = (uint32_t)at;
	memcpy(bytes, &head, sizeof(head));
	return at;
}

static void a_rename_has_both_names_and_the_file(void **state)
{
	unsigned char bytes[512];
	size_t size = make_rename(bytes);
	struct name_event event;

	(void)state;
	assert_int_equal(name_event_parse(bytes, size, &event), size);
	assert_int_equal(event.mask, FAN_RENAME);
	assert_int_equal(event.pid, 42);
	assert_int_equal(event.pidfd, 17);
	assert_string_equal(event.directory.name, "old");
	assert_int_equal(event.directory.fsid, 9);
	assert_string_equal(event.to.name, "newer");
	assert_int_equal(event.to.name_length, 5);
	assert_non_null(event.file.handle);
	assert_int_equal(event.file.handle_size, 12);
	assert_null(event.file.name);
}

static void an_event_that_is_cut_is_refused(void **state)
{
	unsigned char bytes[512];
	size_t size = make_rename(bytes);
	struct name_event event = {.pid = -1};

	(void)state;
	for (size_t length = 0; length < size; length++)
		assert_int_equal(name_event_parse(bytes, length, &event), -EBADMSG);
	assert_int_equal(event.pid, -1);
}

static void a_handle_longer_than_its_record_is_refused(void **state)
{
	unsigned char bytes[512];
	size_t size = make_rename(bytes);
	uint32_t huge = 100;
	struct name_event event;

	(void)state;
	memcpy(bytes + sizeof(struct fanotify_event_metadata) + 4 + 8, &huge, sizeof(huge));
	assert_int_equal(name_event_parse(bytes, size, &event), -EBADMSG);
}

static void an_event_without_a_process_says_so(void **state)
{
	struct fanotify_event_metadata head = {
		.event_len = sizeof(head),
		.vers = FANOTIFY_METADATA_VERSION,
		.metadata_len = sizeof(head),
		.mask = FAN_Q_OVERFLOW,
	};
	struct name_event event;

	(void)state;
	assert_int_equal(name_event_parse(&head, sizeof(head), &event), sizeof(head));
	assert_int_equal(event.pidfd, FAN_NOPIDFD);
	assert_null(event.file.handle);
	assert_null(event.directory.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rename_has_both_names_and_the_file),
		cmocka_unit_test(an_event_that_is_cut_is_refused),
		cmocka_unit_test(a_handle_longer_than_its_record_is_refused),
		cmocka_unit_test(an_event_without_a_process_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
