/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery/ described for people: copies of its clients, open questions and totals, made under the
 * lock.
 */
#include "base/clock.h"
#include "daemon/delivery/clients.h"
#include "daemon/delivery/state.h"

#include <string.h>

enum { CLIENTS_AT_ONCE = 12 };

static struct client_status client_status_of(const struct client *client, uint64_t now_ns)
{
	struct client_status status = {
		.id = client->id,
		.pid = (pid_t)client->token.words[RECORD_TOKEN_PID],
		.kind = client->kind,
		.miss_mode = client->miss_mode,
		.subscriptions = policy_subscriptions(client->policy),
		.messages = client->global_seq_num,
		.dropped = client->dropped,
		.queued_bytes = channel_queued(client->channel),
		.ring_size = channel_size(client->channel),
		.mutes = policy_mute_count(client->policy),
		.unanswered = client->unanswered,
		.debuggable = client->stop.debuggable,
		.debug_policy = client->stop.policy,
		.stopped = client->stop.state == STOP_STOPPED,
		.missed = client->stop.missed_count,
	};

	memcpy(status.name, client->name, sizeof(status.name));
	if (client->asks)
		status.oldest_unanswered_ns = now_ns - client->asks->question->asked_ns;
	return status;
}

size_t delivery_client_status(struct delivery *delivery, struct client_status *statuses,
			      size_t limit)
{
	uint64_t now_ns = clock_now_ns();
	size_t count = 0;

	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		if (i % CLIENTS_AT_ONCE == CLIENTS_AT_ONCE - 1) {
			delivery_unlock(delivery);
			delivery_give_way();
			delivery_lock(delivery);
		}
		if (!delivery->clients[i])
			continue;
		if (count < limit)
			statuses[count] = client_status_of(delivery->clients[i], now_ns);
		count++;
	}
	delivery_unlock(delivery);
	return count;
}

static struct question_status question_status_of(struct ask *ask, uint64_t now_ns)
{
	const struct question *question = ask->question;
	struct question_status status = {
		.client_id = ask->client->id,
		.question = ask->slot,
		.seq_num = ask->seq_num,
		.event = question->event,
		.age_ns = now_ns - question->asked_ns,
		.left_ns = ask->deadline_ns == UINT64_MAX ? ask->left_ns
			   : ask->deadline_ns > now_ns	  ? ask->deadline_ns - now_ns
							  : 0,
		.stands_still = ask->deadline_ns == UINT64_MAX,
		.subject_pid = question->subject_pid,
		.subject_tid = (pid_t)question->subject_tid,
	};

	if (ask->state == ASK_ASKED && channel_consumed(ask->client->channel) >= ask->ring_end)
		ask->state = ASK_DELIVERED;
	status.delivered = ask->state == ASK_DELIVERED;
	memcpy(status.subject_path, question->subject_path, sizeof(status.subject_path));
	memcpy(status.target_path, question->target_path, sizeof(status.target_path));
	return status;
}

/* The first ask behind the walk, and moves the walk to its client. NULL: there is none. */
static struct ask *ask_behind(const struct delivery *delivery, struct delivery_questions *walk)
{
	for (; walk->index < delivery->client_end; walk->index++) {
		const struct client *client = delivery->clients[walk->index];
		struct ask *ask = client ? client->asks : NULL;

		if (client && walk->client_id != client->id) {
			walk->client_id = client->id;
			walk->position = 0;
		}
		/* Each record lies behind the one before it. */
		while (ask && ask->ring_end <= walk->position)
			ask = ask->next;
		if (ask)
			return ask;
	}
	return NULL;
}

bool delivery_next_questions(struct delivery *delivery, struct delivery_questions *walk)
{
	uint64_t now_ns = clock_now_ns();
	struct ask *ask;

	walk->count = 0;
	delivery_lock(delivery);
	for (ask = ask_behind(delivery, walk); ask; ask = ask_behind(delivery, walk)) {
		for (; ask && walk->count < DELIVERY_QUESTIONS_AT_ONCE; ask = ask->next) {
			walk->statuses[walk->count++] = question_status_of(ask, now_ns);
			walk->position = ask->ring_end;
		}
		if (ask)
			break;
		walk->index++;
	}
	delivery_unlock(delivery);
	return ask != NULL;
}

size_t delivery_question_count(struct delivery *delivery)
{
	size_t count = 0;

	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++)
		if (delivery->clients[i])
			count += delivery->clients[i]->unanswered;
	delivery_unlock(delivery);
	return count;
}

struct delivery_totals delivery_totals(struct delivery *delivery)
{
	struct delivery_totals totals;

	delivery_lock(delivery);
	totals = delivery->totals;
	totals.cached_answers = cache_count(&delivery->cache);
	delivery_unlock(delivery);
	return totals;
}
