/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/deadlock/text.h: what the kernel writes, whole, cut anywhere, and made up by somebody who
 * chooses names.
 */
#include "daemon/deadlock/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char stat_text[] =
	"812 (es-handler) S 1 812 812 0 -1 4194304 9 0 0 0 1 2 0 0 20 0 4 0 98765 1000 20 1 2\n";
static const char status_text[] = "Name:\tx\nTgid:\t812\nPid:\t813\nTracerPid:\t55\n"
				  "voluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t3\n";
static const char call_text[] = "202 0x7f01 0x80 0x2 0x0 0x0 0x1 0x7ffe 0x7f02\n";
static const char lock_text[] = "1: FLOCK  ADVISORY  WRITE 359 00:2d:1234 0 EOF\n";
static const char descriptor_text[] = "pos:\t0\nflags:\t02000001\nmnt_id:\t15\nino:\t77\n";
static const char mounts_text[] =
	"21 1 0:5 / / rw - ext4 /dev/a rw\n"
	"22 21 0:6 / /data rw,nosuid shared:1 master:2 - nfs4 server:/data rw\n"
	"23 22 0:7 / /data/far/cloud rw - fuse.cloud cloud rw\n";

static void a_thread_has_a_name_a_state_and_a_start(void **state)
{
	struct thread_stat stat;

	(void)state;
	assert_int_equal(thread_stat_parse(stat_text, strlen(stat_text), &stat), 0);
	assert_string_equal(stat.name, "es-handler");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.parent, 1);
	assert_int_equal(stat.start, 98765);
}

static void a_name_that_looks_like_the_rest_deceives_nobody(void **state)
{
	static const char text[] =
		"812 (a) R 9\n\x1b) S 1 812 812 0 -1 4194304 9 0 0 0 1 2 0 0 20 0 4"
		" 0 98765 1000\n";
	struct thread_stat stat;

	(void)state;
	assert_int_equal(thread_stat_parse(text, strlen(text), &stat), 0);
	assert_int_equal(stat.state, 'S');
	assert_string_equal(stat.name, "a) R 9??");
}

static void a_thread_is_traced_and_has_run(void **state)
{
	struct thread_status status;

	(void)state;
	assert_int_equal(thread_status_parse(status_text, strlen(status_text), &status), 0);
	assert_int_equal(status.pid, 812);
	assert_int_equal(status.tracer, 55);
	assert_int_equal(status.switches, 10);
}

static void a_call_has_its_arguments(void **state)
{
	struct thread_call call;

	(void)state;
	assert_int_equal(thread_call_parse(call_text, strlen(call_text), &call), 0);
	assert_int_equal(call.number, 202);
	assert_int_equal(call.arguments[0], 0x7f01);
	assert_int_equal(call.arguments[5], 1);
	assert_int_equal(thread_call_parse("running\n", 8, &call), -EAGAIN);
	assert_int_equal(thread_call_parse("-1 0x7ffe 0x7f02\n", 17, &call), 0);
	assert_int_equal(call.number, -1);
}

static void a_lock_is_held_or_waited_for(void **state)
{
	static const char blocked[] = "7:  -> POSIX  ADVISORY  READ 12 fd:00:99 0 EOF\n";
	static const char open_file[] = "7: OFDLCK ADVISORY  WRITE -1 fd:00:99 0 EOF\n";
	struct lock_line lock;

	(void)state;
	assert_int_equal(lock_line_parse(lock_text, strlen(lock_text), &lock), 0);
	assert_int_equal(lock.kind, LOCK_FLOCK);
	assert_false(lock.blocked);
	assert_int_equal(lock.pid, 359);
	assert_int_equal(lock.inode, 1234);
	assert_int_equal(lock_line_parse(blocked, strlen(blocked), &lock), 0);
	assert_int_equal(lock.kind, LOCK_POSIX);
	assert_true(lock.blocked);
	assert_int_equal(lock_line_parse(open_file, strlen(open_file), &lock), 0);
	assert_int_equal(lock.kind, LOCK_OFD);
	assert_int_equal(lock.pid, -1);
}

static void a_descriptor_has_flags_and_an_inode(void **state)
{
	static const char poll[] = "pos:\t0\nflags:\t02\ntfd: 5 events: 19\ntfd: 6 events: 19\n";
	struct descriptor_info info;

	(void)state;
	assert_int_equal(descriptor_info_parse(descriptor_text, strlen(descriptor_text), &info), 0);
	assert_int_equal(info.flags, 02000001);
	assert_int_equal(info.inode, 77);
	assert_int_equal(info.watched, 0);
	assert_int_equal(descriptor_info_parse(poll, strlen(poll), &info), 0);
	assert_int_equal(info.watched, 2);
}

static void a_path_lies_on_the_deepest_mount(void **state)
{
	static const char nul[] = "1 2 0:3 / /x\0/very/far rw - tmpfs none rw\n";
	static const struct {
		const char *path;
		const char *type;
	} cases[] = {
		{"/etc/passwd", "ext4"},      {"/data", "nfs4"},
		{"/database", "ext4"},	      {"/data/far/cloud/x", "fuse.cloud"},
		{"/data/far/cloudy", "nfs4"},
	};
	char type[FILE_SYSTEM_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			file_system_parse(mounts_text, strlen(mounts_text), cases[i].path, type),
			0);
		assert_string_equal(type, cases[i].type);
	}
	assert_int_equal(file_system_parse("", 0, "/x", type), -ENOENT);
	assert_int_equal(file_system_parse(nul, sizeof(nul) - 1, "/x", type), -ENOENT);
}

/* Parses the text cut at each place, in memory that ends there. How many were taken. */
static unsigned int each_cut(const char *text, int (*parse)(const char *text, size_t size))
{
	unsigned int taken = 0;

	for (size_t size = 0; size < strlen(text); size++) {
		char *cut = malloc(size ? size : 1);

		assert_non_null(cut);
		memcpy(cut, text, size);
		taken += parse(cut, size) == 0;
		free(cut);
	}
	return taken;
}

static int parse_stat(const char *text, size_t size)
{
	struct thread_stat stat;

	return thread_stat_parse(text, size, &stat);
}

static int parse_status(const char *text, size_t size)
{
	struct thread_status status;

	return thread_status_parse(text, size, &status);
}

static int parse_call(const char *text, size_t size)
{
	struct thread_call call;

	return thread_call_parse(text, size, &call);
}

static int parse_lock(const char *text, size_t size)
{
	struct lock_line lock;

	return lock_line_parse(text, size, &lock);
}

static int parse_descriptor(const char *text, size_t size)
{
	struct descriptor_info info;

	return descriptor_info_parse(text, size, &info) == 0 && info.inode ? 0 : -EBADMSG;
}

static void what_is_cut_is_not_taken(void **state)
{
	(void)state;
	/* The start's number is known to be whole once something stands behind it. */
	assert_int_equal(each_cut(stat_text, parse_stat), strlen(" 1000 20 1 2"));
	assert_int_equal(each_cut(status_text, parse_status), 0);
	assert_int_equal(each_cut(call_text, parse_call), 0);
	assert_int_equal(each_cut(lock_text, parse_lock), 0);
	assert_int_equal(each_cut(descriptor_text, parse_descriptor), 0);
}

static void what_makes_no_sense_is_not_taken(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		")(",
		"1 () S\n",
		"1 (x) SS 1\n",
		"99999999999999999999999 0x1 0x1 0x1 0x1 0x1 0x1\n",
		"1 0xg 0x1 0x1 0x1 0x1 0x1\n",
		"1: FLOCK ADVISORY WRITE x 00:1:2 0 EOF\n",
		"1: FLOCK ADVISORY WRITE 1 nocolon 0 EOF\n",
		"FLOCK\n",
		"flags:\t9\n",
		"Tgid:\tx\nTracerPid:\t0\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t size = strlen(texts[i]);

		assert_int_equal(parse_stat(texts[i], size), -EBADMSG);
		assert_int_equal(parse_status(texts[i], size), -EBADMSG);
		assert_int_equal(parse_call(texts[i], size), -EBADMSG);
		assert_int_equal(parse_lock(texts[i], size), -EBADMSG);
		assert_int_equal(parse_descriptor(texts[i], size), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_has_a_name_a_state_and_a_start),
		cmocka_unit_test(a_name_that_looks_like_the_rest_deceives_nobody),
		cmocka_unit_test(a_thread_is_traced_and_has_run),
		cmocka_unit_test(a_call_has_its_arguments),
		cmocka_unit_test(a_lock_is_held_or_waited_for),
		cmocka_unit_test(a_descriptor_has_flags_and_an_inode),
		cmocka_unit_test(a_path_lies_on_the_deepest_mount),
		cmocka_unit_test(what_is_cut_is_not_taken),
		cmocka_unit_test(what_makes_no_sense_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
