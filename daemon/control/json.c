/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts numbers, names and paths into JSON objects. Paths are bytes and JSON is UTF-8, so texts are
 * made valid on the way in; all else is json-c's.
 */
#include "daemon/control/json.h"

#include "base/cleanup.h"

#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

/* Length of the valid UTF-8 sequence that begins here, 0 if there is none. */
static size_t sequence_length(const unsigned char *bytes, size_t size)
{
	static const struct {
		unsigned char mask, lead;
		unsigned int length, least;
	} forms[] = {{0x80, 0x00, 1, 0},
		     {0xe0, 0xc0, 2, 0x80},
		     {0xf0, 0xe0, 3, 0x800},
		     {0xf8, 0xf0, 4, 0x10000}};

	for (unsigned int form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
		unsigned int code = bytes[0] & (unsigned char)~forms[form].mask;

		if ((bytes[0] & forms[form].mask) != forms[form].lead)
			continue;
		if (forms[form].length > size)
			return 0;
		for (unsigned int index = 1; index < forms[form].length; index++) {
			if ((bytes[index] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (bytes[index] & 0x3f);
		}
		if (code < forms[form].least || code > 0x10ffff || (code >> 11) == 0x1b)
			return 0;
		return forms[form].length;
	}
	return 0;
}

void json_add_text(struct json_object *object, const char *key, const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;
	OWNED_MEMORY char *clean = NULL;
	size_t used = 0;

	size = strnlen(text, size);
	clean = malloc(size * (sizeof(replacement) - 1) + 1);
	if (!clean)
		return;
	for (size_t index = 0; index < size;) {
		size_t length = sequence_length(bytes + index, size - index);

		if (length > 0)
			memcpy(clean + used, bytes + index, length);
		else
			memcpy(clean + used, replacement, sizeof(replacement) - 1);
		used += length > 0 ? length : sizeof(replacement) - 1;
		index += length > 0 ? length : 1;
	}
	json_object_object_add(object, key, json_object_new_string_len(clean, (int)used));
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

void json_add_truth(struct json_object *object, const char *key, bool truth)
{
	json_object_object_add(object, key, json_object_new_boolean(truth));
}

void json_add_null(struct json_object *object, const char *key)
{
	json_object_object_add(object, key, NULL);
}

struct json_object *json_add_array(struct json_object *object, const char *key)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(object, key, array);
	return array;
}

const char *json_event(unsigned int event)
{
	const struct event_description *description = event_describe(event);

	return description ? description->constant : "UNKNOWN";
}

void json_add_events(struct json_object *object, const char *key, const struct event_set *events)
{
	struct json_object *array = json_add_array(object, key);

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		if (event_set_has(events, event))
			json_object_array_add(array, json_object_new_string(json_event(event)));
}

char *json_text(struct json_object *object)
{
	const char *text;
	char *copy;

	if (!object)
		return NULL;
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	copy = text ? strdup(text) : NULL;
	json_object_put(object);
	return copy;
}
