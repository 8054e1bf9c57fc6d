/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of tools/eslogger/output.c: when lines are written, to a reader that watches and to a file.
 * The clock is the test's own.
 */
#include "tools/eslogger/output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)

static char buffer[OUTPUT_CAPACITY];
static size_t used;
static struct output output;

/* Puts a line of `size` bytes in and says so at that time. */
static bool line(size_t size, uint64_t now_ns)
{
	bool was_empty = used == 0;

	memset(buffer + used, 'x', size);
	used += size;
	return output_line(&output, now_ns, was_empty);
}

static void open_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	used = 0;
	output_init(&output, ends[1], buffer, &used);
}

static size_t arrived(int fd)
{
	static char bytes[OUTPUT_CAPACITY];
	ssize_t size = read(fd, bytes, sizeof(bytes));

	return size > 0 ? (size_t)size : 0;
}

static void a_line_after_a_pause_is_written_at_once(void **state)
{
	int ends[2];

	(void)state;
	open_pipe(ends);
	assert_false(line(10, SECOND));
	assert_int_equal(arrived(ends[0]), 10);
	assert_false(line(20, 2 * SECOND));
	assert_int_equal(arrived(ends[0]), 20);
	close(ends[0]);
	close(ends[1]);
}

static void lines_in_quick_succession_are_written_together_in_time(void **state)
{
	int ends[2];

	(void)state;
	open_pipe(ends);
	assert_false(line(10, SECOND));
	assert_int_equal(arrived(ends[0]), 10);
	assert_int_equal(output_deadline(&output), UINT64_MAX);
	assert_true(line(10, SECOND + 1000)); /* the first that waits: somebody must come back */
	assert_false(line(10, SECOND + 2000));
	assert_int_equal(arrived(ends[0]), 0);
	assert_int_equal(output_deadline(&output), SECOND + OUTPUT_PAUSE_NS);
	assert_int_equal(output_flush(&output, SECOND + OUTPUT_PAUSE_NS), 0);
	assert_int_equal(arrived(ends[0]), 20);
	close(ends[0]);
	close(ends[1]);
}

static void a_file_is_written_in_large_pieces(void **state)
{
	int fd = memfd_create("output", MFD_CLOEXEC);

	(void)state;
	used = 0;
	output_init(&output, fd, buffer, &used);
	line(10, SECOND);
	assert_int_equal(lseek(fd, 0, SEEK_END), 10);
	line(10, SECOND + 5 * OUTPUT_PAUSE_NS);
	assert_int_equal(lseek(fd, 0, SEEK_END), 10);
	line(OUTPUT_ENOUGH, SECOND + 5 * OUTPUT_PAUSE_NS);
	assert_int_equal(lseek(fd, 0, SEEK_END), 20 + OUTPUT_ENOUGH);
	close(fd);
}

static void a_reader_that_is_gone_is_an_error_that_stays(void **state)
{
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	open_pipe(ends);
	close(ends[0]);
	line(10, SECOND);
	assert_int_equal(output.error, -EPIPE);
	assert_int_equal(used, 0);
	line(10, 2 * SECOND);
	assert_int_equal(output_flush(&output, 3 * SECOND), -EPIPE);
	assert_int_equal(output_deadline(&output), UINT64_MAX);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_after_a_pause_is_written_at_once),
		cmocka_unit_test(lines_in_quick_succession_are_written_together_in_time),
		cmocka_unit_test(a_file_is_written_in_large_pieces),
		cmocka_unit_test(a_reader_that_is_gone_is_an_error_that_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
