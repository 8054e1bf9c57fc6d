/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a report's objects, in the forms that docs/decisions/0041-reports.md lays down.
 */
#ifndef SLUICE_DAEMON_CONTROL_JSON_H
#define SLUICE_DAEMON_CONTROL_JSON_H

#include "wire/events.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cut at the NUL or after size bytes; bytes that are not UTF-8 become U+FFFD. */
void json_add_text(struct json_object *object, const char *key, const char *text, size_t size);
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_truth(struct json_object *object, const char *key, bool truth);
void json_add_null(struct json_object *object, const char *key);
/* A new array under key, the object's. */
struct json_object *json_add_array(struct json_object *object, const char *key);
/* An event's name, "AUTH_OPEN". */
const char *json_event(unsigned int event);
/* A list of such names. */
void json_add_events(struct json_object *object, const char *key, const struct event_set *events);

/* The object's text, the caller's; NULL: out of memory, or there is no object. Puts the object. */
char *json_text(struct json_object *object);

/* The name an array of names has for this number. */
#define ADD_NAME(object, key, names, index)                                                 \
	json_object_object_add(                                                             \
		object, key,                                                                \
		json_object_new_string((size_t)(index) < sizeof(names) / sizeof((names)[0]) \
					       ? (names)[index]                             \
					       : "unknown"))
#define ADD_TEXT(object, key, array) json_add_text(object, key, array, sizeof(array))

#endif
