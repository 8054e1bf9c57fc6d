/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of tools/esctl/value.c: values of a report as a person reads them.
 */
#include "tools/esctl/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char text[VALUE_TEXT_MAX];

/* The text of a value written as JSON. */
static const char *shown(value_format *format, const char *json)
{
	struct json_object *value = json_tokener_parse(json);

	format(value, text);
	json_object_put(value);
	return text;
}

static void ages_are_in_the_unit_that_fits(void **state)
{
	(void)state;
	assert_string_equal(shown(value_age, "0"), "0 ns");
	assert_string_equal(shown(value_age, "999"), "999 ns");
	assert_string_equal(shown(value_age, "1500"), "1.5 us");
	assert_string_equal(shown(value_age, "12300000"), "12 ms");
	assert_string_equal(shown(value_age, "30000000000"), "30 s");
	assert_string_equal(shown(value_age, "90000000000"), "1.5 min");
	assert_string_equal(shown(value_age, "7384000000000"), "2.1 h");
	assert_string_equal(shown(value_age, "1000000000000000"), "12 d");
	assert_string_equal(shown(value_age, "null"), "-");
}

static void sizes_are_in_powers_of_1024(void **state)
{
	(void)state;
	assert_string_equal(shown(value_size, "0"), "0 B");
	assert_string_equal(shown(value_size, "4194304"), "4.0 MiB");
	assert_string_equal(shown(value_size, "20971520"), "20 MiB");
}

static void what_is_not_known_is_a_dash(void **state)
{
	(void)state;
	assert_string_equal(shown(value_plain, "null"), "-");
	assert_string_equal(shown(value_plain, "\"\""), "-");
	assert_string_equal(shown(value_moment, "null"), "-");
	value_plain(value_member(NULL, "key"), text);
	assert_string_equal(text, "-");
}

static void booleans_are_yes_and_no(void **state)
{
	(void)state;
	assert_string_equal(shown(value_plain, "true"), "yes");
	assert_string_equal(shown(value_plain, "false"), "no");
	assert_string_equal(shown(value_plain, "18446744073709551615"), "18446744073709551615");
}

static void lists_have_commas_and_an_end(void **state)
{
	static char json[3 * VALUE_TEXT_MAX];

	(void)state;
	assert_string_equal(shown(value_list, "[]"), "-");
	assert_string_equal(shown(value_list, "null"), "-");
	assert_string_equal(shown(value_list, "[\"a\",\"b\"]"), "a,b");
	strcpy(json, "[");
	for (int element = 0; element < 1000; element++)
		strcat(json, "\"abcde\",");
	strcpy(json + strlen(json) - 1, "]");
	shown(value_list, json);
	assert_true(strlen(text) < VALUE_TEXT_MAX);
	assert_string_equal(text + strlen(text) - 4, ",...");
}

static void many_events_are_counted(void **state)
{
	(void)state;
	assert_string_equal(shown(value_events, "null"), "all");
	assert_string_equal(shown(value_events, "[]"), "-");
	assert_string_equal(shown(value_events, "[\"a\",\"b\",\"c\",\"d\",\"e\"]"), "a,b,c,d,e");
	assert_string_equal(shown(value_events, "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]"),
			    "a,b,c,d and 2 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages_are_in_the_unit_that_fits),
		cmocka_unit_test(sizes_are_in_powers_of_1024),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(booleans_are_yes_and_no),
		cmocka_unit_test(lists_have_commas_and_an_end),
		cmocka_unit_test(many_events_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
