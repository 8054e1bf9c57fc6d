/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of mountinfo, and the table of file systems that are left out.
 */
#include "daemon/engine/fanotify/mounts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

static void a_line_gives_every_field(void **state)
{
	char text[] = "36 35 98:1 /a\\040b /mnt\\134x rw,noatime master:1 shared:7 - ext3 "
		      "/dev/r\\011 rw\n";
	struct mount mount;

	(void)state;
	assert_int_equal(mountinfo_parse(text, strlen(text), &mount, 1), 1);
	assert_int_equal(mount.id, 36);
	assert_int_equal(mount.parent, 35);
	assert_int_equal(mount.device, makedev(98, 1));
	assert_string_equal(mount.root, "/a b");
	assert_string_equal(mount.point, "/mnt\\x");
	assert_string_equal(mount.type, "ext3");
	assert_string_equal(mount.source, "/dev/r\t");
}

static void lines_that_are_cut_are_left_out(void **state)
{
	static const char whole[] =
		"1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / /b rw - tmpfs t rw\n";
	struct mount mounts[4];

	(void)state;
	for (size_t length = 0; length < strlen(whole); length++) {
		char text[sizeof(whole)];
		size_t lines = 0;

		memcpy(text, whole, sizeof(text));
		for (size_t i = 0; i < length; i++)
			lines += whole[i] == '\n';
		assert_int_equal(mountinfo_parse(text, length, mounts, 4), lines);
	}
}

static void a_line_that_makes_no_sense_costs_no_other(void **state)
{
	char text[] = "nonsense\n1 0 here / / rw - ext4 a rw\n3 1 0:2 / /b rw - tmpfs  rw\n";
	struct mount mounts[4];

	(void)state;
	assert_int_equal(mountinfo_parse(text, strlen(text), mounts, 4), 1);
	assert_int_equal(mounts[0].id, 3);
}

static void no_more_mounts_than_there_is_room(void **state)
{
	char text[] = "1 0 0:1 / / rw - a b rw\n2 0 0:1 / / rw - a b rw\n3 0 0:1 / / rw - a b rw\n";
	struct mount mounts[2];

	(void)state;
	assert_int_equal(mountinfo_parse(text, strlen(text), mounts, 2), 2);
}

static void every_file_system_left_out_has_a_reason(void **state)
{
	static const char *const left_out[] = {"proc", "sysfs", "cgroup2",
					       "fuse", "nfs4",	"autofs"};

	(void)state;
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		const struct mount_kind *kind = mount_kind_find(left_out[i]);

		assert_non_null(kind);
		assert_int_equal(kind->rule, MOUNT_RULE_NONE);
		assert_true(strlen(kind->reason) > 0);
	}
	assert_ptr_equal(mount_kind_find("fuse.sshfs"), mount_kind_find("fuse"));
	assert_int_equal(mount_kind_find("devtmpfs")->rule, MOUNT_RULE_NOTIFY);
	assert_null(mount_kind_find("ext4"));
	assert_null(mount_kind_find("fusex"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_gives_every_field),
		cmocka_unit_test(lines_that_are_cut_are_left_out),
		cmocka_unit_test(a_line_that_makes_no_sense_costs_no_other),
		cmocka_unit_test(no_more_mounts_than_there_is_room),
		cmocka_unit_test(every_file_system_left_out_has_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
