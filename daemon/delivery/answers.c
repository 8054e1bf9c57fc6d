/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How questions end: an answer in a verdict table, a deadline, a client that is gone, an
 * administrator's word.
 *
 * Every ask is taken off here, once; when the last one of a question is taken off, the question
 * goes into `effects`, and effects_run lets its subject go after the lock was released.
 */
#include "base/clock.h"
#include "daemon/delivery/state.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <utlist.h>

#define COURTESY_LONG_NS (200 * NANOSECONDS_PER_MICROSECOND)
enum { COURTESY_PAUSE = 1000 }; /* questions after one whose courtesy took long */

struct question *question_new(struct delivery *delivery)
{
	struct question *question = delivery->free_questions;

	if (question) {
		delivery->free_questions = question->next;
	} else {
		if (delivery->question_count >= QUESTIONS_MAX)
			return NULL;
		question = malloc(sizeof(*question));
		if (!question)
			return NULL;
		delivery->question_count++;
	}
	question->next = NULL;
	question->asks = NULL;
	question->outstanding = 0;
	return question;
}

void question_recycle(struct delivery *delivery, struct question *question)
{
	while (question->asks) {
		struct ask *ask = question->asks;

		question->asks = ask->sibling;
		free(ask);
	}
	question->next = delivery->free_questions;
	delivery->free_questions = question;
}

int ask_new(struct question *question, struct client *client, uint64_t slot, uint64_t deadline_ns)
{
	struct ask *ask = calloc(1, sizeof(*ask));

	if (!ask)
		return -ENOMEM;
	ask->question = question;
	ask->client = client;
	ask->slot = slot;
	ask->deadline_ns = deadline_ns;
	if (deadline_heap_add(&client->delivery->deadlines, ask) < 0) {
		free(ask);
		return -ENOMEM;
	}
	ask->sibling = question->asks;
	question->asks = ask;
	question->outstanding++;
	DL_APPEND2(client->asks, ask, previous, next);
	client->unanswered++;
	delivery_wake_watcher(client->delivery);
	return 0;
}

/* Takes the ask out of every list but its question's. */
static void unlink_ask(struct ask *ask)
{
	struct client *client = ask->client;

	deadline_heap_remove(&client->delivery->deadlines, ask);
	DL_DELETE2(client->asks, ask, previous, next);
	client->unanswered--;
	ask->question->outstanding--;
}

void ask_undo(struct ask *ask)
{
	struct question *question = ask->question;
	uint32_t flags;
	bool cache;

	channel_slot_close(ask->client->channel, ask->slot, &flags, &cache);
	unlink_ask(ask);
	question->asks = ask->sibling;
	free(ask);
}

void ask_take_off(struct ask *ask, const struct ask_end *end, struct effects *effects)
{
	struct question *question = ask->question;
	struct client *client = ask->client;
	struct delivery *delivery = client->delivery;

	if (!ask_step_allowed(ask->state, end->state))
		return;
	unlink_ask(ask);
	ask->state = end->state;
	question->flags_allowed &= end->flags;
	if (end->state == ASK_ANSWERED) {
		if (end->cache && question->cacheable) {
			question->key.client_index = client->index;
			cache_put(&delivery->cache, &question->key, end->flags,
				  question->asked_wall_ns);
		}
		if (!question_allowed_by(question, end->flags))
			effects_note_ask(effects, ask, DELIVERY_NOTE_DENIED);
	}
	if (question->outstanding > 0)
		return;
	if (question_allowed(question))
		delivery->totals.allowed++;
	else
		delivery->totals.denied++;
	question->next = effects->decided;
	effects->decided = question;
}

/* Closes the slot and takes the ask off: with the answer if one came after all, else by the miss
 * mode. */
static void give_up(struct ask *ask, enum ask_state state, struct effects *effects)
{
	struct client *client = ask->client;
	struct ask_end end = {.state = state};

	if (channel_slot_close(client->channel, ask->slot, &end.flags, &end.cache))
		end.state = ASK_ANSWERED;
	else
		end.flags = client_miss_allows(client) ? VERDICT_FLAGS_ALLOW : VERDICT_FLAGS_DENY;
	ask_take_off(ask, &end, effects);
}

unsigned int client_abandon(struct delivery *delivery, uint64_t id, uint64_t asked_until_ns)
{
	unsigned int count = 0, some;

	do {
		struct effects effects = {0};
		struct client *client;

		delivery_lock(delivery);
		client = client_find(delivery, id);
		for (some = 0; some < ASKS_AT_ONCE && client && client->asks; some++) {
			if (client->asks->question->asked_ns > asked_until_ns)
				break;
			delivery->totals.abandoned++;
			give_up(client->asks, ASK_ABANDONED, &effects);
		}
		delivery_unlock(delivery);
		effects_run(delivery, &effects);
		count += some;
	} while (some == ASKS_AT_ONCE);
	return count;
}

static unsigned int collect_client(struct client *client, struct effects *effects)
{
	unsigned int taken = 0;
	struct ask *ask;
	struct ask *after;

	DL_FOREACH_SAFE (client->asks, ask, after) {
		struct ask_end end = {.state = ASK_ANSWERED};
		uint32_t flags;
		bool cache;

		if (!channel_slot_answered(client->channel, ask->slot, &end.flags, &end.cache))
			continue;
		channel_slot_close(client->channel, ask->slot, &flags, &cache);
		ask_take_off(ask, &end, effects);
		taken++;
	}
	if (taken > 0 && client->stop.debuggable)
		client_answered(client);
	return taken;
}

unsigned int delivery_collect(struct delivery *delivery)
{
	struct effects effects = {0};
	unsigned int taken = 0;

	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		if (client && client->asks)
			taken += collect_client(client, &effects);
	}
	delivery_unlock(delivery);
	effects_run(delivery, &effects);
	return taken;
}

int delivery_waits(const struct delivery *delivery)
{
	return delivery->waits;
}

/* Tells the clients that owe an answer whether they have to ring for it. */
static void want_bells(struct delivery *delivery, bool want)
{
	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		if (client && (want || client->asks))
			channel_want_bell(client->channel, want);
	}
	delivery_unlock(delivery);
}

void delivery_clients_first(struct delivery *delivery)
{
	uint64_t began;

	if (delivery->courtesy_pause > 0) {
		delivery->courtesy_pause--;
		return;
	}
	want_bells(delivery, false);
	began = clock_now_ns();
	sched_yield();
	if (clock_now_ns() - began > COURTESY_LONG_NS)
		delivery->courtesy_pause = COURTESY_PAUSE;
	delivery->totals.answered_at_once += delivery_collect(delivery);
	want_bells(delivery, true);
	/* An answer may have come between the look and the bell. */
	delivery_collect(delivery);
}

/* What is told of an ask that no answer came to, by the client's miss mode. */
static const enum delivery_note_kind late_kinds[] = {
	[CLIENT_MISS_KILL] = DELIVERY_NOTE_DEADLINE_KILL,
	[CLIENT_MISS_FAIL_CLOSED] = DELIVERY_NOTE_DEADLINE_CLOSED,
	[CLIENT_MISS_FAIL_OPEN] = DELIVERY_NOTE_DEADLINE_OPEN,
};
static const enum delivery_note_kind deadlock_kinds[] = {
	[CLIENT_MISS_KILL] = DELIVERY_NOTE_DEADLOCK_KILL,
	[CLIENT_MISS_FAIL_CLOSED] = DELIVERY_NOTE_DEADLOCK_CLOSED,
	[CLIENT_MISS_FAIL_OPEN] = DELIVERY_NOTE_DEADLOCK_OPEN,
};

static void expire_ask(struct ask *ask, const enum delivery_note_kind kinds[],
		       struct effects *effects)
{
	struct client *client = ask->client;

	effects_note_ask(effects, ask, kinds[client->miss_mode]);
	client->delivery->totals.expired++;
	if (client->miss_mode == CLIENT_MISS_KILL && client->pidfd >= 0 && !client->dead) {
		client->dead = true;
		effects->kill_pidfds[effects->kill_count++] = client->pidfd;
	}
	give_up(ask, ASK_EXPIRED, effects);
}

/* Under the lock: a client's pidfd is closed when the client is freed. */
static void kill_clients(const struct effects *effects)
{
	for (unsigned int i = 0; i < effects->kill_count; i++)
		syscall(SYS_pidfd_send_signal, effects->kill_pidfds[i], SIGKILL, NULL, 0);
}

/* Answers some of what has passed its deadline. The first deadline that is left, which may have
 * passed too; UINT64_MAX: none. */
static uint64_t expire_some(struct delivery *delivery, uint64_t now_ns)
{
	struct effects effects = {0};
	struct ask *ask;
	uint64_t next;

	delivery_lock(delivery);
	for (int some = 0; some < ASKS_AT_ONCE; some++) {
		uint32_t flags;
		bool cache;

		ask = deadline_heap_first(&delivery->deadlines);
		if (!ask || ask->deadline_ns > now_ns)
			break;
		/* Answered in time, only not collected yet: that is no miss. */
		if (channel_slot_answered(ask->client->channel, ask->slot, &flags, &cache))
			give_up(ask, ASK_ANSWERED, &effects);
		else if (!ask_excused(ask, now_ns, &effects))
			expire_ask(ask, late_kinds, &effects);
	}
	ask = deadline_heap_first(&delivery->deadlines);
	next = ask ? ask->deadline_ns : UINT64_MAX;
	kill_clients(&effects);
	delivery_unlock(delivery);
	effects_run(delivery, &effects);
	return next;
}

uint64_t delivery_expire(struct delivery *delivery, uint64_t now_ns)
{
	uint64_t next;

	do
		next = expire_some(delivery, now_ns);
	while (next <= now_ns);
	return next;
}

bool delivery_break(struct delivery *delivery, uint64_t client_id, uint64_t question)
{
	struct effects effects = {0};
	struct client *client;
	struct ask *ask = NULL;
	uint32_t flags;
	bool cache;

	delivery_lock(delivery);
	client = client_find(delivery, client_id);
	for (ask = client ? client->asks : NULL; ask && ask->slot != question; ask = ask->next)
		;
	/* Answered meanwhile; or stopped: what becomes of it is its debug policy's to say. */
	if (ask && (channel_slot_answered(client->channel, question, &flags, &cache) ||
		    client->stop.state != STOP_RUNNING))
		ask = NULL;
	if (ask) {
		delivery->totals.deadlocks++;
		expire_ask(ask, deadlock_kinds, &effects);
		kill_clients(&effects);
	}
	delivery_unlock(delivery);
	effects_run(delivery, &effects);
	return ask != NULL;
}

bool delivery_await_deadline(struct delivery *delivery, uint64_t deadline_ns)
{
	bool running;

	delivery_lock(delivery);
	delivery->planned_wake_ns = deadline_ns;
	while (!delivery->stopped && delivery->planned_wake_ns > clock_now_ns()) {
		struct timespec until = clock_timespec(delivery->planned_wake_ns);

		if (delivery->planned_wake_ns == UINT64_MAX)
			pthread_cond_wait(&delivery->deadline_changed, &delivery->lock);
		else
			pthread_cond_timedwait(&delivery->deadline_changed, &delivery->lock,
					       &until);
	}
	running = !delivery->stopped;
	delivery_unlock(delivery);
	return running;
}

void delivery_stop(struct delivery *delivery)
{
	delivery_lock(delivery);
	delivery->stopped = true;
	pthread_cond_broadcast(&delivery->deadline_changed);
	pthread_cond_broadcast(&delivery->watcher_wanted);
	delivery_unlock(delivery);
}

unsigned int delivery_release_all(struct delivery *delivery)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t ids[POLICY_CLIENTS_MAX];
	unsigned int count = 0, released = 0;

	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++)
		if (delivery->clients[i])
			ids[count++] = delivery->clients[i]->id;
	delivery_unlock(delivery);
	for (unsigned int i = 0; i < count; i++)
		released += client_abandon(delivery, ids[i], now_ns);
	return released;
}
