/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was answered for clients that were stopped: counted, and the newest of each client kept for
 * `esctl missed`. Each client owns its own; copies go out, page by page.
 */
#include "base/clock.h"
#include "daemon/delivery/state.h"

#include <string.h>

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
