/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a report as texts for people, and lists of a report as tables.
 */
#ifndef SLUICE_TOOLS_ESCTL_VALUE_H
#define SLUICE_TOOLS_ESCTL_VALUE_H

#include "tools/esctl/table.h"

#include <json-c/json.h>

enum {
	VALUE_TEXT_MAX = 4096, /* a longer list is cut, and ends with "..." */
	VALUE_EVENTS_NAMED = 4,
};

/* Writes the value as text; NULL and null are "-". */
typedef void value_format(struct json_object *value, char text[VALUE_TEXT_MAX]);

value_format value_plain; /* numbers, booleans, texts */
value_format value_age; /* nanoseconds as 1.5 s, 20 ms, 3 min ... */
value_format value_size; /* bytes as 4 MiB */
value_format value_list; /* an array of texts, with commas */
value_format value_events; /* the same, but null is "all", and of many only the first are named */
value_format value_moment; /* nanoseconds since 1970, as local time */

struct value_column {
	const char *title;
	const char *key;
	value_format *format;
	bool right;
	bool elastic;
};

/* The member `key` of an object, NULL if there is none or `object` is none. */
struct json_object *value_member(struct json_object *object, const char *key);

/* Prints the objects of an array, a row each. 0 or -ENOMEM. */
int value_print_list(struct json_object *array, const struct value_column *columns,
		     unsigned int count);
/* Prints members of one object, a line each: title and value. */
void value_print_members(struct json_object *object, const struct value_column *rows,
			 unsigned int count);

#endif
