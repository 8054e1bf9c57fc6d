/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that are stopped (stops.h): the states running, suspect, stopped, and what follows from
 * each.
 *
 * A stop counts once it has lasted STOP_CONFIRM_MS, or at once where the handler's thread runs on.
 * Its length is counted from the last look that saw the client run, so that a stop noticed late
 * takes nothing from the client's deadlines. Under the policy `hold` none of this happens:
 * everything waits and every deadline applies, as on macOS.
 */
#include "daemon/delivery/stops.h"

#include "base/clock.h"
#include "daemon/delivery/state.h"

#include <errno.h>
#include <utlist.h>

static bool is_delivered(const struct ask *ask)
{
	return channel_consumed(ask->client->channel) >= ask->ring_end;
}

static bool stands_still(const struct ask *ask)
{
	return ask->deadline_ns == UINT64_MAX;
}

static void set_deadline(struct ask *ask, uint64_t deadline_ns)
{
	struct deadline_heap *heap = &ask->client->delivery->deadlines;

	deadline_heap_remove(heap, ask);
	ask->deadline_ns = deadline_ns;
	/* There is room: it has just been taken out. */
	(void)deadline_heap_add(heap, ask);
}

static void stop_clock(struct ask *ask)
{
	uint64_t began_ns = ask->client->stop.running_ns;

	if (began_ns < ask->question->asked_ns)
		began_ns = ask->question->asked_ns;
	ask->left_ns = ask->deadline_ns > began_ns ? ask->deadline_ns - began_ns : 0;
	set_deadline(ask, UINT64_MAX);
}

static void start_clocks(struct client *client, uint64_t now_ns)
{
	struct delivery *delivery = client->delivery;
	struct ask *ask;

	DL_FOREACH2(client->asks, ask, next)
	{
		if (!stands_still(ask))
			continue;
		set_deadline(ask, now_ns + ask->left_ns);
		if (ask->deadline_ns < delivery->planned_wake_ns) {
			delivery->planned_wake_ns = ask->deadline_ns;
			pthread_cond_signal(&delivery->deadline_changed);
		}
	}
}

/* Answered in its stead. Nothing of it is remembered. */
static void stand_in(struct ask *ask, bool allow, struct effects *effects)
{
	struct client *client = ask->client;
	struct ask_end end = {.state = ASK_ANSWERED};

	if (!channel_slot_close(client->channel, ask->slot, &end.flags, &end.cache)) {
		end.state = ASK_STOOD_IN;
		end.flags = allow ? VERDICT_FLAGS_ALLOW : VERDICT_FLAGS_DENY;
		missed_add(client, ask->question, ask->seq_num, allow);
	}
	ask_take_off(ask, &end, effects);
}

static bool policy_allows(const struct client *client)
{
	return client->stop.policy != DEBUG_POLICY_DENY;
}

/* A denial waits until it is known that it does not hit the debugger. */
static bool policy_speaks(const struct client *client)
{
	const struct stop *stop = &client->stop;

	if (stop->policy == DEBUG_POLICY_DENY)
		return stop->debuggers_known || stop->seen == DELIVERY_ANSWERER_STOPPED;
	return stop->policy == DEBUG_POLICY_PASS;
}

/* What the stop means for one ask. */
static void settle(struct ask *ask, struct effects *effects)
{
	if (is_delivered(ask))
		stop_clock(ask);
	else
		stand_in(ask, policy_allows(ask->client), effects);
}

/* What the stop means for all that is asked. False: there is more to do. */
static bool settle_all(struct client *client, struct effects *effects)
{
	struct ask *ask, *after;
	int some = 0;

	DL_FOREACH_SAFE2(client->asks, ask, after, next)
	{
		if (stands_still(ask))
			continue;
		if (some++ == ASKS_AT_ONCE)
			return false;
		settle(ask, effects);
	}
	return true;
}

static void observe_running(struct client *client, uint64_t now_ns)
{
	if (client->stop.state == STOP_STOPPED)
		start_clocks(client, now_ns);
	client->stop.state = STOP_RUNNING;
	client->stop.debuggers_known = false;
	client->stop.running_ns = now_ns;
}

static void observe(struct client *client, uint64_t now_ns)
{
	struct stop *stop = &client->stop;
	enum delivery_stop seen = stop->watch ? stop->watch->look(stop->watch) : DELIVERY_RUNS;

	stop->seen = seen;
	if (seen == DELIVERY_RUNS) {
		observe_running(client, now_ns);
		return;
	}
	if (stop->state == STOP_RUNNING) {
		stop->state = STOP_SUSPECT;
		stop->suspect_ns = now_ns;
	}
	/* With its handler's thread running there is no time to make sure: what is asked now goes
	 * to the thread that is stopped. */
	if (seen == DELIVERY_ANSWERER_STOPPED ||
	    now_ns >= stop->suspect_ns + STOP_CONFIRM_MS * NANOSECONDS_PER_MILLISECOND)
		stop->state = STOP_STOPPED;
}

bool client_stood_in(struct client *client, struct question *question, struct record *record)
{
	struct stop *stop = &client->stop;

	observe(client, question->asked_ns);
	if (stop->state != STOP_STOPPED || !policy_speaks(client))
		return false;
	/* A gap in its numbers, and no record that fills its ring meanwhile. */
	missed_add(client, question, client->seq_nums[record->event]++, policy_allows(client));
	client->global_seq_num++;
	if (!policy_allows(client))
		question->flags_allowed = VERDICT_FLAGS_DENY;
	return true;
}

bool ask_excused(struct ask *ask, uint64_t now_ns, struct effects *effects)
{
	struct stop *stop = &ask->client->stop;

	if (!stop->debuggable || stop->policy == DEBUG_POLICY_HOLD)
		return false;
	observe(ask->client, now_ns);
	if (stop->state == STOP_RUNNING)
		return false;
	/* There is no time left to make sure. */
	stop->state = STOP_STOPPED;
	settle(ask, effects);
	return true;
}

static void call_guard(struct delivery *delivery, uint64_t when_ns)
{
	if (when_ns >= delivery->guard_called_ns)
		return;
	delivery->guard_called_ns = when_ns;
	if (when_ns < delivery->planned_guard_ns)
		pthread_cond_signal(&delivery->guard_wanted);
}

void client_call_guard(struct client *client, uint64_t now_ns)
{
	uint64_t pause_ns = STOP_CONFIRM_MS * NANOSECONDS_PER_MILLISECOND;

	call_guard(client->delivery, client->stop.watch ? now_ns + pause_ns : now_ns);
}

void client_answered(struct client *client)
{
	if (channel_answerer_count(client->channel) != client->stop.answerer_count)
		call_guard(client->delivery, clock_now_ns());
}

static enum client_urgency urgency_of(const struct client *client)
{
	static const enum client_urgency urgencies[] = {
		[STOP_SUSPECT] = CLIENT_SUSPECT,
		[STOP_STOPPED] = CLIENT_STOPPED,
	};

	if (client->stop.state != STOP_RUNNING)
		return urgencies[client->stop.state];
	if (!client->asks)
		return CLIENT_QUIET;
	return is_delivered(client->asks->previous) ? CLIENT_HANDLES : CLIENT_WAITS;
}

size_t delivery_guarded(struct delivery *delivery, struct client_guarded *ret_clients)
{
	size_t count = 0;

	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		if (!client || !client->stop.debuggable || client->dead)
			continue;
		client->stop.answerer_count = channel_answerer_count(client->channel);
		ret_clients[count++] = (struct client_guarded){
			.id = client->id,
			.index = client->index,
			.pid = (pid_t)client->token.words[RECORD_TOKEN_PID],
			.threads = channel_threads(client->channel),
			.watched = client->stop.watch != NULL,
			.debuggers_known = !client->stop.traced_now &&
					   (client->stop.debuggers_known ||
					    client->stop.state == STOP_RUNNING),
			.urgency = urgency_of(client),
		};
		client->stop.traced_now = false;
	}
	delivery_unlock(delivery);
	return count;
}

void delivery_set_watch(struct delivery *delivery, uint64_t client_id, struct delivery_watch *watch)
{
	struct client *client;

	delivery_lock(delivery);
	client = client_find(delivery, client_id);
	if (client) {
		struct delivery_watch *before = client->stop.watch;

		client->stop.watch = watch;
		watch = before;
	}
	delivery_unlock(delivery);
	if (watch)
		watch->free(watch);
}

static bool look(struct client *client, struct effects *effects)
{
	uint64_t now_ns = clock_now_ns();

	observe(client, now_ns);
	if (client->stop.state != STOP_STOPPED)
		return true;
	if (client->stop.policy == DEBUG_POLICY_HOLD)
		start_clocks(client, now_ns);
	return !policy_speaks(client) || settle_all(client, effects);
}

void delivery_look(struct delivery *delivery, uint64_t client_id)
{
	bool done;

	do {
		struct effects effects = {0};
		struct client *client;

		delivery_lock(delivery);
		client = client_find(delivery, client_id);
		done = !client || client->dead || look(client, &effects);
		delivery_unlock(delivery);
		effects_run(delivery, &effects);
	} while (!done);
}

static uint64_t sooner(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

bool delivery_await_guard(struct delivery *delivery, uint64_t until_ns)
{
	bool running;

	delivery_lock(delivery);
	for (;;) {
		uint64_t when_ns = sooner(until_ns, delivery->guard_called_ns);
		struct timespec when = clock_timespec(when_ns);

		if (delivery->guard_stopped || when_ns <= clock_now_ns())
			break;
		delivery->planned_guard_ns = when_ns;
		if (when_ns == UINT64_MAX)
			pthread_cond_wait(&delivery->guard_wanted, &delivery->lock);
		else
			pthread_cond_timedwait(&delivery->guard_wanted, &delivery->lock, &when);
	}
	/* Whoever calls from here on is heard at the next wait. */
	delivery->planned_guard_ns = 0;
	delivery->guard_called_ns = UINT64_MAX;
	running = !delivery->guard_stopped;
	delivery_unlock(delivery);
	return running;
}

void delivery_stop_guard(struct delivery *delivery)
{
	delivery_lock(delivery);
	delivery->guard_stopped = true;
	pthread_cond_broadcast(&delivery->guard_wanted);
	delivery_unlock(delivery);
}

int delivery_set_debug_policy(struct delivery *delivery, uint64_t client_id, unsigned int policy)
{
	struct client *client;
	int result = -ENOENT;

	if (policy >= DEBUG_POLICY_LAST)
		return -EINVAL;
	delivery_lock(delivery);
	client = client_find(delivery, client_id);
	if (client)
		result = client->stop.debuggable ? 0 : -EPERM;
	if (result == 0) {
		client->stop.policy = policy;
		call_guard(delivery, clock_now_ns());
	}
	delivery_unlock(delivery);
	return result;
}

void delivery_process_traced(struct delivery *delivery, const struct record_token *token)
{
	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		if (!client || !client->stop.debuggable ||
		    client->token.words[RECORD_TOKEN_PID] != token->words[RECORD_TOKEN_PID])
			continue;
		client->stop.traced_now = true;
		call_guard(delivery, clock_now_ns());
	}
	delivery_unlock(delivery);
}

void delivery_set_debugged(struct delivery *delivery, uint64_t client_id, bool debugged)
{
	struct client *client;

	delivery_lock(delivery);
	client = client_find(delivery, client_id);
	if (client) {
		client->stop.debugged = debugged;
		client->stop.debuggers_known = true;
	}
	delivery_unlock(delivery);
}

size_t delivery_subjects(struct delivery *delivery, uint64_t client_id,
			 pid_t ret_pids[SUBJECTS_AT_ONCE])
{
	const struct client *client;
	const struct ask *ask;
	size_t count = 0;

	delivery_lock(delivery);
	client = client_find(delivery, client_id);
	for (ask = client ? client->asks : NULL; ask && count < SUBJECTS_AT_ONCE; ask = ask->next)
		ret_pids[count++] = ask->question->subject_pid;
	delivery_unlock(delivery);
	return count;
}

void delivery_excuse(struct delivery *delivery, uint64_t client_id, pid_t pid)
{
	struct effects effects = {0};
	struct client *client;
	struct ask *ask, *after;

	delivery_lock(delivery);
	client = client_find(delivery, client_id);
	if (client && client->stop.policy != DEBUG_POLICY_HOLD) {
		DL_FOREACH_SAFE2(client->asks, ask, after, next)
		if (ask->question->subject_pid == pid)
			stand_in(ask, true, &effects);
	}
	delivery_unlock(delivery);
	effects_run(delivery, &effects);
}
