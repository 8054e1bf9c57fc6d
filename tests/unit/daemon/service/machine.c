/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/service/machine.h: the kernel's command line, and directories to watch.
 */
#include "daemon/service/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool off(const char *line)
{
	char path[] = "/tmp/machine-test-XXXXXX";
	int file = mkstemp(path);
	bool result;

	assert_true(file >= 0);
	assert_int_equal(write(file, line, strlen(line)), strlen(line));
	close(file);
	result = machine_switched_off(path);
	unlink(path);
	return result;
}

static void the_kernels_command_line_switches_it_off(void **state)
{
	(void)state;
	assert_true(off("root=/dev/vda endpointsecurity=off quiet\n"));
	assert_true(off("endpointsecurity=off"));
	assert_false(off("root=/dev/vda quiet\n"));
	assert_false(off("endpointsecurity=on\n"));
	assert_false(off("endpointsecurity=offline\n"));
	assert_false(off("noendpointsecurity=off\n"));
	assert_false(off(""));
	assert_false(machine_switched_off("/nonexistent"));
}

static void only_a_directory_can_be_watched(void **state)
{
	char text[CONTROL_TEXT_MAX];

	(void)state;
	assert_int_equal(machine_check_root(NULL, text), 0);
	assert_int_equal(machine_check_root("/tmp", text), 0);
	assert_int_equal(machine_check_root("/nonexistent", text), -ENOENT);
	assert_non_null(strstr(text, "/nonexistent"));
	assert_non_null(strstr(text, "--root"));
	assert_int_equal(machine_check_root("/etc/passwd", text), -ENOTDIR);
	assert_non_null(strstr(text, "no directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_command_line_switches_it_off),
		cmocka_unit_test(only_a_directory_can_be_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
