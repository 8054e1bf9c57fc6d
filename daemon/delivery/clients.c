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
	client->pidfd = -1;
	if (options->pidfd >= 0) {
		client->pidfd = fcntl(options->pidfd, F_DUPFD_CLOEXEC, 3);
		if (client->pidfd < 0)
			return -errno;
	}
	error = channel_new(&client->channel, ring_size);
	if (!error)
		error = channel_descriptors(client->channel, ret_descriptors);
	if (error)
		return error;
	*ret_client = TAKE(client);
	return 0;
}

/* Gives the client its place. 0, CLIENT_TOO_MANY, -ENOMEM or what epoll says. */
static int client_enter(struct delivery *delivery, struct client *client)
{
	struct epoll_event bell = {.events = EPOLLIN | EPOLLET};
	unsigned int index = 0;
	int error;

	while (index < POLICY_CLIENTS_MAX && delivery->clients[index])
		index++;
	if (index == POLICY_CLIENTS_MAX)
		return CLIENT_TOO_MANY;
	error = policy_new(&client->policy, index, client->kind);
	if (error)
		return error;
	if (epoll_ctl(delivery->bells, EPOLL_CTL_ADD, channel_answer_bell(client->channel), &bell) <
	    0)
		return -errno;
	client->delivery = delivery;
	client->index = index;
	client->id = delivery->next_client_id++;
	delivery->clients[index] = client;
	if (index >= delivery->client_end)
		delivery->client_end = index + 1;
	cache_clear(&delivery->cache);
	return 0;
}

int delivery_client_new(struct delivery *delivery, const struct client_options *options,
			struct client **ret_client, int ret_descriptors[CONTROL_DESCRIPTORS_MAX])
{
	OWNED(client_free) struct client *client = NULL;
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	int result = client_prepare(&client, options, descriptors);

	if (result)
		return result;
	delivery_lock(delivery);
	result = client_enter(delivery, client);
	delivery_unlock(delivery);
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
	struct effects effects = {0};

	if (!client)
		return NULL;
	delivery_lock(delivery);
	client_abandon(client, &effects);
	delivery->clients[client->index] = NULL;
	while (delivery->client_end > 0 && !delivery->clients[delivery->client_end - 1])
		delivery->client_end--;
	epoll_ctl(delivery->bells, EPOLL_CTL_DEL, channel_answer_bell(client->channel), NULL);
	update_interest(delivery);
	/* Another client may get this index: nothing remembered for the old one may speak for it.
	 */
	cache_clear(&delivery->cache);
	delivery_unlock(delivery);
	effects_run(delivery, &effects);
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

struct client *delivery_client_find(struct delivery *delivery, uint64_t id)
{
	struct client *found = NULL;

	delivery_lock(delivery);
	for (unsigned int i = 0; !found && i < delivery->client_end; i++) {
		if (delivery->clients[i] && delivery->clients[i]->id == id)
			found = delivery->clients[i];
	}
	delivery_unlock(delivery);
	return found;
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
	int result;

	delivery_lock(delivery);
	result = policy_mute(client->policy, mute, path);
	delivery_unlock(delivery);
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

int delivery_each_mute(struct delivery *delivery, const struct client *client,
		       int (*each)(void *context, const struct control_mute_entry *entry,
				   const char *path),
		       void *context)
{
	int result;

	delivery_lock(delivery);
	result = policy_each_mute(client->policy, each, context);
	delivery_unlock(delivery);
	return result;
}

int delivery_clear_cache(struct delivery *delivery, const struct client *client)
{
	uint64_t second = clock_now_ns() / NANOSECONDS_PER_SECOND;
	int result = 0;

	delivery_lock(delivery);
	if (delivery->clear_second != second) {
		delivery->clear_second = second;
		delivery->clears = 0;
	}
	if (client && ++delivery->clears > CLEAR_CACHE_PER_SECOND)
		result = CONTROL_THROTTLED;
	else
		cache_clear(&delivery->cache);
	delivery_unlock(delivery);
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
	struct effects effects = {0};

	delivery_lock(delivery);
	for (unsigned int i = 0; i < delivery->client_end; i++) {
		struct client *client = delivery->clients[i];

		if (!client ||
		    client->token.words[RECORD_TOKEN_PID] != token->words[RECORD_TOKEN_PID])
			continue;
		client->dead = true;
		client_abandon(client, &effects);
	}
	delivery_unlock(delivery);
	effects_run(delivery, &effects);
}
