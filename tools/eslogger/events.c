/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of events (events.def) as tables: by name, for the command line, and by type, for the
 * encoder. Everything here is constant but for the rows of the distance between two names.
 */
#include "tools/eslogger/events.h"

#include "tools/eslogger/payloads.h"

#include <string.h>

enum { NAME_MAX_LENGTH = 40 };

/* Newer payloads lie behind a pointer: their member's type is not the payload's own. */
#define IS_INDIRECT(name)                                                       \
	(!__builtin_types_compatible_p(__typeof__(((es_events_t *)NULL)->name), \
				       es_event_##name##_t))
#define EVENT_ROW(member, constant)                 \
	{.name = #member,                           \
	 .notify = ES_EVENT_TYPE_NOTIFY_##constant, \
	 .fields = payload_fields_##member,         \
	 .indirect = IS_INDIRECT(member),           \
	 .key = "{\"" #member "\":",                \
	 .key_length = sizeof(#member) + 3},
const struct event events[EVENTS_COUNT] = {ESLOGGER_EVENTS(EVENT_ROW, EVENT_ROW)};

enum event_index {
#define EVENT_INDEX(member, constant) INDEX_##member,
	ESLOGGER_EVENTS(EVENT_INDEX, EVENT_INDEX) INDEX_COUNT
};
_Static_assert((int)INDEX_COUNT == (int)EVENTS_COUNT, "every event of the API has its row");

/* One more than the index, so that 0 is no event. */
#define NOTIFY_TYPE(member, constant) [ES_EVENT_TYPE_NOTIFY_##constant] = INDEX_##member + 1,
#define BOTH_TYPES(member, constant) \
	NOTIFY_TYPE(member, constant)[ES_EVENT_TYPE_AUTH_##constant] = INDEX_##member + 1,
static const unsigned char by_type[ES_EVENT_TYPE_LAST] = {ESLOGGER_EVENTS(NOTIFY_TYPE, BOTH_TYPES)};

const struct event *event_of_type(es_event_type_t type)
{
	unsigned int number = type;

	if (number >= ES_EVENT_TYPE_LAST || !by_type[number])
		return NULL;
	return &events[by_type[number] - 1];
}

const struct event *event_named(const char *name)
{
	for (size_t index = 0; index < EVENTS_COUNT; index++)
		if (strcmp(events[index].name, name) == 0)
			return &events[index];
	return NULL;
}

static size_t least(size_t first, size_t second, size_t third)
{
	size_t lower = first < second ? first : second;

	return lower < third ? lower : third;
}

/* How many letters must be put in, taken out or exchanged to make one name of the other. */
static size_t distance(const char *name, const char *other)
{
	size_t row[NAME_MAX_LENGTH + 1], length = strlen(other);

	for (size_t column = 0; column <= length; column++)
		row[column] = column;
	for (size_t line = 0; name[line]; line++) {
		size_t diagonal = row[0];

		row[0] = line + 1;
		for (size_t column = 1; column <= length; column++) {
			size_t above = row[column];
			size_t exchanged = diagonal + (name[line] != other[column - 1]);

			row[column] = least(above + 1, row[column - 1] + 1, exchanged);
			diagonal = above;
		}
	}
	return row[length];
}

const struct event *event_nearest(const char *name)
{
	const struct event *nearest = NULL;
	size_t length = strlen(name), lowest = length / 2 + 1;

	if (length > NAME_MAX_LENGTH)
		return NULL;
	for (size_t index = 0; index < EVENTS_COUNT; index++) {
		size_t far = distance(name, events[index].name);

		if (far < lowest) {
			lowest = far;
			nearest = &events[index];
		}
	}
	return nearest;
}
