/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What os_log writes to standard error, seen from outside.
 *
 * What depends on the environment or on the table of logs runs in child processes, as the
 * environment is read once and a log is never forgotten.
 */
#include <errno.h>
#include <limits.h>
#include <os/log.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/compat/child.h"

static void expect(void (*function)(void *), const char *text)
{
	struct child child;

	child_run(function, NULL, &child);
	assert_true(WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0);
	assert_string_equal(child.text, text);
}

static os_log_t make_log(void)
{
	return os_log_create("org.example.guard", "policy");
}

static void log_types(void *context)
{
	(void)context;
	os_log(make_log(), "plain");
	os_log_error(make_log(), "an %s", "error");
	os_log_fault(make_log(), "a fault");
	os_log_info(make_log(), "not shown");
	os_log_debug(make_log(), "not shown");
	os_log(OS_LOG_DISABLED, "not shown");
}

static void a_line_names_its_log_and_type(void **state)
{
	(void)state;
	expect(log_types, "org.example.guard:policy: plain\n"
			  "org.example.guard:policy error: an error\n"
			  "org.example.guard:policy fault: a fault\n");
}

static void log_details(void *context)
{
	setenv("OS_ACTIVITY_MODE", context ? "info" : "debug", 1);
	os_log_info(make_log(), "information");
	os_log_debug(make_log(), "detail");
}

static void information_and_debug_lines_are_asked_for(void **state)
{
	(void)state;
	expect(log_details, "org.example.guard:policy info: information\n"
			    "org.example.guard:policy debug: detail\n");
}

static void log_without_a_name(void *context)
{
	(void)context;
	program_invocation_short_name = (char *)(uintptr_t) "guard";
	os_log(OS_LOG_DEFAULT, "hello");
	os_log(os_log_create("org.example.guard", ""), "hello");
}

static void the_default_log_has_the_name_of_the_program(void **state)
{
	(void)state;
	expect(log_without_a_name, "guard: hello\norg.example.guard: hello\n");
}

static void log_secrets(void *context)
{
	if (context)
		setenv("OS_LOG_PRIVATE", "1", 1);
	os_log(OS_LOG_DEFAULT, "%{public}s %{private}s %{private, mask.hash}d %{sensitive}s %d",
	       "a", "b", 3, "d", 5);
}

static void private_values_are_hidden(void **state)
{
	struct child child;

	(void)state;
	child_run(log_secrets, NULL, &child);
	assert_non_null(strstr(child.text, ": a <private> <private> <private> 5\n"));
}

static void private_values_are_shown_when_asked_for(void **state)
{
	struct child child;

	(void)state;
	child_run(log_secrets, &child, &child);
	assert_non_null(strstr(child.text, ": a b 3 d 5\n"));
}

static void log_a_long_line(void *context)
{
	char text[3000];

	(void)context;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	os_log(make_log(), "%s%d", text, 1);
}

static void a_long_line_is_cut_and_still_a_line(void **state)
{
	struct child child;

	(void)state;
	child_run(log_a_long_line, NULL, &child);
	assert_int_equal(strlen(child.text), 1024);
	assert_int_equal(child.text[1023], '\n');
	assert_int_equal(child.text[1022], 'x');
}

static void log_to_the_journal(void *context)
{
	char stream[64];
	struct stat facts;

	(void)context;
	fstat(STDERR_FILENO, &facts);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)facts.st_dev,
		 (unsigned long long)facts.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	os_log_error(make_log(), "an error");
	os_log(make_log(), "plain");
}

static void the_journal_gets_the_level(void **state)
{
	(void)state;
	expect(log_to_the_journal, "<3>org.example.guard:policy: an error\n"
				   "<5>org.example.guard:policy: plain\n");
}

static void compare_logs(void *context)
{
	(void)context;
	dprintf(STDERR_FILENO, "%d %d", make_log() == make_log(),
		make_log() == os_log_create("org.example.guard", "other"));
}

static void the_same_pair_is_the_same_log(void **state)
{
	(void)state;
	expect(compare_logs, "1 0");
}

static void fill_the_table(void *context)
{
	char name[16];
	int distinct = 0;

	(void)context;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%d", i);
		distinct += os_log_create("org.example", name) != OS_LOG_DEFAULT;
	}
	dprintf(STDERR_FILENO, "%d", distinct);
}

static void a_full_table_gives_the_default_log(void **state)
{
	(void)state;
	expect(fill_the_table, "256");
}

static void errno_survives_a_line(void **state)
{
	(void)state;
	errno = EXDEV;
	os_log_debug(OS_LOG_DEFAULT, "not shown");
	assert_int_equal(errno, EXDEV);
	errno = EXDEV;
	os_log(OS_LOG_DEFAULT, "shown: %m");
	assert_int_equal(errno, EXDEV);
}

static void what_is_off_is_told(void **state)
{
	(void)state;
	assert_true(os_log_type_enabled(OS_LOG_DEFAULT, OS_LOG_TYPE_ERROR));
	assert_false(os_log_debug_enabled(OS_LOG_DEFAULT));
	assert_false(os_log_info_enabled(OS_LOG_DEFAULT));
	assert_false(os_log_type_enabled(OS_LOG_DISABLED, OS_LOG_TYPE_FAULT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_names_its_log_and_type),
		cmocka_unit_test(information_and_debug_lines_are_asked_for),
		cmocka_unit_test(the_default_log_has_the_name_of_the_program),
		cmocka_unit_test(private_values_are_hidden),
		cmocka_unit_test(private_values_are_shown_when_asked_for),
		cmocka_unit_test(a_long_line_is_cut_and_still_a_line),
		cmocka_unit_test(the_journal_gets_the_level),
		cmocka_unit_test(the_same_pair_is_the_same_log),
		cmocka_unit_test(a_full_table_gives_the_default_log),
		cmocka_unit_test(errno_survives_a_line),
		cmocka_unit_test(what_is_off_is_told),
	};

	unsetenv("OS_ACTIVITY_MODE");
	unsetenv("OS_LOG_PRIVATE");
	unsetenv("JOURNAL_STREAM");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
