/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fan-out of one event (delivery.h): which clients want it, the record into each one's ring,
 * and for AUTH the question that all their answers decide.
 *
 * Owns the lock, the clients' places and the pool of questions. What follows from an answer is
 * collected in `effects` under the lock and carried out after it: releases, kills and notes never
 * happen inside.
 */
#include "daemon/delivery/delivery.h"

#include "base/clock.h"
#include "daemon/delivery/state.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

int delivery_new(struct delivery **ret_delivery, const struct delivery_options *options)
{
	OWNED(delivery_free) struct delivery *delivery = calloc(1, sizeof(*delivery));
	pthread_condattr_t attributes;

	if (!delivery)
		return -ENOMEM;
	delivery->options = *options;
	delivery->planned_wake_ns = UINT64_MAX;
	delivery->planned_guard_ns = UINT64_MAX;
	delivery->guard_called_ns = UINT64_MAX;
	delivery->next_client_id = 1;
	/* Without it collisions can be chosen, no more than that. */
	(void)!getrandom(&delivery->cache.seed, sizeof(delivery->cache.seed), GRND_NONBLOCK);
	pthread_mutex_init(&delivery->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&delivery->deadline_changed, &attributes);
	pthread_cond_init(&delivery->guard_wanted, &attributes);
	pthread_cond_init(&delivery->watcher_wanted, &attributes);
	pthread_condattr_destroy(&attributes);
	delivery->waits = epoll_create1(EPOLL_CLOEXEC);
	if (delivery->waits < 0)
		return -errno;
	*ret_delivery = TAKE(delivery);
	return 0;
}

struct delivery *delivery_free(struct delivery *delivery)
{
	if (!delivery)
		return NULL;
	for (unsigned int i = 0; i < POLICY_CLIENTS_MAX; i++)
		delivery_client_free(delivery, delivery->clients[i]);
	cache_clear(&delivery->cache);
	deadline_heap_done(&delivery->deadlines);
	while (delivery->free_questions) {
		struct question *question = delivery->free_questions;

		delivery->free_questions = question->next;
		free(question);
	}
	if (delivery->waits >= 0)
		close(delivery->waits);
	pthread_cond_destroy(&delivery->deadline_changed);
	pthread_cond_destroy(&delivery->guard_wanted);
	pthread_cond_destroy(&delivery->watcher_wanted);
	pthread_mutex_destroy(&delivery->lock);
	free(delivery);
	return NULL;
}

void delivery_set_release(struct delivery *delivery,
			  void (*release)(void *context, uint64_t hold, bool allow), void *context)
{
	delivery_lock(delivery);
	delivery->options.release = release;
	delivery->options.release_context = context;
	delivery_unlock(delivery);
}

bool delivery_wants(const struct delivery *delivery, unsigned int event)
{
	uint64_t word;

	if (event >= EVENT_LAST)
		return false;
	word = __atomic_load_n(&delivery->interest.words[event / 64], __ATOMIC_RELAXED);
	return word >> (event % 64) & 1;
}

bool delivery_would_tell(struct delivery *delivery, const struct policy_question *question)
{
	bool told = false;

	if (!delivery_wants(delivery, question->event))
		return false;
	delivery_lock(delivery);
	for (unsigned int i = 0; !told && i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		told = client && policy_delivers(client->policy, question);
	}
	delivery_unlock(delivery);
	return told;
}

static struct policy_question question_of(const struct delivery_event *event)
{
	return (struct policy_question){
		.event = event->record->event,
		.subject = event->subject,
		.instigator = event->instigator,
		.targets = event->targets,
		.target_count = event->target_count,
	};
}

/* Clients are told of other clients, so that two need not go on about each other for ever. */
static void mark_client(const struct delivery *delivery, struct record *record)
{
	const uint32_t *subject = record->process.token.words;

	for (unsigned int i = 0; i < delivery->client_end; i++) {
		const struct client *client = delivery->clients[i];

		if (!client)
			continue;
		if (client->token.words[RECORD_TOKEN_PID] == subject[RECORD_TOKEN_PID] &&
		    client->token.words[RECORD_TOKEN_PIDVERSION] ==
			    subject[RECORD_TOKEN_PIDVERSION]) {
			record->process.flags |= RECORD_PROCESS_ES_CLIENT;
			return;
		}
	}
}

/* Numbers the record for this client and puts it into the ring. 0 or a channel outcome. */
static int tell(struct client *client, struct record *record)
{
	int outcome;

	record->seq_num = client->seq_nums[record->event]++;
	record->global_seq_num = client->global_seq_num++;
	outcome = channel_put(client->channel, record);
	if (outcome)
		client->dropped++;
	return outcome;
}

void delivery_notify(struct delivery *delivery, struct delivery_event *event)
{
	struct policy_question question = question_of(event);
	struct record *record = event->record;

	if (!delivery_wants(delivery, record->event))
		return;
	record->deadline_ns = 0;
	record->question = 0;
	delivery_lock(delivery);
	mark_client(delivery, record);
	if (missed_is_marked(delivery, event))
		record->flags |= RECORD_STOOD_IN;
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		if (!client || client->dead || !policy_delivers(client->policy, &question))
			continue;
		tell(client, record);
		delivery->totals.notified++;
	}
	delivery_unlock(delivery);
}

/* A debugger never waits on the debugged. */
static bool is_debugger(const struct client *client, const struct policy_subject *subject)
{
	return client->stop.debugged && client->stop.policy != DEBUG_POLICY_HOLD &&
	       subtree_set_has(&subject->subtrees, POLICY_DEBUGGERS + client->index);
}

/* A client is never asked about itself: it would wait for its own answer. */
static bool is_asked(const struct client *client, const struct policy_question *question)
{
	const struct record_token *subject = question->subject->token;

	return !client->dead &&
	       subject->words[RECORD_TOKEN_PID] != client->token.words[RECORD_TOKEN_PID] &&
	       !is_debugger(client, question->subject) && policy_delivers(client->policy, question);
}

/* What was remembered for this client, if anything. */
static bool remembered(const struct delivery *delivery, const struct client *client,
		       struct question *question, uint32_t *ret_flags)
{
	if (!question->cacheable)
		return false;
	question->key.client_index = client->index;
	return cache_find(&delivery->cache, &question->key, ret_flags);
}

/* Is this client's word needed, or is it known to be "allowed, whatever the flags"? */
static bool client_recalls(const struct delivery *delivery, const struct client *client,
			   const struct policy_question *question, struct cache_key *key)
{
	struct event_set subscriptions = policy_subscriptions(client->policy);
	uint32_t flags;

	if (!event_set_has(&subscriptions, question->event))
		return true;
	if (policy_needs_targets(client->policy, question->event))
		return false;
	if (!is_asked(client, question))
		return true;
	key->client_index = client->index;
	return cache_find(&delivery->cache, key, &flags) && flags == VERDICT_FLAGS_ALLOW;
}

bool delivery_recalls(struct delivery *delivery, const struct delivery_recall *recall)
{
	struct policy_question question = {.event = recall->event, .subject = recall->subject};
	struct cache_key key = {.event = recall->event};
	bool known = recall->executable && recall->target;
	bool recalled = true;

	if (!delivery_wants(delivery, recall->event))
		return true;
	if (!known)
		return false;
	key.executable = *recall->executable;
	key.target = *recall->target;
	delivery_lock(delivery);
	for (unsigned int i = 0; recalled && i < delivery->client_end; i++) {
		if (delivery->clients[i])
			recalled = client_recalls(delivery, delivery->clients[i], &question, &key);
	}
	if (recalled) {
		delivery->totals.from_cache++;
		delivery->totals.allowed++;
	}
	delivery_unlock(delivery);
	return recalled;
}

static void fill_question(struct question *question, const struct delivery_event *event,
			  uint64_t hold)
{
	const struct policy_file *target = event->target_count ? &event->targets[0] : NULL;
	const struct record *record = event->record;

	question->hold = hold;
	question->asked_ns = clock_now_ns();
	question->asked_wall_ns = clock_wall_ns();
	question->event = record->event;
	question->flags = event->flags;
	question->flags_allowed = VERDICT_FLAGS_ALLOW;
	question->cacheable = event->identified &&
			      event_describe(record->event)->cache == EVENT_CACHE_CACHEABLE;
	question->key = (struct cache_key){
		.executable = event->executable,
		.target = event->target,
		.event = record->event,
	};
	question->subject_pid = (pid_t)event->subject->token->words[RECORD_TOKEN_PID];
	question->subject_tid = record->thread_id;
	question_path(question->subject_path, event->subject->executable.path,
		      event->subject->executable.path_length);
	question_path(question->target_path, target ? target->path : NULL,
		      target ? target->path_length : 0);
}

/* A record the client will not see: a gap in its numbers. */
static void missed(struct client *client, const struct record *record)
{
	client->seq_nums[record->event]++;
	client->global_seq_num++;
	client->dropped++;
	channel_count_lost(client->channel);
}

/* The client could not be asked: something is full. Its miss mode answers. */
static void could_not_ask(struct client *client, struct question *question, struct effects *effects)
{
	client->delivery->totals.could_not_ask++;
	if (!client->overflowing)
		effects_note_question(effects, question, client, DELIVERY_NOTE_OVERFLOW);
	client->overflowing = true;
	if (!client_miss_allows(client))
		question->flags_allowed = VERDICT_FLAGS_DENY;
}

static void ask_client(struct client *client, struct question *question, struct record *record,
		       struct effects *effects)
{
	struct delivery *delivery = client->delivery;
	struct ask *ask;
	uint64_t slot;

	if (client->stop.debuggable && client_stood_in(client, question, record))
		return;
	if (channel_slot_open(client->channel, &slot) != 0) {
		missed(client, record);
		could_not_ask(client, question, effects);
		return;
	}
	record->question = slot;
	record->deadline_ns = question->asked_ns + client_deadline_ms(client, record->event) *
							   NANOSECONDS_PER_MILLISECOND;
	if (ask_new(question, client, slot, record->deadline_ns) < 0) {
		uint32_t flags;
		bool cache;

		channel_slot_close(client->channel, slot, &flags, &cache);
		missed(client, record);
		could_not_ask(client, question, effects);
		return;
	}
	ask = question->asks;
	if (tell(client, record) != 0) {
		ask_undo(ask);
		could_not_ask(client, question, effects);
		return;
	}
	client->overflowing = false;
	ask->seq_num = record->seq_num;
	ask->ring_end = channel_position(client->channel);
	if (client->stop.debuggable) {
		client_call_guard(client, question->asked_ns);
		missed_unmark(delivery, question);
	}
	if (record->deadline_ns < delivery->planned_wake_ns) {
		delivery->planned_wake_ns = record->deadline_ns;
		pthread_cond_signal(&delivery->deadline_changed);
	}
}

/* Asks every client that wants to be asked and has not answered already. */
static void ask_clients(struct delivery *delivery, struct question *question,
			struct delivery_event *event, struct effects *effects)
{
	struct policy_question asked = question_of(event);
	struct client *to_ask[POLICY_CLIENTS_MAX];
	unsigned int count = 0;

	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];
		uint32_t flags;

		if (!client || !is_asked(client, &asked))
			continue;
		if (!remembered(delivery, client, question, &flags)) {
			to_ask[count++] = client;
			continue;
		}
		delivery->totals.from_cache++;
		question->flags_allowed &= flags;
		if (!question_allowed_by(question, flags)) {
			effects_note_question(effects, question, client, DELIVERY_NOTE_DENIED);
			return;
		}
	}
	if (count > 0)
		mark_client(delivery, event->record);
	for (unsigned int i = 0; i < count; i++)
		ask_client(to_ask[i], question, event->record, effects);
}

/*
 * No room for another question, or for another held subject: what was answered before, and for the
 * rest what the clients that would have been asked say by their miss modes.
 */
static enum delivery_outcome nobody_asked(struct delivery *delivery, struct delivery_event *event,
					  struct effects *effects)
{
	struct policy_question asked = question_of(event);
	struct question question = {.outstanding = 0};

	fill_question(&question, event, DELIVERY_NO_HOLD);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];
		uint32_t flags;

		if (!client || !is_asked(client, &asked))
			continue;
		if (remembered(delivery, client, &question, &flags)) {
			delivery->totals.from_cache++;
			question.flags_allowed &= flags;
		} else {
			missed(client, event->record);
			could_not_ask(client, &question, effects);
		}
	}
	return question_allowed(&question) ? DELIVERY_ALLOW : DELIVERY_DENY;
}

enum delivery_outcome delivery_ask(struct delivery *delivery, struct delivery_event *event,
				   uint64_t hold)
{
	struct effects effects = {0};
	enum delivery_outcome outcome = DELIVERY_ALLOW;
	struct question *question;

	if (!delivery_wants(delivery, event->record->event))
		return DELIVERY_ALLOW;
	delivery_lock(delivery);
	question = hold == DELIVERY_NO_HOLD ? NULL : question_new(delivery);
	if (question) {
		fill_question(question, event, hold);
		ask_clients(delivery, question, event, &effects);
		delivery->totals.asked += question->outstanding > 0;
		outcome = question->outstanding	       ? DELIVERY_HELD
			  : question_allowed(question) ? DELIVERY_ALLOW
						       : DELIVERY_DENY;
		if (!question->outstanding)
			question_recycle(delivery, question);
	} else {
		outcome = nobody_asked(delivery, event, &effects);
	}
	delivery->totals.allowed += outcome == DELIVERY_ALLOW;
	delivery->totals.denied += outcome == DELIVERY_DENY;
	delivery_unlock(delivery);
	effects_run(delivery, &effects);
	return outcome;
}
