/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of tools/esctl/table.c: alignment, and how a table gives way to a narrow terminal.
 */
#include "tools/esctl/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct table_column columns[] = {
	{"PID", true, false},
	{"PATH", false, true},
	{"KIND", false, false},
};

static char printed[4096];

/* Prints a table of these cells, ended by NULL. */
static void print(const char *const *cells, unsigned int width, bool bold)
{
	OWNED(table_free) struct table *table = table_new(columns, 3);
	FILE *output = fmemopen(printed, sizeof(printed), "w");

	for (; *cells; cells++)
		assert_int_equal(table_add(table, *cells), 0);
	table_print(table, output, width, bold);
	fclose(output);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	static const char *const cells[] = {"7", "/a", "x", "12345", "/bcd", "y", NULL};

	(void)state;
	print(cells, 0, false);
	assert_string_equal(printed, "  PID  PATH  KIND\n"
				     "    7  /a    x\n"
				     "12345  /bcd  y\n");
}

static void a_table_without_rows_has_its_titles(void **state)
{
	static const char *const cells[] = {NULL};

	(void)state;
	print(cells, 80, true);
	assert_string_equal(printed, "\033[1mPID  PATH  KIND\033[0m\n");
}

static void an_elastic_column_is_cut_in_its_middle(void **state)
{
	static const char *const cells[] = {"7", "/usr/share/a/long/path/to/program", "x", NULL};

	(void)state;
	print(cells, 26, false);
	assert_string_equal(printed, "PID  PATH             KIND\n"
				     "  7  /usr\xe2\x80\xa6to/program  x\n");
}

static void what_cannot_be_cut_is_printed_whole(void **state)
{
	static const char *const cells[] = {"7", "/usr/share/a/long/path/to/program", "x", NULL};

	(void)state;
	print(cells, 5, false);
	assert_non_null(strstr(printed, "  7  /us\xe2\x80\xa6"));
	assert_non_null(strstr(printed, "  x\n"));
}

static void characters_count_and_not_bytes(void **state)
{
	static const char *const cells[] = {"1",
					    "\xc3\xa4\xc3\xb6\xc3\xbc"
					    "\xc3\xa4\xc3\xb6\xc3\xbc"
					    "\xc3\xa4\xc3\xb6\xc3\xbc"
					    "\xc3\xa4\xc3\xb6\xc3\xbc"
					    "\xc3\xa4\xc3\xb6\xc3\xbc",
					    "x", NULL};

	(void)state;
	print(cells, 0, false);
	assert_non_null(strstr(printed, "PATH             KIND"));
	print(cells, 23, false);
	/* 12 columns: 3 characters, the mark, 8 characters. */
	assert_non_null(strstr(printed, "  \xc3\xa4\xc3\xb6\xc3\xbc\xe2\x80\xa6\xc3\xb6\xc3\xbc"));
}

static void control_characters_are_question_marks(void **state)
{
	static const char *const cells[] = {"7", "a\nb\033[1m\x7f", "x", NULL};

	(void)state;
	print(cells, 0, false);
	assert_non_null(strstr(printed, "a?b?[1m?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(a_table_without_rows_has_its_titles),
		cmocka_unit_test(an_elastic_column_is_cut_in_its_middle),
		cmocka_unit_test(what_cannot_be_cut_is_printed_whole),
		cmocka_unit_test(characters_count_and_not_bytes),
		cmocka_unit_test(control_characters_are_question_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
