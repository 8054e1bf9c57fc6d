/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns what delivery/ notes into the line a person reads: who did what, which client said or
 * failed to say something, and what became of the operation.
 */
#include "daemon/service/notes.h"

#include "base/clock.h"

#include <stdio.h>
#include <syslog.h>

struct parts {
	char operation[640];
	char client[320];
	unsigned long long message;
	unsigned long long age_ms;
	const char *because; /* ", because ", or nothing */
	const char *why;
};

static void describe_denied(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	snprintf(text, NOTE_TEXT_MAX, "denied: %s; by client %s, message %llu", parts->operation,
		 parts->client, parts->message);
}

static void describe_kill(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	snprintf(text, NOTE_TEXT_MAX,
		 "killed client %s: message %llu was unanswered after %llu ms%s%s; allowed: %s",
		 parts->client, parts->message, parts->age_ms, parts->because, parts->why,
		 parts->operation);
}

static void describe_open(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	snprintf(text, NOTE_TEXT_MAX,
		 "client %s is late: message %llu was unanswered after %llu ms%s%s; allowed: %s",
		 parts->client, parts->message, parts->age_ms, parts->because, parts->why,
		 parts->operation);
}

static void describe_closed(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	snprintf(text, NOTE_TEXT_MAX,
		 "client %s is late: message %llu was unanswered after %llu ms%s%s; denied: %s",
		 parts->client, parts->message, parts->age_ms, parts->because, parts->why,
		 parts->operation);
}

/* The three that could never have been answered. */
static void describe_deadlock(const struct parts *parts, const char *client, const char *operation,
			      char text[NOTE_TEXT_MAX])
{
	snprintf(text, NOTE_TEXT_MAX, "deadlock: %s; %s client %s, message %llu; %s: %s",
		 parts->why[0] ? parts->why : "its way is not known any more", client,
		 parts->client, parts->message, operation, parts->operation);
}

static void describe_deadlock_kill(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	describe_deadlock(parts, "killed", "allowed", text);
}

static void describe_deadlock_open(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	describe_deadlock(parts, "answered for", "allowed", text);
}

static void describe_deadlock_closed(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	describe_deadlock(parts, "answered for", "denied", text);
}

static void describe_overflow(const struct parts *parts, char text[NOTE_TEXT_MAX])
{
	snprintf(text, NOTE_TEXT_MAX,
		 "client %s cannot be asked, its ring or its questions are full; the first: %s",
		 parts->client, parts->operation);
}

static const struct {
	int priority;
	void (*describe)(const struct parts *parts, char text[NOTE_TEXT_MAX]);
} kinds[DELIVERY_NOTE_LAST] = {
	[DELIVERY_NOTE_DENIED] = {LOG_NOTICE, describe_denied},
	[DELIVERY_NOTE_DEADLINE_KILL] = {LOG_ERR, describe_kill},
	[DELIVERY_NOTE_DEADLINE_OPEN] = {LOG_WARNING, describe_open},
	[DELIVERY_NOTE_DEADLINE_CLOSED] = {LOG_WARNING, describe_closed},
	[DELIVERY_NOTE_DEADLOCK_KILL] = {LOG_ERR, describe_deadlock_kill},
	[DELIVERY_NOTE_DEADLOCK_OPEN] = {LOG_WARNING, describe_deadlock_open},
	[DELIVERY_NOTE_DEADLOCK_CLOSED] = {LOG_WARNING, describe_deadlock_closed},
	[DELIVERY_NOTE_OVERFLOW] = {LOG_WARNING, describe_overflow},
};

int note_describe(const struct delivery_note *note, const char *why, char text[NOTE_TEXT_MAX])
{
	const struct event_description *event = event_describe(note->event);
	struct parts parts = {
		.message = note->seq_num,
		.age_ms = note->age_ns / NANOSECONDS_PER_MILLISECOND,
		.because = why && why[0] ? ", because " : "",
		.why = why ? why : "",
	};

	if (note->kind >= DELIVERY_NOTE_LAST) {
		snprintf(text, NOTE_TEXT_MAX, "a note of unknown kind %d", (int)note->kind);
		return LOG_WARNING;
	}
	snprintf(parts.operation, sizeof(parts.operation), "%s%s%.255s by %.255s[%d]",
		 event ? event->constant : "an unknown event", note->target_path[0] ? " of " : "",
		 note->target_path, note->subject_path, note->subject_pid);
	snprintf(parts.client, sizeof(parts.client), "%.255s[%d]", note->client_name,
		 note->client_pid);
	kinds[note->kind].describe(&parts, text);
	return kinds[note->kind].priority;
}
