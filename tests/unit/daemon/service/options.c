/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/service/options.h: what the command line may say, and what is said back.
 */
#include "daemon/service/options.h"

#include "daemon/control/entries.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Named in the table of engines; never run here. */
const struct engine_operations engine_fanotify = {.name = "fanotify"};

static struct options options;
static char error[CONTROL_TEXT_MAX];
static char printed[4096];

/* Takes words until NULL. */
static int parse(const char *first, ...)
{
	char *words[16] = {(char *)"endpointsecurityd"};
	FILE *output = fmemopen(printed, sizeof(printed), "w");
	int count = 1;
	va_list arguments;
	int result;

	va_start(arguments, first);
	for (const char *word = first; word; word = va_arg(arguments, const char *))
		words[count++] = (char *)word;
	va_end(arguments);
	error[0] = '\0';
	result = options_read(&options, count, words, output, error);
	fclose(output);
	return result;
}

static void nothing_said_means_the_whole_machine(void **state)
{
	(void)state;
	assert_int_equal(parse(NULL), 0);
	assert_ptr_equal(options.engine, &engine_fanotify);
	assert_null(options.root);
	assert_string_equal(options.socket, CONTROL_SOCKET_PATH);
	assert_string_equal(options.clients, ENTRIES_DIRECTORY);
	assert_int_equal(options.log, JOURNAL_STDERR);
	assert_false(options.private_daemon);
	assert_false(options.replace);
	assert_int_equal(options.descriptor, -1);
}

static void every_option_is_understood_in_both_forms(void **state)
{
	(void)state;
	assert_int_equal(parse("--engine=fanotify", "--root", "/srv", "--socket=/tmp/s",
			       "--clients", "/tmp/c", "--replace", "--log=none", "--foreground",
			       NULL),
			 0);
	assert_string_equal(options.root, "/srv");
	assert_string_equal(options.socket, "/tmp/s");
	assert_string_equal(options.clients, "/tmp/c");
	assert_true(options.replace);
	assert_int_equal(options.log, JOURNAL_NONE);
	assert_int_equal(parse("--engine", "auto", NULL), 0);
}

static void a_private_daemon_leaves_the_terminal_alone(void **state)
{
	(void)state;
	assert_int_equal(parse("--private", "--fd", "3", NULL), 0);
	assert_true(options.private_daemon);
	assert_int_equal(options.descriptor, 3);
	assert_int_equal(options.log, JOURNAL_JOURNAL);
	assert_int_equal(parse("--private", "--fd=3", "--log", "stderr", NULL), 0);
	assert_int_equal(options.log, JOURNAL_STDERR);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *words[3];
		const char *named;
	} cases[] = {
		{{"--engine=bpf", NULL}, "'bpf'"},
		{{"--log=syslog", NULL}, "'syslog'"},
		{{"--private", NULL}, "--fd"},
		{{"--fd=3", NULL}, "--private"},
		{{"--fd=three", NULL}, "'three'"},
		{{"--fd=-1", NULL}, "'-1'"},
		{{"--fd=99999999999", NULL}, "'99999999999'"},
		{{"--root", NULL}, "--root needs DIR"},
		{{"--replace=yes", NULL}, "--replace takes no value"},
		{{"--rooot=/", NULL}, "'--rooot=/'"},
		{{"file", NULL}, "'file'"},
		{{"-h", NULL}, "--help"},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		assert_int_equal(parse(cases[index].words[0], NULL), -EINVAL);
		assert_non_null(strstr(error, cases[index].named));
	}
	assert_int_equal(parse("--private", "--fd=3", "--replace", NULL), -EINVAL);
}

static void help_and_version_are_printed(void **state)
{
	(void)state;
	assert_int_equal(parse("--help", NULL), OPTIONS_DONE);
	assert_non_null(strstr(printed, "--engine=NAME"));
	assert_non_null(strstr(printed, "--version"));
	assert_int_equal(parse("--version", NULL), OPTIONS_DONE);
	assert_int_equal(strncmp(printed, "endpointsecurityd ", 18), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_means_the_whole_machine),
		cmocka_unit_test(every_option_is_understood_in_both_forms),
		cmocka_unit_test(a_private_daemon_leaves_the_terminal_alone),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(help_and_version_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
