/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/control/entry.h: what an admission file may say, and which of its lines is blamed when it
 * says something else.
 */
#include "daemon/control/entry.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct entry entry;
static struct entry_error error;

static int parse(const char *text)
{
	memset(&entry, 0xa5, sizeof(entry));
	memset(&error, 0, sizeof(error));
	return entry_parse(text, strlen(text), &entry, &error);
}

static void every_key_is_understood(void **state)
{
	(void)state;
	assert_int_equal(parse("# who\n; and what\n\n  uid = 1000 \r\nunit=a.service\n"
			       "allow = yes\ndescendants = no\ndebuggable = yes\nclients = 12\n"
			       "debug-policy = deny"),
			 0);
	assert_true(entry.by_uid);
	assert_int_equal(entry.uid, 1000);
	assert_string_equal(entry.unit, "a.service");
	assert_string_equal(entry.user, "");
	assert_true(entry.allow);
	assert_false(entry.descendants);
	assert_true(entry.debuggable);
	assert_int_equal(entry.clients, 12);
	assert_true(entry.debug_policy_said);
	assert_int_equal(entry.debug_policy, DEBUG_POLICY_DENY);
}

static void what_is_not_said_is_the_careful_choice(void **state)
{
	(void)state;
	assert_int_equal(parse("user = scanner\nallow = no\n"), 0);
	assert_string_equal(entry.user, "scanner");
	assert_false(entry.by_uid);
	assert_false(entry.allow);
	assert_true(entry.descendants);
	assert_false(entry.debuggable);
	assert_false(entry.debug_policy_said);
	assert_int_equal(entry.clients, 0);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
	} cases[] = {
		{"uid = 1\nallow = perhaps\n", 2},
		{"uid = 1\nallow\n", 2},
		{"uid = 1\nallow =\n", 2},
		{"uid = 1x\n", 1},
		{"uid = 4294967295\n", 1},
		{"uid = 99999999999999999999\n", 1},
		{"uid = -1\n", 1},
		{"uid = 1\nuid = 2\n", 2},
		{"unit = service\n", 1},
		{"unit = a b.service\n", 1},
		{"\n\nwhat = yes\n", 3},
		{"clients = 65536\n", 1},
		{"debug-policy = passed\n", 1},
		{"user = a-name-that-is-longer-than-any-user-may-have\n", 1},
		{"allow = yes\n", 0},
		{"uid = 1\n", 0},
		{"uid = 1\nuser = root\nallow = yes\n", 0},
		{"", 0},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		assert_int_equal(parse(cases[index].text), -EINVAL);
		assert_int_equal(error.line, cases[index].line);
		assert_true(error.text[0] != '\0');
		/* Untouched on failure. */
		assert_int_equal(((unsigned char *)&entry)[0], 0xa5);
	}
}

static void every_truncation_of_a_file_is_read_without_overrun(void **state)
{
	static const char text[] = "uid = 1000\nunit = a.service\nallow = yes\nclients = 3\n";

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		/* Exactly as large as it is, for the sanitizer to see a byte too far. */
		char *copy = malloc(size + !size);
		int result;

		assert_non_null(copy);
		memcpy(copy, text, size);
		result = entry_parse(copy, size, &entry, &error);
		assert_true(result == 0 || result == -EINVAL);
		free(copy);
	}
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	static const char text[] = "unit = a.\0service\nallow = yes\n";

	(void)state;
	assert_int_equal(entry_parse(text, sizeof(text) - 1, &entry, &error), -EINVAL);
	assert_int_equal(error.line, 1);
}

static void an_entry_is_about_those_it_names(void **state)
{
	(void)state;
	assert_int_equal(parse("uid = 1000\nunit = a.service\nallow = yes\n"), 0);
	assert_true(entry_matches(&entry, 1000, "a.service"));
	assert_false(entry_matches(&entry, 1000, "b.service"));
	assert_false(entry_matches(&entry, 1001, "a.service"));
	assert_int_equal(parse("unit = a.service\nallow = yes\n"), 0);
	assert_true(entry_matches(&entry, 5, "a.service"));
	assert_false(entry_matches(&entry, 5, ""));
	/* A user nobody has looked up is nobody. */
	assert_int_equal(parse("user = root\nunit = a.service\nallow = yes\n"), 0);
	assert_false(entry_matches(&entry, 0, "a.service"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_understood),
		cmocka_unit_test(what_is_not_said_is_the_careful_choice),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(every_truncation_of_a_file_is_read_without_overrun),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(an_entry_is_about_those_it_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
