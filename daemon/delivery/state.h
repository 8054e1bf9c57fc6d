/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What delivery/'s files share: the lock, the clients, and the effects that are carried out once
 * the lock is let go. Nobody outside delivery/ includes this.
 */
#ifndef SLUICE_DAEMON_DELIVERY_STATE_H
#define SLUICE_DAEMON_DELIVERY_STATE_H

#include "daemon/channel/channel.h"
#include "daemon/delivery/cache.h"
#include "daemon/delivery/clients.h"
#include "daemon/delivery/delivery.h"
#include "daemon/delivery/questions.h"
#include "daemon/delivery/stops.h"

#include <pthread.h>

enum {
	DEADLINE_DEFAULT_MS = 30000, /* es-api.md 5.2: 15 to 60 seconds were seen on macOS */
	CLEAR_CACHE_PER_SECOND = 10, /* over all clients; more is CONTROL_THROTTLED */
	NOTES_MAX = 256, /* in one batch of effects; more are dropped */
	ASKS_AT_ONCE = 64, /* ended while the lock is held once: others wait for it */
};

enum stop_state {
	STOP_RUNNING,
	STOP_SUSPECT, /* seen stopped, not long enough to be sure */
	STOP_STOPPED,
};

/* Of a client that may be stopped by a debugger (stops.c). */
struct stop {
	bool debuggable;
	enum debug_policy policy;
	enum stop_state state;
	uint64_t running_ns; /* when it was last seen running */
	uint64_t suspect_ns; /* when it was first seen stopped */
	enum delivery_stop seen; /* at the last look */
	bool debuggers_known; /* since it was seen stopped, the guard has looked who does that */
	bool traced_now; /* so it was told; to be looked at */
	bool debugged; /* who is in the subtree of its debuggers is not asked about */
	struct delivery_watch *watch; /* NULL: nobody looks yet */
	uint32_t answerer_count; /* of the channel, when the guard last asked for the threads */
	struct missed *missed; /* MISSED_KEPT of them, a ring */
	uint64_t missed_count;
};

struct client {
	struct delivery *delivery;
	uint64_t id;
	unsigned int index;
	enum control_client_kind kind;
	struct record_token token;
	int pidfd;
	char name[256];
	bool unprivileged;
	bool dead; /* dumping core or killed: asked nothing more */
	bool overflowing; /* could not be asked last time, and that was noted */
	unsigned int miss_mode;
	uint32_t deadline_max_ms[EVENT_LAST]; /* 0: the default */
	uint32_t deadline_min_ms[EVENT_LAST];
	struct policy *policy;
	struct channel *channel;
	struct ask *asks; /* oldest first (utlist: the head's previous is the tail) */
	unsigned int unanswered;
	uint64_t seq_nums[EVENT_LAST];
	uint64_t global_seq_num;
	uint64_t dropped;
	struct stop stop;
};

enum {
	MISSED_MARKS_MAX = 256, /* one more takes the oldest's place, and is not marked any more */
};
#define MISSED_MARK_NS (2 * NANOSECONDS_PER_SECOND)
/* Something that was allowed for a client that was stopped: the NOTIFY of it is marked. */
struct missed_mark {
	unsigned int event; /* the NOTIFY */
	pid_t pid;
	uint64_t path; /* a number made of it */
	uint64_t until_ns;
};

struct delivery {
	pthread_mutex_t lock;
	pthread_cond_t deadline_changed;
	struct delivery_options options;
	struct client *clients[POLICY_CLIENTS_MAX];
	unsigned int client_end; /* no client at or behind this index */
	uint64_t next_client_id;
	struct event_set interest; /* also read without the lock */
	struct cache cache;
	struct deadline_heap deadlines;
	uint64_t planned_wake_ns; /* when the clock looks next */
	bool stopped;
	bool guard_stopped;
	bool watcher_sleeps; /* until something is asked */
	pthread_cond_t watcher_wanted;
	pthread_cond_t guard_wanted;
	uint64_t planned_guard_ns; /* when the guard looks next; 0: it is at work */
	uint64_t guard_called_ns; /* when somebody wants it to */
	struct question *free_questions;
	unsigned int question_count;
	int waits; /* epoll: all clients' answer bells, and what else the engine waits for */
	unsigned int courtesy_pause; /* of the thread that asks */
	uint64_t clear_second;
	unsigned int clears;
	struct delivery_totals totals;
	struct missed_mark marks[MISSED_MARKS_MAX];
	unsigned int mark_next;
	uint64_t marked_until_ns; /* all marks have ended; 0: there was none */
};

/* What follows from a change under the lock and is done without it. */
struct effects {
	struct question *decided;
	int kill_pidfds[POLICY_CLIENTS_MAX];
	unsigned int kill_count;
	struct delivery_note *notes;
	unsigned int note_count;
	unsigned int note_room;
};
void effects_note_question(struct effects *effects, const struct question *question,
			   const struct client *client, enum delivery_note_kind kind);
/* The same of one ask, with its number and age. */
void effects_note_ask(struct effects *effects, const struct ask *ask, enum delivery_note_kind kind);
/* Carries them out: releases, kills, notes. Without the lock. */
void effects_run(struct delivery *delivery, struct effects *effects);

static inline void delivery_lock(struct delivery *delivery)
{
	pthread_mutex_lock(&delivery->lock);
}
static inline void delivery_unlock(struct delivery *delivery)
{
	pthread_mutex_unlock(&delivery->lock);
}

/* The words of one client's miss mode: does it allow? */
static inline bool client_miss_allows(const struct client *client)
{
	return client->miss_mode != CLIENT_MISS_FAIL_CLOSED;
}

/* The deadline of this client for an AUTH event, in milliseconds. */
uint32_t client_deadline_ms(const struct client *client, unsigned int event);

/* Makes an ask of the question, first in its list; 0 or -ENOMEM. `outstanding` grows. */
int ask_new(struct question *question, struct client *client, uint64_t slot, uint64_t deadline_ns);
/* The record did not reach the client: as if it had never been asked. */
void ask_undo(struct ask *ask);
/* How an ask ends. */
struct ask_end {
	enum ask_state state;
	uint32_t flags; /* allowed */
	bool cache;
};
/* Takes the ask off; when it was the question's last, the question is decided. */
void ask_take_off(struct ask *ask, const struct ask_end *end, struct effects *effects);
/*
 * Answers what the client owes since then or longer, by its miss mode. Without the lock, which it
 * takes for some at a time. Returns how many there were.
 */
unsigned int client_abandon(struct delivery *delivery, uint64_t id, uint64_t asked_until_ns);
/* The client with this id; NULL. Under the lock. */
struct client *client_find(const struct delivery *delivery, uint64_t id);

/* stops.c, for clients that are debuggable. Under the lock. */

/* The client is about to be asked. True: it is stopped, and its debug policy has answered. */
bool client_stood_in(struct client *client, struct question *question, struct record *record);
/* A record with a question is in its ring: the guard is to look whether it is taken. */
void client_call_guard(struct client *client, uint64_t now_ns);
/* It has answered: the guard is to know the thread, if that is a new one. */
void client_answered(struct client *client);
/* The deadline has passed. True: the client is stopped, and so this is no miss; the ask is taken
 * off, or its clock stands still. */
bool ask_excused(struct ask *ask, uint64_t now_ns, struct effects *effects);
/* missed.c: the debug policy has answered. */
void missed_add(struct client *client, const struct question *question, uint64_t seq_num,
		bool allowed);
/* The client is asked about the same after all. */
void missed_unmark(struct delivery *delivery, const struct question *question);
/* Was what this NOTIFY event tells of allowed so? */
bool missed_is_marked(const struct delivery *delivery, const struct delivery_event *event);
/* Something was asked: whoever looks after what gets old need not sleep on. Under the lock. */
static inline void delivery_wake_watcher(struct delivery *delivery)
{
	if (!delivery->watcher_sleeps)
		return;
	delivery->watcher_sleeps = false;
	pthread_cond_signal(&delivery->watcher_wanted);
}

struct question *question_new(struct delivery *delivery);
void question_recycle(struct delivery *delivery, struct question *question);

#endif
