/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of tools/eslogger/options.c: what each command line means, and what a person is told about
 * one that means nothing.
 */
#include "tools/eslogger/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options options;
static char said[1024];

/* Reads the words of `line`, separated by spaces; what was said is in said[]. */
static int read_line(const char *line)
{
	static char copy[256]; /* what was read points into it */
	char *words[16], *rest = NULL;
	FILE *errors = fmemopen(said, sizeof(said), "w");
	int count = 0, result;

	snprintf(copy, sizeof(copy), "eslogger %s", line);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	memset(said, 0, sizeof(said));
	result = options_read(&options, count, words, errors);
	fclose(errors);
	return result;
}

static void events_are_collected(void **state)
{
	(void)state;
	assert_int_equal(read_line("exec open exec"), 0);
	assert_int_equal(options.wanted_count, 2);
	assert_true(options.wanted[ES_EVENT_TYPE_NOTIFY_EXEC]);
	assert_true(options.wanted[ES_EVENT_TYPE_NOTIFY_OPEN]);
	assert_false(options.wanted[ES_EVENT_TYPE_AUTH_OPEN]);
	assert_int_equal(options.tokens, ENCODE_TOKENS_ARRAY);
}

static void options_take_their_value_after_a_space_or_an_equals_sign(void **state)
{
	(void)state;
	assert_int_equal(read_line("--token-format object --format=json open"), 0);
	assert_int_equal(options.tokens, ENCODE_TOKENS_OBJECT);
	assert_int_equal(read_line("--token-format=array open --record=/tmp/x"), 0);
	assert_string_equal(options.record, "/tmp/x");
	assert_int_equal(read_line("--replay -"), 0);
	assert_string_equal(options.replay, "-");
}

static void a_wrong_line_says_what_to_do(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{"", "which events?"},
		{"opeen", "Did you mean 'open'?"},
		{"zzzzzzzzz", "--list-events"},
		{"--frobnicate", "unknown option '--frobnicate'"},
		{"-x", "unknown option '-x'"},
		{"--format xml open", "only format is json"},
		{"--token-format list open", "Choose array or object"},
		{"--record", "--record needs a value"},
		{"--help=yes", "takes no value"},
		{"--oslog exec", "systemd-cat"},
		{"--oslog-subsystem x exec", "systemd-cat"},
		{"--oslog-category x exec", "systemd-cat"},
		{"-- --help", "unknown event '--help'"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		options.tokens = 77;
		assert_int_equal(read_line(rows[row].line), -EINVAL);
		assert_non_null(strstr(said, rows[row].text));
		assert_int_equal(options.tokens, 77); /* untouched */
	}
}

static void help_needs_no_event(void **state)
{
	(void)state;
	assert_int_equal(read_line("--help"), 0);
	assert_true(options.help);
	assert_int_equal(read_line("--list-events"), 0);
	assert_true(options.list_events);
	assert_int_equal(read_line("--version"), 0);
	assert_true(options.version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_collected),
		cmocka_unit_test(options_take_their_value_after_a_space_or_an_equals_sign),
		cmocka_unit_test(a_wrong_line_says_what_to_do),
		cmocka_unit_test(help_needs_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
