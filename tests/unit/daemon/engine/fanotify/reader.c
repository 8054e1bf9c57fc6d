/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings from the memory of another process: here, of this one.
 */
#include "daemon/engine/fanotify/reader.h"

#include "base/clock.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint64_t soon(void)
{
	return clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;
}

static void a_list_of_strings_is_read(void **state)
{
	OWNED(reader_free) struct reader *reader = NULL;
	const char *arguments[] = {"one", "", "three", NULL};
	struct reader_request request = {
		.pid = getpid(),
		.name = (uint64_t)(uintptr_t) "name",
		.lists = {(uint64_t)(uintptr_t)arguments, 0},
	};
	const struct reader_result *result;

	(void)state;
	assert_int_equal(reader_new(&reader), 0);
	for (int round = 0; round < 3; round++) {
		result = reader_read(reader, &request, soon());
		assert_non_null(result);
		assert_string_equal(result->name, "name");
		assert_int_equal(result->name_length, 4);
		assert_true(result->lists[0].whole);
		assert_int_equal(result->lists[0].length, 11);
		assert_memory_equal(result->lists[0].text, "one\0\0three", 11);
		assert_true(result->lists[1].whole);
		assert_int_equal(result->lists[1].length, 0);
	}
}

static void a_string_across_pages_is_read_to_its_end(void **state)
{
	OWNED(reader_free) struct reader *reader = NULL;
	OWNED_MEMORY char *memory = aligned_alloc(4096, 3 * 4096);
	const char *arguments[] = {memory + 4000, NULL};
	struct reader_request request = {.pid = getpid(),
					 .lists = {(uint64_t)(uintptr_t)arguments, 0}};
	const struct reader_result *result;

	(void)state;
	memset(memory, 'x', 3 * 4096);
	memory[9000] = '\0';
	assert_int_equal(reader_new(&reader), 0);
	result = reader_read(reader, &request, soon());
	assert_non_null(result);
	assert_true(result->lists[0].whole);
	assert_int_equal(result->lists[0].length, 5001);
}

static void memory_that_is_not_there_is_told(void **state)
{
	OWNED(reader_free) struct reader *reader = NULL;
	const char *arguments[] = {"one", (const char *)8, "three", NULL};
	struct reader_request request = {.pid = getpid(),
					 .lists = {(uint64_t)(uintptr_t)arguments, 16}};
	const struct reader_result *result;

	(void)state;
	assert_int_equal(reader_new(&reader), 0);
	result = reader_read(reader, &request, soon());
	assert_non_null(result);
	assert_false(result->lists[0].whole);
	assert_int_equal(result->lists[0].length, 4);
	assert_false(result->lists[1].whole);
}

static void a_list_too_long_is_cut(void **state)
{
	enum { COUNT = READER_STRINGS_MAX + 100 };
	OWNED(reader_free) struct reader *reader = NULL;
	OWNED_MEMORY const char **arguments = calloc(COUNT + 1, sizeof(*arguments));
	struct reader_request request = {.pid = getpid(),
					 .lists = {(uint64_t)(uintptr_t)arguments, 0}};
	const struct reader_result *result;

	(void)state;
	for (int i = 0; i < COUNT; i++)
		arguments[i] = "x";
	assert_int_equal(reader_new(&reader), 0);
	result = reader_read(reader, &request, soon());
	assert_non_null(result);
	assert_false(result->lists[0].whole);
	assert_true(result->lists[0].length >= 2 * READER_STRINGS_MAX);
}

static void nobody_is_waited_for_beyond_the_deadline(void **state)
{
	OWNED(reader_free) struct reader *reader = NULL;
	struct reader_request request = {.pid = getpid()};
	uint64_t deadline = soon();

	(void)state;
	assert_int_equal(reader_new(&reader), 0);
	/* A thread that was left behind is replaced. */
	for (int round = 0; round < 100; round++)
		reader_read(reader, &request, 0);
	while (clock_now_ns() < deadline) {
		if (reader_read(reader, &request, soon()))
			return;
		sched_yield();
	}
	fail_msg("no thread came back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_strings_is_read),
		cmocka_unit_test(a_string_across_pages_is_read_to_its_end),
		cmocka_unit_test(memory_that_is_not_there_is_told),
		cmocka_unit_test(a_list_too_long_is_cut),
		cmocka_unit_test(nobody_is_waited_for_beyond_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
