/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public headers against what macOS 27.0 has: each constant's value, each event type's number,
 * each structure's fields in their order, with their types, and its size. What is expected is
 * written in the .def files beside this one, apart from the headers.
 */
#include <EndpointSecurity/ESLinux.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire/events.h"
#include "wire/record.h"

struct constant {
	const char *name;
	long value;
	long expected;
};

struct structure {
	const char *name;
	size_t size;
	size_t expected;
};

enum relation { AFTER_THE_ROW_BEFORE, WHERE_ITS_GROUP_BEGINS };

struct field {
	const char *structure;
	const char *name;
	size_t offset;
	size_t group;
	enum relation relation;
	bool has_type;
};

/* One list of rows that names an enumeration, then its constants. */
static const struct constant constants[] = {
#define ENUMERATION(type, count)
#define CONSTANT(constant, value) {#constant, constant, value},
#include "tests/headers/constants.def"
#undef CONSTANT
#undef ENUMERATION
};

static const struct constant events[] = {
#define EVENT(number, constant) {#constant, ES_EVENT_TYPE_##constant, number},
#include "tests/headers/events.def"
#undef EVENT
};

static const struct structure structures[] = {
#define STRUCTURE(type, size) {#type, sizeof(type), size},
#define FIELD(structure, type, member)
#define GROUP(structure, member)
#define ARM(structure, type, member, group)
#define OPEN_FIELD(structure, type, member)
#include "tests/headers/structures.def"
#undef STRUCTURE
#undef FIELD
#undef GROUP
#undef ARM
#undef OPEN_FIELD
};

#define HAS_TYPE(structure, member, type) \
	__builtin_types_compatible_p(__typeof__(((structure *)0)->member), type)
#define ROW(structure, member, relation, group, has_type) \
	{#structure, #member, offsetof(structure, member), group, relation, has_type},

static const struct field fields[] = {
#define STRUCTURE(type, size)
#define FIELD(structure, type, member) \
	ROW(structure, member, AFTER_THE_ROW_BEFORE, 0, HAS_TYPE(structure, member, type))
#define GROUP(structure, member) ROW(structure, member, AFTER_THE_ROW_BEFORE, 0, true)
#define ARM(structure, type, member, group)                                        \
	ROW(structure, member, WHERE_ITS_GROUP_BEGINS, offsetof(structure, group), \
	    HAS_TYPE(structure, member, type))
#define OPEN_FIELD(structure, type, member) \
	ROW(structure, member, AFTER_THE_ROW_BEFORE, 0, HAS_TYPE(structure, member[0], type))
#include "tests/headers/structures.def"
#undef STRUCTURE
#undef FIELD
#undef GROUP
#undef ARM
#undef OPEN_FIELD
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void every_constant_has_its_value(void **state)
{
	size_t expected = 0;

	(void)state;
#define ENUMERATION(type, count) expected += (count);
#define CONSTANT(constant, value)
#include "tests/headers/constants.def"
#undef CONSTANT
#undef ENUMERATION
	assert_int_equal(COUNT(constants), expected);
	for (size_t row = 0; row < COUNT(constants); row++) {
		if (constants[row].value != constants[row].expected)
			print_error("%s\n", constants[row].name);
		assert_int_equal(constants[row].value, constants[row].expected);
	}
}

static void every_enumeration_is_as_wide_as_an_int(void **state)
{
	(void)state;
#define ENUMERATION(type, count) assert_int_equal(sizeof(type), sizeof(int));
#define CONSTANT(constant, value)
#include "tests/headers/constants.def"
#undef CONSTANT
#undef ENUMERATION
	assert_int_equal(sizeof(es_event_type_t), sizeof(int));
}

static size_t count_events(const char *action)
{
	size_t count = 0;

	for (size_t row = 0; row < COUNT(events); row++)
		count += strncmp(events[row].name, action, strlen(action)) == 0;
	return count;
}

static void every_event_type_has_its_number(void **state)
{
	(void)state;
	assert_int_equal(COUNT(events), 162);
	for (size_t row = 0; row < COUNT(events); row++) {
		if (events[row].value != events[row].expected)
			print_error("%s\n", events[row].name);
		assert_int_equal(events[row].expected, row);
		assert_int_equal(events[row].value, row);
	}
	assert_int_equal(ES_EVENT_TYPE_LAST, COUNT(events));
	assert_int_equal(count_events("AUTH_"), 47);
	assert_int_equal(count_events("NOTIFY_"), 106);
	assert_int_equal(count_events("RESERVED_"), 9);
}

/* The tree's own list of events names those of the public header, and payloads that are in it. */
static void the_list_of_events_is_the_same_on_both_sides(void **state)
{
	static const struct constant listed[] = {
#define EVENT_ROW(number, constant, ...) {#constant, ES_EVENT_TYPE_##constant, number},
		WIRE_EVENTS(EVENT_ROW)
#undef EVENT_ROW
	};

	(void)state;
	assert_int_equal(COUNT(listed), COUNT(events));
	for (size_t row = 0; row < COUNT(listed); row++) {
		assert_int_equal(listed[row].expected, row);
		assert_int_equal(listed[row].value, row);
		assert_string_equal(listed[row].name, events[row].name);
	}
}

/* What a record says is missing goes into messages bit by bit. */
static void what_is_missing_has_the_same_bits_on_both_sides(void **state)
{
	(void)state;
#define SAME_BIT(name) assert_int_equal(ES_LINUX_MISSING_##name, RECORD_MISSING_##name)
	SAME_BIT(PROCESS);
	SAME_BIT(EXECUTABLE);
	SAME_BIT(ARGUMENTS);
	SAME_BIT(ENVIRONMENT);
	SAME_BIT(WORKING_DIRECTORY);
	SAME_BIT(DESCRIPTORS);
	SAME_BIT(FLAGS);
	SAME_BIT(PATH);
	SAME_BIT(SOURCE);
	SAME_BIT(TIMES);
	SAME_BIT(STAT);
	SAME_BIT(THREAD);
	SAME_BIT(STATUS);
#undef SAME_BIT
}

static void every_structure_has_its_size(void **state)
{
	(void)state;
	assert_int_equal(COUNT(structures), 133);
	for (size_t row = 0; row < COUNT(structures); row++) {
		if (structures[row].size != structures[row].expected)
			print_error("%s\n", structures[row].name);
		assert_int_equal(structures[row].size, structures[row].expected);
	}
}

static void every_field_has_its_type(void **state)
{
	(void)state;
	for (size_t row = 0; row < COUNT(fields); row++) {
		if (!fields[row].has_type)
			print_error("%s.%s\n", fields[row].structure, fields[row].name);
		assert_true(fields[row].has_type);
	}
}

static bool lies_right(const struct field *field, const struct field *before)
{
	if (field->relation == WHERE_ITS_GROUP_BEGINS)
		return field->offset == field->group;
	if (!before || strcmp(before->structure, field->structure) != 0)
		return field->offset == 0;
	return field->offset > before->offset;
}

static void the_fields_are_in_order(void **state)
{
	(void)state;
	for (size_t row = 0; row < COUNT(fields); row++) {
		bool right = lies_right(&fields[row], row > 0 ? &fields[row - 1] : NULL);

		if (!right)
			print_error("%s.%s\n", fields[row].structure, fields[row].name);
		assert_true(right);
	}
}

static void the_old_name_of_a_mounted_file_system_is_its_type(void **state)
{
	es_statfs_t mounted = {.f_mntonname = "/mnt"};
	es_event_mount_t mount = {.statfs = &mounted};

	(void)state;
	assert_string_equal(mount.statfs->f_mntonname, "/mnt");
}

static void the_times_of_a_file_have_the_names_of_macos(void **state)
{
	es_file_t file = {.stat = {.st_mtim = {.tv_sec = 2, .tv_nsec = 3}}};

	(void)state;
	assert_int_equal(file.stat.st_mtimespec.tv_sec, 2);
	assert_int_equal(file.stat.st_mtimespec.tv_nsec, 3);
	assert_ptr_equal(&file.stat.st_atimespec, &file.stat.st_atim);
	assert_ptr_equal(&file.stat.st_ctimespec, &file.stat.st_ctim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_constant_has_its_value),
		cmocka_unit_test(every_enumeration_is_as_wide_as_an_int),
		cmocka_unit_test(every_event_type_has_its_number),
		cmocka_unit_test(the_list_of_events_is_the_same_on_both_sides),
		cmocka_unit_test(what_is_missing_has_the_same_bits_on_both_sides),
		cmocka_unit_test(every_structure_has_its_size),
		cmocka_unit_test(every_field_has_its_type),
		cmocka_unit_test(the_fields_are_in_order),
		cmocka_unit_test(the_old_name_of_a_mounted_file_system_is_its_type),
		cmocka_unit_test(the_times_of_a_file_have_the_names_of_macos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
