/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events by name and by number, and what is known of each.
 */
#ifndef SLUICE_TOOLS_ESLOGGER_EVENTS_H
#define SLUICE_TOOLS_ESLOGGER_EVENTS_H

#include "tools/eslogger/field.h"

struct event {
	const char *name; /* "open" */
	const struct field *fields; /* of the payload */
	const char *key; /* {"open": */
	unsigned int key_length;
	es_event_type_t notify;
	bool indirect; /* es_events_t holds a pointer to the payload */
};

enum { EVENTS_COUNT = 106 };

/* In the order of their names. */
extern const struct event events[EVENTS_COUNT];

/* The event of a type, in its AUTH or its NOTIFY form; NULL if there is none. */
const struct event *event_of_type(es_event_type_t type);

/* By name; NULL if there is none. */
const struct event *event_named(const char *name);

/* The one whose name is most like this text, for a suggestion; NULL if none is like it. */
const struct event *event_nearest(const char *name);

#endif
