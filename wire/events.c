/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of events (wire/events.h) as a table, for those who look an event up by number or by
 * name. Owns nothing that changes.
 */
#include "wire/events.h"

#include <stddef.h>
#include <string.h>

const struct event_description event_descriptions[EVENT_LAST] = {
#define EVENT_ROW(number, name, kind, short_name, cacheable, target_count) \
	[number] = {                                                       \
		.constant = #name,                                         \
		.member = #short_name,                                     \
		.action = EVENT_ACTION_##kind,                             \
		.cache = EVENT_CACHE_##cacheable,                          \
		.targets = target_count,                                   \
	},
	WIRE_EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

const struct event_description *event_describe(unsigned int event)
{
	return event < EVENT_LAST ? &event_descriptions[event] : NULL;
}

int event_find(const char *member, enum event_action action)
{
	for (int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = &event_descriptions[event];

		if (description->action == action && strcmp(description->member, member) == 0)
			return event;
	}
	return -1;
}

int event_counterpart(unsigned int event)
{
	const struct event_description *description = event_describe(event);

	if (!description || description->action == EVENT_ACTION_RESERVED)
		return -1;
	return event_find(description->member, description->action == EVENT_ACTION_AUTH
						       ? EVENT_ACTION_NOTIFY
						       : EVENT_ACTION_AUTH);
}
