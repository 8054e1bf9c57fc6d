/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of /proc: what is read from them, and that nothing is read from a part of them.
 */
#include "daemon/engine/fanotify/proc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char stat_text[] =
	"4711 (a ) b\nc) S 17 4700 4600 34817 4711 4194560 1 2 3 4 5 6 7 8 20 0 3 0 98765 1000 200 "
	"18446744073709551615 4194304 4202496 140724603453440 0\n";
static const char status_text[] = "Name:\tTgid:\nUmask:\t0022\nTgid:\t12\nPid:\t13\n"
				  "Uid:\t1000\t1001\t1002\t1003\nGid:\t5\t6\t7\t8\n";
static const char syscall_text[] =
	"257 0xffffffffffffff9c 0x7ffd0 0x80241 0x1b6 0x0 0x0 0x7ffd 0x7f\n";

static void a_name_with_brackets_moves_no_field(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(stat_parse(stat_text, strlen(stat_text), &stat), 0);
	assert_int_equal(stat.pid, 4711);
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.parent, 17);
	assert_int_equal(stat.group, 4700);
	assert_int_equal(stat.session, 4600);
	assert_int_equal(stat.terminal, 34817);
	assert_int_equal(stat.threads, 3);
	assert_int_equal(stat.start_ticks, 98765);
	assert_int_equal(stat.code_start, 4194304);
	assert_int_equal(stat.code_end, 4202496);
	assert_int_equal(stat.stack_start, 140724603453440);
}

static void a_stat_that_is_cut_before_the_last_that_is_read_is_refused(void **state)
{
	size_t needed = strlen(stat_text) - strlen(" 0\n");
	struct proc_stat stat = {.pid = -1};

	(void)state;
	for (size_t length = 0; length <= needed; length++)
		assert_int_equal(stat_parse(stat_text, length, &stat), -EBADMSG);
	assert_int_equal(stat.pid, -1);
	assert_int_equal(stat_parse(stat_text, needed + 1, &stat), 0);
}

static void a_status_gives_process_and_ids(void **state)
{
	struct proc_status status;

	(void)state;
	assert_int_equal(status_parse(status_text, strlen(status_text), &status), 0);
	assert_int_equal(status.process, 12);
	assert_int_equal(status.real_uid, 1000);
	assert_int_equal(status.effective_uid, 1001);
	assert_int_equal(status.real_gid, 5);
	assert_int_equal(status.effective_gid, 6);
}

static void a_status_that_is_cut_is_refused(void **state)
{
	struct proc_status status = {.process = -1};

	(void)state;
	for (size_t length = 0; length < strlen(status_text); length++)
		assert_int_equal(status_parse(status_text, length, &status), -EBADMSG);
	assert_int_equal(status.process, -1);
}

static void the_unified_cgroup_comes_before_others(void **state)
{
	static const char text[] = "5:memory:/m\n1:name=systemd:/s\n0::/user/x:y\n";
	static const char old[] = "5:memory:/m\n1:name=systemd:/s\n";
	const char *path;
	size_t length;

	(void)state;
	assert_int_equal(cgroup_parse(text, strlen(text), &path, &length), 0);
	assert_int_equal(length, strlen("/user/x:y"));
	assert_memory_equal(path, "/user/x:y", length);
	assert_int_equal(cgroup_parse(old, strlen(old), &path, &length), 0);
	assert_memory_equal(path, "/m", length);
	assert_int_equal(cgroup_parse("0::/x", 5, &path, &length), -EBADMSG);
	assert_int_equal(cgroup_parse("", 0, &path, &length), -EBADMSG);
}

static void a_system_call_gives_number_and_arguments(void **state)
{
	struct proc_syscall call;

	(void)state;
	assert_int_equal(syscall_parse(syscall_text, strlen(syscall_text), &call), 0);
	assert_int_equal(call.number, 257);
	assert_int_equal(call.arguments[0], 0xffffffffffffff9cULL);
	assert_int_equal(call.arguments[2], 0x80241);
	assert_int_equal(syscall_parse("running\n", 8, &call), -EAGAIN);
	assert_int_equal(syscall_parse("-1 0x7ffd 0x7f\n", 15, &call), -EBADMSG);
}

static void a_system_call_that_is_cut_is_refused(void **state)
{
	size_t needed = strlen("257 0xffffffffffffff9c 0x7ffd0 0x80241 0x1b6 0x0 0x0 ");
	struct proc_syscall call = {.number = -2};

	(void)state;
	for (size_t length = 0; length <= needed; length++)
		assert_int_equal(syscall_parse(syscall_text, length, &call), -EBADMSG);
	assert_int_equal(call.number, -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_with_brackets_moves_no_field),
		cmocka_unit_test(a_stat_that_is_cut_before_the_last_that_is_read_is_refused),
		cmocka_unit_test(a_status_gives_process_and_ids),
		cmocka_unit_test(a_status_that_is_cut_is_refused),
		cmocka_unit_test(the_unified_cgroup_comes_before_others),
		cmocka_unit_test(a_system_call_gives_number_and_arguments),
		cmocka_unit_test(a_system_call_that_is_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
