/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the builder makes the cursor reads back; what does not fit is left out and said; what points
 * out of a record is refused.
 */
#include "wire/builder.h"
#include "wire/cursor.h"
#include "wire/events.h"
#include "wire/payload.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static _Alignas(8) unsigned char buffer[64 * 1024];

static void a_string_is_read_back_with_its_nul(void **state)
{
	struct builder builder;
	struct payload_open *payload = builder_begin(&builder, buffer, sizeof(buffer),
						     EVENT_AUTH_OPEN);
	struct cursor cursor;
	const char *text = NULL;

	(void)state;
	assert_non_null(payload);
	payload->file.path = builder_string(&builder, "/etc/passwd", 4);
	assert_int_equal(builder_finish(&builder), 0);
	assert_int_equal(cursor_init(&cursor, buffer, builder.used), 0);
	assert_int_equal(cursor_string(&cursor, &payload->file.path, &text), 0);
	assert_string_equal(text, "/etc");
	assert_int_equal(payload->file.path.length, 4);
}

static void an_absent_string_is_null_and_an_empty_one_is_not(void **state)
{
	struct builder builder;
	struct record_string absent = {0};
	struct record_string empty;
	struct cursor cursor;
	const char *text = "";

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_FORK);
	empty = builder_string(&builder, "", 0);
	builder_finish(&builder);
	assert_int_equal(cursor_init(&cursor, buffer, builder.used), 0);
	assert_int_equal(cursor_string(&cursor, &absent, &text), 0);
	assert_null(text);
	assert_int_equal(cursor_string(&cursor, &empty, &text), 0);
	assert_string_equal(text, "");
	absent.length = 1;
	assert_int_equal(cursor_string(&cursor, &absent, &text), -EBADMSG);
}

static void an_array_lies_on_a_multiple_of_8_after_any_string(void **state)
{
	(void)state;
	for (size_t length = 0; length < 16; length++) {
		struct builder builder;
		struct record_array array;
		struct cursor cursor;
		const void *elements = NULL;
		__u64 *numbers;

		builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_EXEC);
		builder_string(&builder, "0123456789abcdef", length);
		numbers = builder_array(&builder, 3, sizeof(*numbers), &array);
		assert_non_null(numbers);
		numbers[2] = 7;
		assert_int_equal(builder_finish(&builder), 0);
		assert_int_equal(builder.used % 8, 0);
		assert_int_equal(array.offset % 8, 0);
		assert_int_equal(cursor_init(&cursor, buffer, builder.used), 0);
		assert_int_equal(cursor_array(&cursor, &array, sizeof(*numbers), &elements), 0);
		assert_int_equal(((const __u64 *)elements)[0], 0);
		assert_int_equal(((const __u64 *)elements)[2], 7);
	}
}

static void what_does_not_fit_is_left_out_and_said(void **state)
{
	struct builder builder;
	struct record_array array;
	struct record_string first;
	struct record_string second;
	size_t room = sizeof(struct record) + payload_size(EVENT_NOTIFY_FORK) + 16;

	(void)state;
	assert_non_null(builder_begin(&builder, buffer, room, EVENT_NOTIFY_FORK));
	assert_int_equal(builder_room(&builder), 16);
	first = builder_string(&builder, "0123456789abcde", 15);
	assert_int_not_equal(first.offset, 0);
	assert_int_equal(builder_room(&builder), 0);
	second = builder_string(&builder, "", 0);
	assert_int_equal(second.offset, 0);
	assert_null(builder_array(&builder, 1, 8, &array));
	assert_int_equal(array.count, 0);
	assert_int_equal(builder_finish(&builder), -ENOBUFS);
	assert_int_equal(builder.record->size, room);
}

static void an_array_larger_than_memory_does_not_fit(void **state)
{
	struct builder builder;
	struct record_array array;

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_FORK);
	assert_null(builder_array(&builder, (size_t)-1, 16, &array));
	assert_int_equal(builder_finish(&builder), -ENOBUFS);
}

static void a_record_that_cannot_begin_is_refused(void **state)
{
	struct builder builder;

	(void)state;
	assert_null(builder_begin(&builder, buffer, sizeof(struct record), EVENT_NOTIFY_FORK));
	assert_null(builder_begin(&builder, buffer, sizeof(buffer), EVENT_LAST));
	assert_null(builder_begin(&builder, buffer + 4, sizeof(buffer) - 8, EVENT_NOTIFY_FORK));
}

static void bytes_that_are_no_record_are_refused(void **state)
{
	struct builder builder;
	struct record *record = (struct record *)buffer;
	struct cursor cursor;
	size_t size;

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_FORK);
	builder_finish(&builder);
	size = builder.used;
	assert_int_equal(cursor_init(&cursor, buffer, size), 0);
	assert_int_equal(cursor_init(&cursor, buffer, size - 8), -EBADMSG);
	assert_int_equal(cursor_init(&cursor, buffer, size + 8), -EBADMSG);
	assert_int_equal(cursor_init(&cursor, buffer, 0), -EBADMSG);
	record->event = EVENT_LAST;
	assert_int_equal(cursor_init(&cursor, buffer, size), -EBADMSG);
	/* The payload of an exec is larger than that of a fork. */
	record->event = EVENT_NOTIFY_EXEC;
	assert_int_equal(cursor_init(&cursor, buffer, size), -EBADMSG);
	record->event = EVENT_NOTIFY_FORK;
	record->version++;
	assert_int_equal(cursor_init(&cursor, buffer, size), -EPROTONOSUPPORT);
}

static void what_points_out_of_the_record_is_refused(void **state)
{
	static const struct record_string strings[] = {
		{.offset = 8, .length = 1}, /* into the fixed part */
		{.offset = sizeof(struct record) - 1, .length = 0},
		{.offset = 0xffffffff, .length = 0},
		{.offset = 0xfffffff8, .length = 0xffffffff},
		{.offset = sizeof(struct record), .length = 0xffffffff},
	};
	static const struct record_array arrays[] = {
		{.offset = 8, .count = 1},
		{.offset = sizeof(struct record) + 4, .count = 1},
		{.offset = sizeof(struct record), .count = 0x20000001},
		{.offset = 0xfffffff8, .count = 1},
		{.offset = 0, .count = 1},
	};
	struct builder builder;
	struct cursor cursor;
	const char *text;
	const void *elements;

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_FORK);
	builder_finish(&builder);
	assert_int_equal(cursor_init(&cursor, buffer, builder.used), 0);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		assert_int_equal(cursor_string(&cursor, &strings[i], &text), -EBADMSG);
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		assert_int_equal(cursor_array(&cursor, &arrays[i], 8, &elements), -EBADMSG);
}

static void a_string_without_its_nul_is_refused(void **state)
{
	struct builder builder;
	struct record_string string;
	struct cursor cursor;
	const char *text;

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_FORK);
	string = builder_string(&builder, "abc", 3);
	builder_finish(&builder);
	assert_int_equal(cursor_init(&cursor, buffer, builder.used), 0);
	string.length = 2;
	assert_int_equal(cursor_string(&cursor, &string, &text), -EBADMSG);
}

static void every_event_has_a_payload_of_whole_words(void **state)
{
	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++)
		assert_int_equal(payload_size(event) % 8, 0);
	assert_int_equal(payload_size(EVENT_LAST), 0);
	assert_int_equal(payload_size(EVENT_AUTH_OPEN), sizeof(struct payload_open));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_is_read_back_with_its_nul),
		cmocka_unit_test(an_absent_string_is_null_and_an_empty_one_is_not),
		cmocka_unit_test(an_array_lies_on_a_multiple_of_8_after_any_string),
		cmocka_unit_test(what_does_not_fit_is_left_out_and_said),
		cmocka_unit_test(an_array_larger_than_memory_does_not_fit),
		cmocka_unit_test(a_record_that_cannot_begin_is_refused),
		cmocka_unit_test(bytes_that_are_no_record_are_refused),
		cmocka_unit_test(what_points_out_of_the_record_is_refused),
		cmocka_unit_test(a_string_without_its_nul_is_refused),
		cmocka_unit_test(every_event_has_a_payload_of_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
