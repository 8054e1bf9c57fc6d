/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/service/machine.h: the kernel's command line, directories to watch, places in memory.
 */
#include "daemon/service/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

static void a_file_in_memory_has_a_place_beside_or_in_shared_memory(void **state)
{
	char path[MACHINE_PATH_MAX], folder[] = "/dev/shm/machine-test-XXXXXX";
	char socket[sizeof(folder) + 8], expected[sizeof(folder) + 32];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(socket, sizeof(socket), "%s/socket", folder);
	snprintf(expected, sizeof(expected), "%s/socket.versions", folder);
	assert_int_equal(machine_memory_file(path, socket, ".versions"), 0);
	assert_string_equal(path, expected);
	rmdir(folder);
	assert_int_equal(machine_memory_file(path, "/proc/control.sock", ".versions"), 0);
	assert_string_equal(path, "/dev/shm/endpointsecurityd%proc%control.sock.versions");
	assert_int_equal(machine_memory_file(path, "/none/control.sock", ".versions"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_command_line_switches_it_off),
		cmocka_unit_test(only_a_directory_can_be_watched),
		cmocka_unit_test(a_file_in_memory_has_a_place_beside_or_in_shared_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
