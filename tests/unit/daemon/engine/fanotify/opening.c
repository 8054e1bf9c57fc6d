/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open flags from a system call, and which calls are execs.
 */
#include "daemon/engine/fanotify/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

static void each_access_mode_becomes_read_and_write(void **state)
{
	static const struct {
		int flags;
		uint32_t access;
	} rows[] = {
		{O_RDONLY, OPENING_READ},
		{O_WRONLY, OPENING_WRITE},
		{O_RDWR, OPENING_READ | OPENING_WRITE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proc_syscall call = {.number = SYS_openat};
		uint32_t flags;

		call.arguments[2] = (uint64_t)(rows[i].flags | O_CLOEXEC | O_APPEND);
		assert_true(opening_flags(&call, &flags));
		assert_int_equal(flags, rows[i].access | O_CLOEXEC | O_APPEND);
	}
}

static void a_call_that_does_not_say_asks_for_everything(void **state)
{
	static const long calls[] = {SYS_openat2, SYS_io_uring_enter, -1, 100000};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct proc_syscall call = {.number = calls[i]};
		uint32_t flags = 0;

		assert_false(opening_flags(&call, &flags));
		assert_int_equal(flags, OPENING_READ | OPENING_WRITE);
	}
}

static void an_exec_has_its_arguments_where_the_call_has_them(void **state)
{
	struct proc_syscall call = {.number = SYS_execveat, .arguments = {1, 2, 3, 4, 5}};
	uint64_t name, lists[2];
	bool narrow = true;

	(void)state;
	assert_true(opening_exec_arguments(&call, &name, lists, &narrow));
	assert_int_equal(name, 2);
	assert_int_equal(lists[0], 3);
	assert_int_equal(lists[1], 4);
	assert_false(narrow);
	call.number = SYS_execve;
	assert_true(opening_exec_arguments(&call, &name, lists, &narrow));
	assert_int_equal(name, 1);
	call.number = SYS_openat;
	assert_false(opening_is_exec(&call));
}

static void a_thread_that_is_gone_has_no_call(void **state)
{
	OWNED(opening_free) struct opening *opening = NULL;
	struct proc_syscall call;

	(void)state;
	assert_int_equal(opening_new(&opening), 0);
	assert_true(opening_syscall(opening, 0x7ffffffe, &call) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_access_mode_becomes_read_and_write),
		cmocka_unit_test(a_call_that_does_not_say_asks_for_everything),
		cmocka_unit_test(an_exec_has_its_arguments_where_the_call_has_them),
		cmocka_unit_test(a_thread_that_is_gone_has_no_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
