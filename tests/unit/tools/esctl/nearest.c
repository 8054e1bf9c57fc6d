/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of tools/esctl/nearest.c: which name was meant.
 */
#include "tools/esctl/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *of_names(const char *word)
{
	static const char *const names[] = {"status", "clients", "open", "exec", "release-all"};
	struct nearest nearest = {.word = word};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		nearest_consider(&nearest, names[i]);
	return nearest.name;
}

static void a_letter_more_less_or_another_is_near(void **state)
{
	(void)state;
	assert_string_equal(of_names("opeen"), "open");
	assert_string_equal(of_names("opn"), "open");
	assert_string_equal(of_names("exek"), "exec");
	assert_string_equal(of_names("statsu"), "status");
	assert_string_equal(of_names("realese-all"), "release-all");
}

static void what_has_little_in_common_is_not(void **state)
{
	(void)state;
	assert_null(of_names("frobnicate"));
	assert_null(of_names("xyz"));
	assert_null(of_names(""));
}

static void of_two_names_the_nearer_one_was_meant(void **state)
{
	struct nearest nearest = {.word = "AUTH_OPPEN"};

	(void)state;
	nearest_consider(&nearest, "AUTH_EXEC");
	nearest_consider(&nearest, "AUTH_OPEN");
	nearest_consider(&nearest, "AUTH_ROPEN");
	assert_string_equal(nearest.name, "AUTH_OPEN");
}

static void a_name_without_end_is_near_to_nothing(void **state)
{
	char name[4096];
	struct nearest nearest = {.word = name};

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	nearest_consider(&nearest, name);
	assert_null(nearest.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_more_less_or_another_is_near),
		cmocka_unit_test(what_has_little_in_common_is_not),
		cmocka_unit_test(of_two_names_the_nearer_one_was_meant),
		cmocka_unit_test(a_name_without_end_is_near_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
