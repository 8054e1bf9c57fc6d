/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was answered for clients that were stopped: counted, and the newest of each client kept for
 * `esctl missed`. Each client owns its own; copies go out, page by page. What was allowed is
 * remembered for a moment, so that the NOTIFY event that tells of it says so.
 */
#include "base/clock.h"
#include "daemon/delivery/state.h"

#include <string.h>

/* ---- Marks ---- */

/* A number for the path as far as questions keep it (FNV-1a). */
static uint64_t path_number(const char *path)
{
	uint64_t number = UINT64_C(14695981039346656037);

	for (; *path; path++)
		number = (number ^ (unsigned char)*path) * UINT64_C(1099511628211);
	return number;
}

/* The NOTIFY event of the same name; EVENT_LAST: there is none. */
static unsigned int notify_of(unsigned int auth)
{
	const struct event_description *asked = event_describe(auth);
	unsigned int event;

	for (event = 0; asked && event < EVENT_LAST; event++) {
		const struct event_description *told = event_describe(event);

		if (told && told->action == EVENT_ACTION_NOTIFY &&
		    strcmp(told->member, asked->member) == 0)
			return event;
	}
	return EVENT_LAST;
}

static bool same(const struct missed_mark *left, const struct missed_mark *right)
{
	return left->event == right->event && left->pid == right->pid && left->path == right->path;
}

static struct missed_mark *find_mark(struct delivery *delivery, const struct missed_mark *wanted)
{
	for (unsigned int i = 0; i < MISSED_MARKS_MAX; i++)
		if (delivery->marks[i].until_ns && same(&delivery->marks[i], wanted))
			return &delivery->marks[i];
	return NULL;
}

static void mark(struct delivery *delivery, const struct question *question)
{
	struct missed_mark made = {
		.event = notify_of(question->event),
		.pid = question->subject_pid,
		.path = path_number(question->target_path),
		.until_ns = clock_now_ns() + MISSED_MARK_NS,
	};
	struct missed_mark *place;

	if (!delivery_wants(delivery, made.event))
		return;
	place = find_mark(delivery, &made);
	if (!place)
		place = &delivery->marks[delivery->mark_next++ % MISSED_MARKS_MAX];
	*place = made;
	delivery->marked_until_ns = made.until_ns;
}

void missed_unmark(struct delivery *delivery, const struct question *question)
{
	struct missed_mark wanted = {.pid = question->subject_pid};
	struct missed_mark *place;

	if (!delivery->marked_until_ns)
		return;
	wanted.event = notify_of(question->event);
	wanted.path = path_number(question->target_path);
	place = find_mark(delivery, &wanted);
	if (place)
		place->until_ns = 0;
	if (clock_now_ns() > delivery->marked_until_ns)
		delivery->marked_until_ns = 0;
}

/* The kernel tells several opens of one file as one: so a mark is not used up by what it marks. */
bool missed_is_marked(const struct delivery *delivery, const struct delivery_event *event)
{
	struct missed_mark wanted = {.event = event->record->event};
	char path[QUESTION_PATH_MAX];
	uint64_t now_ns;

	if (!delivery->marked_until_ns)
		return false;
	now_ns = clock_now_ns();
	if (now_ns > delivery->marked_until_ns || !event->subject || !event->subject->token)
		return false;
	question_path(path, event->target_count ? event->targets[0].path : NULL,
		      event->target_count ? event->targets[0].path_length : 0);
	wanted.pid = (pid_t)event->subject->token->words[RECORD_TOKEN_PID];
	wanted.path = path_number(path);
	for (unsigned int i = 0; i < MISSED_MARKS_MAX; i++)
		if (delivery->marks[i].until_ns >= now_ns && same(&delivery->marks[i], &wanted))
			return true;
	return false;
}

/* ---- The list ---- */

void missed_add(struct client *client, const struct question *question, uint64_t seq_num,
		bool allowed)
{
	struct stop *stop = &client->stop;
	struct missed *missed = &stop->missed[stop->missed_count % MISSED_KEPT];

	*missed = (struct missed){
		.client_id = client->id,
		.number = stop->missed_count++,
		.seq_num = seq_num,
		.wall_time_ns = clock_wall_ns(),
		.monotonic_ns = clock_now_ns(),
		.event = question->event,
		.allowed = allowed,
		.subject_pid = question->subject_pid,
	};
	memcpy(missed->subject_path, question->subject_path, sizeof(missed->subject_path));
	memcpy(missed->target_path, question->target_path, sizeof(missed->target_path));
	client->delivery->totals.missed++;
	if (allowed)
		mark(client->delivery, question);
}
_Static_assert(sizeof(((struct missed *)0)->subject_path) == QUESTION_PATH_MAX, "one length");

/* Copies of one client's that the page has room for. False: the page is full. */
static bool copy(const struct stop *stop, struct delivery_missed *walk)
{
	uint64_t first = stop->missed_count > MISSED_KEPT ? stop->missed_count - MISSED_KEPT : 0;

	if (walk->number < first)
		walk->number = first;
	while (walk->number < stop->missed_count) {
		if (walk->count == MISSED_AT_ONCE)
			return false;
		walk->entries[walk->count++] = stop->missed[walk->number++ % MISSED_KEPT];
	}
	return true;
}

bool delivery_next_missed(struct delivery *delivery, struct delivery_missed *walk)
{
	bool room = true;

	walk->count = 0;
	delivery_lock(delivery);
	for (; walk->index < delivery->client_end; walk->index++) {
		const struct client *client = delivery->clients[walk->index];

		if (!client || !client->stop.missed)
			continue;
		if (walk->client_id != client->id) {
			walk->client_id = client->id;
			walk->number = 0;
		}
		room = copy(&client->stop, walk);
		if (!room)
			break;
	}
	delivery_unlock(delivery);
	return !room;
}
