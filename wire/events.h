/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event types by number, sets of them, and what the one list (wire/events.def) says of each.
 *
 * Pure: compiles as BPF and as C.
 */
#ifndef SLUICE_WIRE_EVENTS_H
#define SLUICE_WIRE_EVENTS_H

#include "wire/events.def"

#include <linux/types.h>

enum event_type {
#define EVENT_NUMBER(number, constant, action, member, cache, targets) EVENT_##constant = number,
	WIRE_EVENTS(EVENT_NUMBER)
#undef EVENT_NUMBER
		EVENT_LAST,
};

enum event_action { EVENT_ACTION_AUTH, EVENT_ACTION_NOTIFY, EVENT_ACTION_RESERVED };

enum event_cache { EVENT_CACHE_NO, EVENT_CACHE_CACHEABLE };

/* A set of event types: bit n % 64 of word n / 64 is event n. */
enum { EVENT_SET_WORDS = 3 };
struct event_set {
	__u64 words[EVENT_SET_WORDS];
};
_Static_assert(EVENT_LAST <= EVENT_SET_WORDS * 64, "an event set holds every event");

static inline void event_set_add(struct event_set *set, unsigned int event)
{
	if (event < EVENT_LAST)
		set->words[event / 64] |= 1ULL << (event % 64);
}

static inline void event_set_remove(struct event_set *set, unsigned int event)
{
	if (event < EVENT_LAST)
		set->words[event / 64] &= ~(1ULL << (event % 64));
}

static inline _Bool event_set_has(const struct event_set *set, unsigned int event)
{
	return event < EVENT_LAST && (set->words[event / 64] >> (event % 64) & 1);
}

static inline void event_set_merge(struct event_set *set, const struct event_set *more)
{
	for (int word = 0; word < EVENT_SET_WORDS; word++)
		set->words[word] |= more->words[word];
}

static inline void event_set_subtract(struct event_set *set, const struct event_set *less)
{
	for (int word = 0; word < EVENT_SET_WORDS; word++)
		set->words[word] &= ~less->words[word];
}

static inline _Bool event_set_empty(const struct event_set *set)
{
	return !(set->words[0] | set->words[1] | set->words[2]);
}

/* What the list says of one event. Only where there is a C library behind it (wire/events.c). */
struct event_description {
	const char *constant; /* "AUTH_OPEN" */
	const char *member; /* "open"; "none" where reserved */
	__u8 action; /* enum event_action */
	__u8 cache; /* enum event_cache */
	__u8 targets; /* target paths a TARGET mute looks at: 0, 1 or 2 */
	__u8 reserved[5];
};

/* By number. */
extern const struct event_description event_descriptions[EVENT_LAST];
/* NULL for numbers that are not in the list. */
const struct event_description *event_describe(unsigned int event);
/* The AUTH form of a NOTIFY event and the other way round; -1 where there is none. */
int event_counterpart(unsigned int event);
/* Number of the event with this short name and action; -1 where there is none. */
int event_find(const char *member, enum event_action action);

#endif
