/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clients of delivery/ (clients.h): each owns its channel, its policy and what it still owes.
 * Made and ended from the control thread; changed under delivery's lock.
 */
#include "daemon/delivery/clients.h"

#include "base/clock.h"
#include "daemon/delivery/state.h"
#include "wire/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

static struct client *client_free(struct client *client)
{
	if (!client)
		return NULL;
	if (client->pidfd >= 0)
		close(client->pidfd);
	if (client->stop.watch)
		client->stop.watch->free(client->stop.watch);
	free(client->stop.missed);
	policy_free(client->policy);
	channel_free(client->channel);
	free(client);
	return NULL;
}
DEFINE_OWNED(struct client, client_free)

static int client_prepare(struct client **ret_client, const struct client_options *options,
			  int ret_descriptors[CONTROL_DESCRIPTORS_MAX])
{
	OWNED(client_free) struct client *client = calloc(1, sizeof(*client));
	uint64_t ring_size = options->ring_size ? options->ring_size : RING_SIZE_DEFAULT;
	int error;

	if (!client)
		return -ENOMEM;
	client->kind = options->kind;
	client->token = options->token;
	client->unprivileged = options->unprivileged;
	snprintf(client->name, sizeof(client->name), "%s", options->name);
	client->stop.debuggable = options->debuggable;
	client->stop.policy = options->debug_policy;
	client->pidfd = -1;
	if (options->pidfd >= 0) {
		client->pidfd = fcntl(options->pidfd, F_DUPFD_CLOEXEC, 3);
		if (client->pidfd < 0)
			return -errno;
	}
	if (options->debuggable) {
		client->stop.missed = calloc(MISSED_KEPT, sizeof(*client->stop.missed));
		if (!client->stop.missed)
			return -ENOMEM;
	}
	error = channel_new(&client->channel, ring_size);
	if (!error)
		error = channel_descriptors(client->channel, ret_descriptors);
	if (error)
		return error;
	*ret_client = TAKE(client);
	return 0;
}

/*
 * Gives the client its place, and *ret_forgotten to be cleared without the lock. 0,
 * CLIENT_TOO_MANY, -ENOMEM or what epoll says.
 */
static int client_enter(struct delivery *delivery, struct client *client,
			struct cache *ret_forgotten)
{
	/* Edge-triggered: having seen the event is all it takes to quiet the bell. */
	struct epoll_event bell = {.events = EPOLLIN | EPOLLET, .data.u64 = DELIVERY_ANSWERS};
	unsigned int index = 0;
	int error;

	while (index < POLICY_CLIENTS_MAX && delivery->clients[index])
		index++;
	if (index == POLICY_CLIENTS_MAX)
		return CLIENT_TOO_MANY;
	error = policy_new(&client->policy, index, client->kind);
	if (error)
		return error;
	if (epoll_ctl(delivery->waits, EPOLL_CTL_ADD, channel_answer_bell(client->channel), &bell) <
	    0)
		return -errno;
	client->delivery = delivery;
	client->index = index;
	client->id = delivery->next_client_id++;
	delivery->clients[index] = client;
	if (index >= delivery->client_end)
		delivery->client_end = index + 1;
	*ret_forgotten = cache_take(&delivery->cache);
	return 0;
}

int delivery_client_new(struct delivery *delivery, const struct client_options *options,
			struct client **ret_client, int ret_descriptors[CONTROL_DESCRIPTORS_MAX])
{
	OWNED(client_free) struct client *client = NULL;
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	struct cache forgotten = {.seed = 0};
	int result = client_prepare(&client, options, descriptors);

	if (result)
		return result;
	delivery_lock(delivery);
	result = client_enter(delivery, client, &forgotten);
	delivery_unlock(delivery);
	cache_clear(&forgotten);
	if (result) {
		for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++)
			close(descriptors[i]);
		return result;
	}
	memcpy(ret_descriptors, descriptors, sizeof(descriptors));
	*ret_client = TAKE(client);
	return 0;
}

static void update_interest(struct delivery *delivery)
{
	struct event_set interest = {{0}};

	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct event_set subscriptions;

		if (!delivery->clients[i])
			continue;
		subscriptions = policy_subscriptions(delivery->clients[i]->policy);
		event_set_merge(&interest, &subscriptions);
	}
	for (int word = 0; word < EVENT_SET_WORDS; word++)
		__atomic_store_n(&delivery->interest.words[word], interest.words[word],
				 __ATOMIC_RELAXED);
}

struct client *delivery_client_free(struct delivery *delivery, struct client *client)
{
	struct cache forgotten;

	if (!client)
		return NULL;
	/* From here on it is asked nothing more. */
	delivery_lock(delivery);
	client->dead = true;
	delivery_unlock(delivery);
	client_abandon(delivery, client->id, UINT64_MAX);
	delivery_lock(delivery);
	delivery->clients[client->index] = NULL;
	while (delivery->client_end > 0 && !delivery->clients[delivery->client_end - 1])
		delivery->client_end--;
	epoll_ctl(delivery->waits, EPOLL_CTL_DEL, channel_answer_bell(client->channel), NULL);
	update_interest(delivery);
	/* Another client may get this index: nothing remembered for the old one may speak for it.
	 */
	forgotten = cache_take(&delivery->cache);
	delivery_unlock(delivery);
	cache_clear(&forgotten);
	return client_free(client);
}

uint64_t client_id(const struct client *client)
{
	return client->id;
}

unsigned int client_index(const struct client *client)
{
	return client->index;
}

uint64_t client_ring_size(const struct client *client)
{
	return channel_size(client->channel);
}

struct client *client_find(const struct delivery *delivery, uint64_t id)
{
	for (unsigned int i = 0; i < delivery->client_end; i++)
		if (delivery->clients[i] && delivery->clients[i]->id == id)
			return delivery->clients[i];
	return NULL;
}

void delivery_subscribe(struct delivery *delivery, struct client *client,
			const struct event_set *events)
{
	delivery_lock(delivery);
	policy_subscribe(client->policy, events);
	update_interest(delivery);
	delivery_unlock(delivery);
}

void delivery_unsubscribe(struct delivery *delivery, struct client *client,
			  const struct event_set *events)
{
	delivery_lock(delivery);
	policy_unsubscribe(client->policy, events);
	update_interest(delivery);
	delivery_unlock(delivery);
}

struct event_set delivery_subscriptions(struct delivery *delivery, const struct client *client)
{
	struct event_set events;

	delivery_lock(delivery);
	events = policy_subscriptions(client->policy);
	delivery_unlock(delivery);
	return events;
}

struct event_set delivery_interest(struct delivery *delivery)
{
	struct event_set events;

	delivery_lock(delivery);
	events = delivery->interest;
	delivery_unlock(delivery);
	return events;
}

int delivery_mute(struct delivery *delivery, struct client *client, const struct control_mute *mute,
		  const char *path)
{
	struct policy_remains *remains;
	int result;

	delivery_lock(delivery);
	result = policy_mute(client->policy, mute, path);
	remains = policy_take_remains(client->policy);
	delivery_unlock(delivery);
	policy_remains_free(remains);
	return result;
}

bool delivery_mute_inverted(struct delivery *delivery, const struct client *client,
			    enum control_mute_dimension dimension)
{
	bool inverted;

	delivery_lock(delivery);
	inverted = policy_inverted(client->policy, dimension);
	delivery_unlock(delivery);
	return inverted;
}

/* One step of the walk into the page. False: there is no room for what it would meet. */
static bool step(const struct policy *policy, struct delivery_mutes *mutes,
		 enum policy_walk_outcome *ret_outcome)
{
	struct policy_walk next = mutes->walk;
	struct control_mute_entry entry;
	const char *path;

	*ret_outcome = policy_walk(policy, &next, &entry, &path);
	if (*ret_outcome == POLICY_WALK_MUTE) {
		unsigned char *place = mutes->bytes + mutes->size;

		if (entry.size > sizeof(mutes->bytes) - mutes->size)
			return false;
		memset(place + entry.size - 8, 0, 8);
		memcpy(place, &entry, sizeof(entry));
		memcpy(place + sizeof(entry), path, entry.path_length);
		mutes->size += entry.size;
		mutes->count++;
	}
	mutes->walk = next;
	return true;
}
_Static_assert(DELIVERY_MUTES_SIZE > sizeof(struct control_mute_entry) + RECORD_PATH_MAX,
	       "every mute fits into a page");

int delivery_next_mutes(struct delivery *delivery, struct delivery_mutes *mutes)
{
	enum policy_walk_outcome outcome = POLICY_WALK_ON;
	const struct client *client;

	mutes->count = 0;
	mutes->size = 0;
	delivery_lock(delivery);
	client = client_find(delivery, mutes->client_id);
	for (int steps = 0; client && steps < DELIVERY_MUTES_STEPS; steps++)
		if (!step(client->policy, mutes, &outcome) || outcome == POLICY_WALK_END)
			break;
	delivery_unlock(delivery);
	if (!client)
		return -ENOENT;
	return outcome != POLICY_WALK_END;
}

void delivery_give_way(void)
{
	const struct timespec pause = {.tv_nsec = 100 * NANOSECONDS_PER_MICROSECOND};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

int delivery_clear_cache(struct delivery *delivery, const struct client *client)
{
	uint64_t second = clock_now_ns() / NANOSECONDS_PER_SECOND;
	struct cache forgotten = {.seed = 0};
	int result = 0;

	delivery_lock(delivery);
	if (delivery->clear_second != second) {
		delivery->clear_second = second;
		delivery->clears = 0;
	}
	if (client && ++delivery->clears > CLEAR_CACHE_PER_SECOND)
		result = CONTROL_THROTTLED;
	else
		forgotten = cache_take(&delivery->cache);
	delivery_unlock(delivery);
	cache_clear(&forgotten);
	return result;
}

uint64_t delivery_ring_position(struct delivery *delivery, const struct client *client)
{
	uint64_t position;

	delivery_lock(delivery);
	position = channel_position(client->channel);
	delivery_unlock(delivery);
	return position;
}

int delivery_client_threads(struct delivery *delivery, uint64_t client_id, pid_t *ret_pid,
			    struct channel_threads *ret_threads)
{
	const struct client *client;

	delivery_lock(delivery);
	client = client_find(delivery, client_id);
	if (client) {
		*ret_pid = (pid_t)client->token.words[RECORD_TOKEN_PID];
		*ret_threads = channel_threads(client->channel);
	}
	delivery_unlock(delivery);
	return client ? 0 : -ENOENT;
}

void delivery_process_gone(struct delivery *delivery, const struct record_token *token)
{
	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		if (delivery->clients[i])
			policy_forget_process(delivery->clients[i]->policy, token);
	}
	delivery_unlock(delivery);
}

void delivery_process_dumping(struct delivery *delivery, const struct record_token *token)
{
	uint64_t ids[POLICY_CLIENTS_MAX];
	unsigned int count = 0;

	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		if (!client ||
		    client->token.words[RECORD_TOKEN_PID] != token->words[RECORD_TOKEN_PID])
			continue;
		client->dead = true;
		ids[count++] = client->id;
	}
	delivery_unlock(delivery);
	for (unsigned int i = 0; i < count; i++)
		client_abandon(delivery, ids[i], UINT64_MAX);
}
