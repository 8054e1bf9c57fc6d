/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First bytes of programs, and lists of strings in records.
 */
#include "daemon/engine/fanotify/image.h"

#include "base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_script_names_its_interpreter(void **state)
{
	static const struct {
		const char *head;
		const char *path; /* NULL: none */
		int result;
	} rows[] = {
		{"#!/bin/sh\n", "/bin/sh", 0},
		{"#! \t/usr/bin/env python3\n", "/usr/bin/env", 0},
		{"#!x\n", "x", 0},
		{"#!\n", NULL, -EBADMSG},
		{"#!/bin/s", NULL, -EBADMSG},
		{"#!", NULL, -EBADMSG},
		{"#", NULL, -ENOENT},
		{"", NULL, -ENOENT},
		{"echo\n", NULL, -ENOENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = NULL;
		size_t length = 0;

		assert_int_equal(
			image_interpreter(rows[i].head, strlen(rows[i].head), &path, &length),
			rows[i].result);
		if (!rows[i].path)
			continue;
		assert_int_equal(length, strlen(rows[i].path));
		assert_memory_equal(path, rows[i].path, length);
	}
}

static void an_elf_file_names_its_machine(void **state)
{
	unsigned char head[20] = {0x7f, 'E', 'L', 'F'};
	unsigned int machine = 0;
	struct payload_exec payload = {0};

	(void)state;
	head[18] = EM_X86_64;
	assert_true(image_elf_machine(head, sizeof(head), &machine));
	assert_int_equal(machine, EM_X86_64);
	for (size_t length = 0; length < sizeof(head); length++)
		assert_false(image_elf_machine(head, length, &machine));
	image_machine(machine, &payload);
	assert_int_equal(payload.image_cputype.value, 0x01000007);
}

static void strings_become_an_array(void **state)
{
	static _Alignas(8) unsigned char buffer[4096];
	static const char text[] = "one\0\0three";
	struct record_array array = {0};
	const struct record_string *strings;
	struct builder builder;

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_EXEC);
	assert_true(image_put_strings(&builder, text, sizeof(text), &array));
	assert_int_equal(array.count, 3);
	strings = (const void *)(buffer + array.offset);
	assert_string_equal(buffer + strings[0].offset, "one");
	assert_int_equal(strings[1].length, 0);
	assert_string_equal(buffer + strings[2].offset, "three");
	assert_int_equal(builder_finish(&builder), 0);
}

static void strings_without_room_are_left_out_whole(void **state)
{
	static _Alignas(8) unsigned char buffer[4096];
	static char text[4096];
	struct record_array array = {0};
	struct builder builder;

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_EXEC);
	assert_false(image_put_strings(&builder, text, sizeof(text), &array));
	assert_int_equal(array.count, 0);
	assert_int_equal(builder_finish(&builder), 0);
}

static void a_list_that_is_cut_keeps_its_whole_strings(void **state)
{
	static _Alignas(8) unsigned char buffer[4096];
	struct record_array array = {0};
	struct builder builder;

	(void)state;
	builder_begin(&builder, buffer, sizeof(buffer), EVENT_NOTIFY_EXEC);
	assert_false(image_put_strings(&builder, "one\0tw", 6, &array));
	assert_int_equal(array.count, 1);
}

static void a_path_is_opened_as_a_process_sees_it(void **state)
{
	OWNED_DESCRIPTOR int root = image_open_seen_by(getpid(), "/", 1);

	(void)state;
	assert_true(root >= 0);
	assert_true(image_open_seen_by(getpid(), "/no/such/file", 13) < 0);
	assert_int_equal(image_open_seen_by(getpid(), "", 0), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_names_its_interpreter),
		cmocka_unit_test(an_elf_file_names_its_machine),
		cmocka_unit_test(strings_become_an_array),
		cmocka_unit_test(strings_without_room_are_left_out_whole),
		cmocka_unit_test(a_list_that_is_cut_keeps_its_whole_strings),
		cmocka_unit_test(a_path_is_opened_as_a_process_sees_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
