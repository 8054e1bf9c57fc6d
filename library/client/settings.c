/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror of a client's settings (library/client/settings.h). Owns the table of mutes, keyed by
 * kind and path or by process; hands on requests. It is as large as the daemon's own table, which
 * bounds it: only what the daemon has accepted comes in.
 */
#include "library/client/settings.h"

#include "base/cleanup.h"

#include <errno.h>
#include <search.h>
#include <string.h>

struct settings_mute {
	struct settings_mute *previous;
	struct settings_mute *next;
	struct event_set events;
	struct event_set taken; /* from what a client starts with, before the others are added */
	struct record_token token; /* of a process; a newer run of the same pid replaces it */
	__u32 kind;
	__u32 path_length;
	char path[]; /* empty for a process */
};

static _Bool is_target(__u32 kind)
{
	return kind == CONTROL_MUTE_TARGET_PREFIX || kind == CONTROL_MUTE_TARGET_LITERAL;
}

static _Bool is_process(__u32 kind)
{
	return kind == CONTROL_MUTE_PROCESS || kind == CONTROL_MUTE_TREE;
}

static __u32 pid_of(const struct settings_mute *mute)
{
	return mute->token.words[RECORD_TOKEN_PID];
}

static __u32 version_of(const struct settings_mute *mute)
{
	return mute->token.words[RECORD_TOKEN_PIDVERSION];
}

/* Of two entries, which has the smaller key: kind and path, or kind and pid. */
static int compare(const void *left, const void *right)
{
	const struct settings_mute *one = left;
	const struct settings_mute *other = right;

	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	if (is_process(one->kind))
		return (pid_of(one) > pid_of(other)) - (pid_of(one) < pid_of(other));
	return strcmp(one->path, other->path);
}

static void forget(struct settings *settings, struct settings_mute *mute)
{
	tdelete(mute, &settings->mute_tree, compare);
	if (mute->next)
		mute->next->previous = mute->previous;
	if (mute->previous)
		mute->previous->next = mute->next;
	else
		settings->mutes = mute->next;
	free(mute);
}

void settings_done(struct settings *settings)
{
	while (settings->mutes)
		forget(settings, settings->mutes);
}

static struct settings_mute *mute_new(const struct control_mute *from, const char *path)
{
	size_t length = is_process(from->kind) ? 0 : strlen(path);
	struct settings_mute *mute = calloc(1, sizeof(*mute) + length + 1);

	if (!mute)
		return NULL;
	mute->events = from->events;
	mute->token = from->token;
	mute->kind = from->kind;
	mute->path_length = (__u32)length;
	if (length)
		strcpy(mute->path, path);
	return mute;
}

static struct settings_mute *find(const struct settings *settings, const struct settings_mute *like)
{
	struct settings_mute *const *found = tfind(like, &settings->mute_tree, compare);

	return found ? *found : NULL;
}

/* Takes the entry in, or what it says. 0 or -ENOMEM. */
static int add(struct settings *settings, struct settings_mute *entry)
{
	OWNED_MEMORY struct settings_mute *mute = entry;
	struct settings_mute *found = find(settings, mute);

	if (found) {
		event_set_merge(&found->taken, &mute->taken);
		if (version_of(found) != version_of(mute))
			found->events = (struct event_set){0};
		found->token = mute->token;
		event_set_merge(&found->events, &mute->events);
		return 0;
	}
	if (!tsearch(mute, &settings->mute_tree, compare))
		return -ENOMEM;
	mute->next = settings->mutes;
	if (mute->next)
		mute->next->previous = mute;
	settings->mutes = TAKE(mute);
	return 0;
}

static void subtract(struct settings *settings, const struct settings_mute *mute)
{
	struct settings_mute *found = find(settings, mute);

	if (!found)
		return;
	event_set_subtract(&found->events, &mute->events);
	if (event_set_empty(&found->events) && event_set_empty(&found->taken))
		forget(settings, found);
}

static void clear(struct settings *settings, _Bool targets)
{
	struct settings_mute *next;

	for (struct settings_mute *mute = settings->mutes; mute; mute = next) {
		next = mute->next;
		if (mute->kind < CONTROL_MUTE_PROCESS && is_target(mute->kind) == targets)
			forget(settings, mute);
	}
}

int settings_mute(struct settings *settings, const struct control_mute *mute, const char *path)
{
	OWNED_MEMORY struct settings_mute *entry = NULL;

	if (mute->operation == CONTROL_MUTE_INVERT) {
		settings->inverted[mute->kind] = !settings->inverted[mute->kind];
		return 0;
	}
	if (mute->operation == CONTROL_MUTE_CLEAR) {
		clear(settings, is_target(mute->kind));
		return 0;
	}
	entry = mute_new(mute, path);
	if (!entry)
		return -ENOMEM;
	if (mute->operation == CONTROL_MUTE_ADD)
		return add(settings, TAKE(entry));
	subtract(settings, entry);
	return 0;
}

/* Is it one that the daemon would have accepted of this client? */
static _Bool makes_sense(const struct control_mute *mute)
{
	if (mute->operation == CONTROL_MUTE_INVERT)
		return mute->kind < CONTROL_MUTE_DIMENSION_LAST;
	return mute->operation < CONTROL_MUTE_INVERT && mute->kind < CONTROL_MUTE_KIND_LAST;
}

int settings_told(struct settings *settings, const struct control_mute *mute, const char *path)
{
	OWNED_MEMORY struct settings_mute *entry = NULL;
	int result = makes_sense(mute) ? settings_mute(settings, mute, path) : -EBADMSG;

	if (result || settings->complete)
		return result;
	if (mute->operation == CONTROL_MUTE_CLEAR)
		settings->cleared[is_target(mute->kind)] = 1;
	if (mute->operation != CONTROL_MUTE_REMOVE || mute->kind >= CONTROL_MUTE_PROCESS ||
	    settings->cleared[is_target(mute->kind)])
		return 0;
	entry = mute_new(mute, path);
	if (!entry)
		return -ENOMEM;
	entry->taken = entry->events;
	entry->events = (struct event_set){0};
	return add(settings, TAKE(entry));
}

int settings_take_mutes(struct settings *settings, const void *bytes, size_t size)
{
	const unsigned char *place = bytes;

	while (size >= sizeof(struct control_mute_entry)) {
		const struct control_mute_entry *entry = (const void *)place;
		const char *path = (const char *)(entry + 1);
		struct control_mute mute = {.operation = CONTROL_MUTE_ADD, .kind = entry->kind};
		OWNED_MEMORY char *text = NULL;
		int result;

		if (entry->size > size || entry->size % 8 || entry->size < sizeof(*entry) ||
		    entry->path_length > entry->size - sizeof(*entry))
			return -EBADMSG;
		/* It ends without NUL, where the memory may end too. */
		text = malloc(entry->path_length + 1);
		if (!text)
			return -ENOMEM;
		memcpy(text, path, entry->path_length);
		text[entry->path_length] = '\0';
		mute.events = entry->events;
		mute.token = entry->token;
		result = settings_mute(settings, &mute, text);
		if (result)
			return result;
		place += entry->size;
		size -= entry->size;
	}
	return size ? -EBADMSG : 0;
}

void settings_deadline(struct settings *settings, const struct control_deadline *deadline)
{
	__u32 *maxima = settings->deadlines[CONTROL_DEADLINE_MAX];
	__u32 *minima = settings->deadlines[CONTROL_DEADLINE_MIN];
	__u32 value = deadline->milliseconds;

	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		if (!event_set_has(&deadline->events, event))
			continue;
		/* Each drags the other along, where it would stand on the wrong side. */
		if (deadline->bound == CONTROL_DEADLINE_MAX) {
			maxima[event] = value;
			if (minima[event] > value)
				minima[event] = value;
		} else {
			minima[event] = value;
			if (maxima[event] && maxima[event] < value)
				maxima[event] = value;
		}
	}
}

/* ---- Replay
 * -------------------------------------------------------------------------------------- */

static int send(const struct settings_sender *sender, enum control_type type, const void *body,
		size_t body_size, const char *path)
{
	int result = sender->send(sender->context, type, body, body_size, path);

	return result == -ESRCH || result == -EINVAL ? 0 : result;
}

static int send_mute(const struct settings_sender *sender, const struct control_mute *mute,
		     const char *path)
{
	return send(sender, CONTROL_MUTE, mute, sizeof(*mute), path);
}

/* Takes the mutes away that a client starts with, as far as they are not to be there. */
static int replay_absence(const struct settings *settings, const struct settings_sender *sender)
{
	static const enum control_mute_kind families[] = {CONTROL_MUTE_PREFIX,
							  CONTROL_MUTE_TARGET_PREFIX};
	int result = 0;

	for (int family = 0; family < 2 && !result; family++) {
		const struct control_mute clear = {.operation = CONTROL_MUTE_CLEAR,
						   .kind = families[family]};

		if (settings->complete || settings->cleared[family])
			result = send_mute(sender, &clear, NULL);
	}
	return result;
}

static int replay_mute(const struct settings_mute *entry, const struct settings_sender *sender)
{
	struct control_mute mute = {
		.operation = CONTROL_MUTE_REMOVE,
		.kind = entry->kind,
		.events = entry->taken,
		.token = entry->token,
		.path_length = entry->path_length,
	};
	int result = 0;

	if (!event_set_empty(&entry->taken))
		result = send_mute(sender, &mute, entry->path);
	mute.operation = CONTROL_MUTE_ADD;
	mute.events = entry->events;
	if (!result && !event_set_empty(&entry->events))
		result = send_mute(sender, &mute, entry->path);
	return result;
}

static int replay_mutes(const struct settings *settings, const struct settings_sender *sender)
{
	int result = replay_absence(settings, sender);

	for (const struct settings_mute *entry = settings->mutes; entry && !result;
	     entry = entry->next)
		result = replay_mute(entry, sender);
	for (__u32 kind = 0; kind < CONTROL_MUTE_DIMENSION_LAST && !result; kind++) {
		const struct control_mute invert = {.operation = CONTROL_MUTE_INVERT, .kind = kind};

		if (settings->inverted[kind])
			result = send_mute(sender, &invert, NULL);
	}
	return result;
}

/* All events that share a value go in one request. */
static int replay_bound(const struct settings *settings, const struct settings_sender *sender,
			enum control_deadline_bound bound)
{
	const __u32 *values = settings->deadlines[bound];
	struct event_set sent = {0};
	int result = 0;

	for (unsigned int event = 0; event < EVENT_LAST && !result; event++) {
		struct control_deadline deadline = {.bound = bound, .milliseconds = values[event]};

		if (!values[event] || event_set_has(&sent, event))
			continue;
		for (unsigned int other = event; other < EVENT_LAST; other++)
			if (values[other] == values[event])
				event_set_add(&deadline.events, other);
		event_set_merge(&sent, &deadline.events);
		result = send(sender, CONTROL_DEADLINE_SET, &deadline, sizeof(deadline), NULL);
	}
	return result;
}

int settings_replay(const struct settings *settings, const struct settings_sender *sender)
{
	const struct control_number mode = {.number = settings->miss_mode};
	int result = 0;

	if (settings->miss_mode)
		result = send(sender, CONTROL_MISS_MODE_SET, &mode, sizeof(mode), NULL);
	/* A minimum may lift the maximum above what the maximum alone may be. */
	if (!result)
		result = replay_bound(settings, sender, CONTROL_DEADLINE_MIN);
	if (!result)
		result = replay_bound(settings, sender, CONTROL_DEADLINE_MAX);
	if (!result)
		result = replay_mutes(settings, sender);
	/* Last, so that nothing comes that a mute is to keep away. */
	if (!result && !event_set_empty(&settings->subscriptions))
		result = sender->send(sender->context, CONTROL_SUBSCRIBE, &settings->subscriptions,
				      sizeof(settings->subscriptions), NULL);
	return result;
}
