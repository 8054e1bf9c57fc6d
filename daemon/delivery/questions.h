/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions: held subjects, and what each asked client has said so far.
 *
 * A question is asked of one or more clients; each ask is a slot in that client's verdict table.
 * Every ask is taken off exactly once (answered, expired, abandoned), and the last one taken off
 * decides the question. Guarded by delivery's lock.
 */
#ifndef SLUICE_DAEMON_DELIVERY_QUESTIONS_H
#define SLUICE_DAEMON_DELIVERY_QUESTIONS_H

#include "daemon/delivery/cache.h"
#include "daemon/delivery/delivery.h"

enum {
	QUESTIONS_MAX =
		16384, /* as many as the kernel queues; one more is answered by the miss modes */
	QUESTION_PATH_MAX = 256,
};

enum ask_state {
	ASK_ASKED, /* in the client's ring */
	ASK_DELIVERED, /* taken out of it: the handler was entered, or is about to be */
	ASK_ANSWERED,
	ASK_EXPIRED, /* its deadline passed */
	ASK_ABANDONED, /* the client is gone, or everything was released */
	ASK_STOOD_IN, /* answered for a client that is stopped, before its handler was entered */
	ASK_STATE_LAST,
};

struct client;
struct question;

struct ask {
	struct ask *next; /* of the same client, oldest first */
	struct ask *previous;
	struct ask *sibling; /* of the same question */
	struct question *question;
	struct client *client;
	uint64_t slot; /* the question's number in this client's verdict table */
	uint64_t deadline_ns; /* UINT64_MAX: its clock stands still */
	uint64_t left_ns; /* until the deadline, while the clock stands still */
	uint64_t seq_num;
	uint64_t ring_end; /* position behind the record: consumed beyond it means delivered */
	size_t heap_index;
	enum ask_state state;
};

struct question {
	struct question *next; /* in a list of effects, or of free ones */
	struct ask *asks;
	unsigned int outstanding;
	uint64_t hold;
	uint64_t asked_ns;
	int64_t asked_wall_ns; /* when the identities in the key were true */
	unsigned int event;
	uint32_t flags; /* asked for */
	uint32_t flags_allowed; /* what all answers so far leave */
	bool cacheable;
	struct cache_key key; /* without the client */
	pid_t subject_pid;
	uint64_t subject_tid;
	char subject_path[QUESTION_PATH_MAX]; /* the end of longer ones */
	char target_path[QUESTION_PATH_MAX];
};

/* May an ask go from one state to the other? The table is the whole law. */
bool ask_step_allowed(enum ask_state from, enum ask_state to);

/* The end of a path, as it is shown to people. */
void question_path(char ret_path[QUESTION_PATH_MAX], const char *path, size_t length);

/* Do these flags alone allow what was asked? */
bool question_allowed_by(const struct question *question, uint32_t flags);
/* Does what all have answered allow what was asked? */
bool question_allowed(const struct question *question);

/* Asks by deadline: a binary heap. Zero-initialised is empty. */
struct deadline_heap {
	struct ask **asks;
	size_t count;
	size_t capacity;
};
int deadline_heap_add(struct deadline_heap *heap, struct ask *ask);
void deadline_heap_remove(struct deadline_heap *heap, struct ask *ask);
struct ask *deadline_heap_first(const struct deadline_heap *heap);
void deadline_heap_done(struct deadline_heap *heap);

#endif
