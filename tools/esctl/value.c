/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts for the values that the daemon reports, and the way from a list of objects to a table.
 * Owns nothing but the table while it is printed.
 */
#include "tools/esctl/value.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NANOSECONDS INT64_C(1000000000)

struct unit {
	double size;
	const char *name;
};

struct json_object *value_member(struct json_object *object, const char *key)
{
	struct json_object *member = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &member);
	return member;
}

static bool is_nothing(struct json_object *value, char text[VALUE_TEXT_MAX])
{
	if (value && !json_object_is_type(value, json_type_null))
		return false;
	strcpy(text, "-");
	return true;
}

void value_plain(struct json_object *value, char text[VALUE_TEXT_MAX])
{
	const char *words;

	if (is_nothing(value, text))
		return;
	words = json_object_get_string(value);
	if (json_object_is_type(value, json_type_boolean))
		words = json_object_get_boolean(value) ? "yes" : "no";
	snprintf(text, VALUE_TEXT_MAX, "%s", *words ? words : "-");
}

/* In the largest unit that leaves a 1 before the point; with one decimal below 10. */
static void in_units(double value, const struct unit *units, char text[VALUE_TEXT_MAX])
{
	double number;

	while (units[1].name && value >= units[1].size)
		units++;
	number = value / units->size;
	snprintf(text, VALUE_TEXT_MAX, number < 10 && units->size > 1 ? "%.1f %s" : "%.0f %s",
		 number, units->name);
}

void value_age(struct json_object *value, char text[VALUE_TEXT_MAX])
{
	static const struct unit units[] = {{1, "ns"},	    {1e3, "us"},   {1e6, "ms"},
					    {1e9, "s"},	    {60e9, "min"}, {3600e9, "h"},
					    {86400e9, "d"}, {0, NULL}};

	if (!is_nothing(value, text))
		in_units((double)json_object_get_int64(value), units, text);
}

void value_size(struct json_object *value, char text[VALUE_TEXT_MAX])
{
	static const struct unit units[] = {{1, "B"},
					    {1024, "KiB"},
					    {1024 * 1024, "MiB"},
					    {1024. * 1024 * 1024, "GiB"},
					    {0, NULL}};

	if (!is_nothing(value, text))
		in_units((double)json_object_get_int64(value), units, text);
}

/* The first `count` texts of an array, with commas. */
static void join(struct json_object *array, size_t count, char text[VALUE_TEXT_MAX])
{
	const size_t last = VALUE_TEXT_MAX - sizeof(",... and 18446744073709551615 more");
	size_t used = 0;

	strcpy(text, count ? "" : "-");
	for (size_t index = 0; index < count; index++) {
		const char *word = json_object_get_string(json_object_array_get_idx(array, index));

		if (used + strlen(word) + 1 > last) {
			strcpy(text + used, ",...");
			return;
		}
		used += (size_t)snprintf(text + used, VALUE_TEXT_MAX - used, "%s%s",
					 index ? "," : "", word);
	}
}

void value_list(struct json_object *value, char text[VALUE_TEXT_MAX])
{
	bool array = json_object_is_type(value, json_type_array);

	join(value, array ? json_object_array_length(value) : 0, text);
}

void value_events(struct json_object *value, char text[VALUE_TEXT_MAX])
{
	size_t length, named;

	if (!json_object_is_type(value, json_type_array)) {
		strcpy(text, "all");
		return;
	}
	length = json_object_array_length(value);
	/* "and 1 more" is no shorter than its name. */
	named = length > VALUE_EVENTS_NAMED + 1 ? VALUE_EVENTS_NAMED : length;
	join(value, named, text);
	if (named < length)
		snprintf(text + strlen(text), VALUE_TEXT_MAX - strlen(text), " and %zu more",
			 length - named);
}

void value_moment(struct json_object *value, char text[VALUE_TEXT_MAX])
{
	struct tm fields;
	time_t seconds;

	if (is_nothing(value, text))
		return;
	seconds = (time_t)(json_object_get_int64(value) / NANOSECONDS);
	localtime_r(&seconds, &fields);
	strftime(text, VALUE_TEXT_MAX, "%F %T", &fields);
}

int value_print_list(struct json_object *array, const struct value_column *columns,
		     unsigned int count)
{
	struct table_column shown[TABLE_COLUMNS_MAX] = {0};
	OWNED(table_free) struct table *table = table_new(shown, count);
	size_t rows = json_object_is_type(array, json_type_array) ? json_object_array_length(array)
								  : 0;
	unsigned int width = table_terminal_width(stdout);
	char text[VALUE_TEXT_MAX];

	if (!table)
		return -ENOMEM;
	for (unsigned int column = 0; column < count; column++)
		shown[column] = (struct table_column){columns[column].title, columns[column].right,
						      columns[column].elastic};
	for (size_t row = 0; row < rows; row++) {
		struct json_object *object = json_object_array_get_idx(array, row);

		for (unsigned int column = 0; column < count; column++) {
			columns[column].format(value_member(object, columns[column].key), text);
			if (table_add(table, text) < 0)
				return -ENOMEM;
		}
	}
	table_print(table, stdout, width, width > 0);
	return 0;
}

void value_print_members(struct json_object *object, const struct value_column *rows,
			 unsigned int count)
{
	char text[VALUE_TEXT_MAX];

	for (unsigned int row = 0; row < count; row++) {
		rows[row].format(value_member(object, rows[row].key), text);
		printf("%-16s %s\n", rows[row].title, text);
	}
}
