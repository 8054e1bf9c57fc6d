/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of tools/eslogger/json.c: each kind of value as text, at its edges, and what happens when
 * the buffer is full. Strings are also read back by json-c, as another opinion.
 */
#include "tools/eslogger/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <json-c/json.h>

static char text[8192];
static struct json json;

static const char *written(void)
{
	text[json.used] = '\0';
	return text;
}

static void start(void)
{
	json_init(&json, text, sizeof(text) - 1);
}

static const char *string_of(const char *bytes, size_t length)
{
	start();
	json_string(&json, bytes, length);
	return written();
}

static void plain_text_is_copied(void **state)
{
	(void)state;
	assert_string_equal(string_of("", 0), "\"\"");
	assert_string_equal(string_of("a", 1), "\"a\"");
	assert_string_equal(string_of("exactly8", 8), "\"exactly8\"");
	assert_string_equal(string_of("more than eight bytes", 21), "\"more than eight bytes\"");
	assert_string_equal(string_of("\x7f", 1), "\"\x7f\"");
}

static void slashes_quotes_and_backslashes_are_escaped_wherever_they_stand(void **state)
{
	(void)state;
	for (size_t place = 0; place < 24; place++) {
		static const char specials[] = "/\"\\";

		for (size_t special = 0; special < 3; special++) {
			char bytes[24], expected[32];

			memset(bytes, 'x', sizeof(bytes));
			bytes[place] = specials[special];
			memset(expected, 0, sizeof(expected));
			memset(expected, 'x', 27);
			expected[0] = expected[26] = '"';
			expected[1 + place] = '\\';
			expected[2 + place] = specials[special];
			assert_string_equal(string_of(bytes, sizeof(bytes)), expected);
		}
	}
	assert_string_equal(string_of("/usr/bin/true", 13), "\"\\/usr\\/bin\\/true\"");
}

static void control_characters_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(string_of("\b\f\n\r\t", 5), "\"\\b\\f\\n\\r\\t\"");
	assert_string_equal(string_of("\0\x01\x1f", 3), "\"\\u0000\\u0001\\u001f\"");
	assert_string_equal(string_of("1234567\n", 8), "\"1234567\\n\"");
}

static void valid_utf_8_stays_as_it_is(void **state)
{
	static const char *const samples[] = {
		"\xc2\x80",	"\xdf\xbf",	    "\xe0\xa0\x80",	"\xed\x9f\xbf",
		"\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "gr\xc3\xbc\xc3\x9f dich",
	};

	(void)state;
	for (size_t sample = 0; sample < sizeof(samples) / sizeof(samples[0]); sample++) {
		size_t length = strlen(samples[sample]);
		const char *result = string_of(samples[sample], length);

		assert_int_equal(strlen(result), length + 2);
		assert_memory_equal(result + 1, samples[sample], length);
	}
}

#define REPLACED "\xef\xbf\xbd"
static void each_byte_of_no_valid_sequence_is_replaced(void **state)
{
	static const struct {
		const char *bytes, *expected;
	} samples[] = {
		{"\x80", "\"" REPLACED "\""}, /* a continuation alone */
		{"\xc0\xaf", "\"" REPLACED REPLACED "\""}, /* longer than need be */
		{"\xe0\x80\x80", "\"" REPLACED REPLACED REPLACED "\""},
		{"\xed\xa0\x80", "\"" REPLACED REPLACED REPLACED "\""}, /* a surrogate */
		{"\xf4\x90\x80\x80", "\"" REPLACED REPLACED REPLACED REPLACED "\""}, /* too high */
		{"\xf5", "\"" REPLACED "\""},
		{"\xff", "\"" REPLACED "\""},
		{"a\xe2\x82", "\"a" REPLACED REPLACED "\""}, /* cut off */
		{"\xc3(", "\"" REPLACED "(\""},
		{"\xe2\x82(", "\"" REPLACED REPLACED "(\""},
	};

	(void)state;
	for (size_t sample = 0; sample < sizeof(samples) / sizeof(samples[0]); sample++)
		assert_string_equal(string_of(samples[sample].bytes, strlen(samples[sample].bytes)),
				    samples[sample].expected);
}

static void any_bytes_give_a_string_that_another_parser_reads(void **state)
{
	uint32_t random = 2463534242;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct json_tokener *tokener = json_tokener_new();
		struct json_object *value;
		char bytes[64];
		size_t length;

		for (size_t index = 0; index < sizeof(bytes); index++) {
			random ^= random << 13;
			random ^= random >> 17;
			random ^= random << 5;
			bytes[index] = (char)(random >> 11);
		}
		length = (unsigned char)bytes[0] % sizeof(bytes);
		string_of(bytes, length);
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		value = json_tokener_parse_ex(tokener, text, (int)json.used + 1);
		assert_non_null(value);
		assert_true(json_object_is_type(value, json_type_string));
		json_object_put(value);
		json_tokener_free(tokener);
	}
}

static void numbers_are_written_at_their_edges(void **state)
{
	static const uint64_t numbers[] = {
		0, 9, 10, 99, 100, 4294967295, 1152921500312420530, UINT64_MAX};
	static const int64_t signed_numbers[] = {0, -1, 1, -100, INT64_MIN, INT64_MAX};

	(void)state;
	for (size_t index = 0; index < sizeof(numbers) / sizeof(numbers[0]); index++) {
		start();
		json_unsigned(&json, numbers[index]);
		assert_int_equal(strtoull(written(), NULL, 10), numbers[index]);
		assert_true(text[0] != '0' || json.used == 1);
	}
	for (size_t index = 0; index < sizeof(signed_numbers) / sizeof(signed_numbers[0]);
	     index++) {
		start();
		json_signed(&json, signed_numbers[index]);
		assert_int_equal(strtoll(written(), NULL, 10), signed_numbers[index]);
	}
	start();
	json_unsigned(&json, UINT64_MAX);
	assert_string_equal(written(), "18446744073709551615");
	start();
	json_signed(&json, INT64_MIN);
	assert_string_equal(written(), "-9223372036854775808");
}

static const char *time_of(int64_t seconds, int64_t fraction, unsigned int digits)
{
	start();
	json_time(&json, seconds, fraction, digits);
	return written();
}

static void times_have_nine_or_six_digits(void **state)
{
	(void)state;
	assert_string_equal(time_of(1683469484, 366219837, JSON_NANOSECONDS),
			    "\"2023-05-07T14:24:44.366219837Z\"");
	assert_string_equal(time_of(1683469484, 366137, JSON_MICROSECONDS),
			    "\"2023-05-07T14:24:44.366137Z\"");
	assert_string_equal(time_of(0, 0, JSON_NANOSECONDS), "\"1970-01-01T00:00:00.000000000Z\"");
	assert_string_equal(time_of(0, 7, JSON_MICROSECONDS), "\"1970-01-01T00:00:00.000007Z\"");
}

static void times_agree_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t seconds = -62135596800; seconds < 253402300800;
	     seconds += 86400 * 37 + 12345) {
		time_t time = (time_t)seconds;
		struct tm fields;
		char expected[64];

		gmtime_r(&time, &fields);
		/* The year by hand: strftime does not pad it to four digits. */
		snprintf(expected, sizeof(expected), "\"%04d-%02d-%02dT%02d:%02d:%02d.000000001Z\"",
			 fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday, fields.tm_hour,
			 fields.tm_min, fields.tm_sec);
		assert_string_equal(time_of(seconds, 1, JSON_NANOSECONDS), expected);
	}
}

static void impossible_times_are_cut_to_possible_ones(void **state)
{
	(void)state;
	assert_string_equal(time_of(INT64_MAX, INT64_MAX, JSON_NANOSECONDS),
			    "\"9999-12-31T23:59:59.999999999Z\"");
	assert_string_equal(time_of(INT64_MIN, INT64_MIN, JSON_MICROSECONDS),
			    "\"0000-03-01T00:00:00.000000Z\"");
}

static void a_date_is_made_anew_for_another_day(void **state)
{
	(void)state;
	start();
	json_time(&json, 86399, 0, JSON_MICROSECONDS);
	json_time(&json, 86400, 0, JSON_MICROSECONDS);
	json_time(&json, 86399, 0, JSON_MICROSECONDS);
	assert_string_equal(written(),
			    "\"1970-01-01T23:59:59.000000Z\"\"1970-01-02T00:00:00.000000Z\""
			    "\"1970-01-01T23:59:59.000000Z\"");
}

static void bytes_are_upper_case_hexadecimal(void **state)
{
	static const uint8_t bytes[16] = {0x1f, 0xe3, 0xc3, 0x0e, 0x51, 0xcc, 0x46, 0x64,
					  0x01, 0xa7, 0x70, 0xa4, 0x6a, 0x24, 0xb7, 0x9f};

	(void)state;
	start();
	json_hexadecimal(&json, bytes, 4);
	assert_string_equal(written(), "\"1FE3C30E\"");
	start();
	json_hexadecimal(&json, bytes, 0);
	assert_string_equal(written(), "\"\"");
	start();
	json_uuid(&json, bytes);
	assert_string_equal(written(), "\"1FE3C30E-51CC-4664-01A7-70A46A24B79F\"");
}

static void a_full_buffer_is_remembered_and_never_overrun(void **state)
{
	(void)state;
	for (size_t capacity = 0; capacity < 64; capacity++) {
		memset(text, '#', sizeof(text));
		json_init(&json, text, capacity);
		json_literal(&json, "[");
		json_string(&json, "/a string with \x01 in it/", 24);
		json_time(&json, 0, 0, JSON_NANOSECONDS);
		json_hexadecimal(&json, (const uint8_t *)"12345678", 8);
		json_uuid(&json, (const uint8_t *)"0123456789abcdef");
		json_signed(&json, -123456789);
		json_boolean(&json, true);
		json_null(&json);
		assert_true(json.overflow);
		assert_true(json.used <= capacity);
		assert_int_equal(text[capacity], '#');
	}
	json_init(&json, text, 64);
	json_string(&json, text, SIZE_MAX / 2);
	json_hexadecimal(&json, (const uint8_t *)text, SIZE_MAX - 1);
	assert_true(json.overflow);
	assert_int_equal(json.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_is_copied),
		cmocka_unit_test(slashes_quotes_and_backslashes_are_escaped_wherever_they_stand),
		cmocka_unit_test(control_characters_are_escaped),
		cmocka_unit_test(valid_utf_8_stays_as_it_is),
		cmocka_unit_test(each_byte_of_no_valid_sequence_is_replaced),
		cmocka_unit_test(any_bytes_give_a_string_that_another_parser_reads),
		cmocka_unit_test(numbers_are_written_at_their_edges),
		cmocka_unit_test(times_have_nine_or_six_digits),
		cmocka_unit_test(times_agree_with_the_c_library),
		cmocka_unit_test(impossible_times_are_cut_to_possible_ones),
		cmocka_unit_test(a_date_is_made_anew_for_another_day),
		cmocka_unit_test(bytes_are_upper_case_hexadecimal),
		cmocka_unit_test(a_full_buffer_is_remembered_and_never_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
