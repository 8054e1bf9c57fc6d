/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from a change under delivery's lock, carried out after it: subjects let go, people
 * told. Owns the notes and the decided questions from the moment they are collected until they are
 * carried out.
 */
#include "base/clock.h"
#include "daemon/delivery/state.h"

#include <string.h>

/* A place for one more note; NULL when there is no room: a note less is better than a wait. */
static struct delivery_note *note_new(struct effects *effects)
{
	if (effects->note_count == effects->note_room) {
		unsigned int room = effects->note_room ? 2 * effects->note_room : 2;
		struct delivery_note *notes = NULL;

		if (room <= NOTES_MAX)
			notes = reallocarray(effects->notes, room, sizeof(*notes));
		if (!notes)
			return NULL;
		effects->notes = notes;
		effects->note_room = room;
	}
	memset(&effects->notes[effects->note_count], 0, sizeof(*effects->notes));
	return &effects->notes[effects->note_count++];
}

void effects_note_question(struct effects *effects, const struct question *question,
			   const struct client *client, enum delivery_note_kind kind)
{
	struct delivery_note *note = note_new(effects);

	if (!note)
		return;
	note->kind = kind;
	note->client_id = client->id;
	note->client_pid = (pid_t)client->token.words[RECORD_TOKEN_PID];
	memcpy(note->client_name, client->name, sizeof(note->client_name));
	note->event = question->event;
	note->age_ns = clock_now_ns() - question->asked_ns;
	note->subject_pid = question->subject_pid;
	memcpy(note->subject_path, question->subject_path, sizeof(note->subject_path));
	memcpy(note->target_path, question->target_path, sizeof(note->target_path));
}

void effects_note_ask(struct effects *effects, const struct ask *ask, enum delivery_note_kind kind)
{
	unsigned int before = effects->note_count;

	effects_note_question(effects, ask->question, ask->client, kind);
	if (effects->note_count == before)
		return;
	effects->notes[before].question = ask->slot;
	effects->notes[before].seq_num = ask->seq_num;
}

void effects_run(struct delivery *delivery, struct effects *effects)
{
	struct question *decided = effects->decided;

	/* Subjects first: nothing may come between an answer and what waits for it. */
	for (struct question *question = decided; question; question = question->next)
		delivery->options.release(delivery->options.release_context, question->hold,
					  question_allowed(question));
	for (unsigned int i = 0; i < effects->note_count; i++) {
		if (delivery->options.note)
			delivery->options.note(delivery->options.note_context, &effects->notes[i]);
	}
	free(effects->notes);
	while (decided) {
		delivery_lock(delivery);
		for (int some = 0; some < ASKS_AT_ONCE && decided; some++) {
			struct question *question = decided;

			decided = question->next;
			question_recycle(delivery, question);
		}
		delivery_unlock(delivery);
	}
}
