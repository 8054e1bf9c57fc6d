/* SPDX-License-Identifier: Apache-2.0 */
/*
 * es_sync_client: functions that run when everything queued before them has been handled. Owns the
 * list of those that wait, each with the ring position it waits for; the dispatch thread runs them,
 * or, when the client ends, whoever ends it.
 */
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/misuse/misuse.h"

#include <Block.h>
#include <stdlib.h>

#include "library/client/blocks.h"

struct pending_sync {
	struct pending_sync *next;
	uint64_t position;
	void (*function)(void *context);
	void *context;
};

/* Takes the first one that is due off the list; NULL if none is. */
static struct pending_sync *take_due(struct es_client_s *client, _Bool all)
{
	struct pending_sync *due = NULL;

	lock_take(&client->lock);
	if (client->syncs && (all || client->syncs->position <= client->handled)) {
		due = client->syncs;
		client->syncs = due->next;
	}
	if (!client->syncs)
		client->syncs_wait = 0;
	lock_give(&client->lock);
	return due;
}

void sync_run(struct es_client_s *client, _Bool all)
{
	struct pending_sync *due;

	while ((due = take_due(client, all))) {
		due->function(due->context);
		free(due);
	}
}

static void append(struct es_client_s *client, struct pending_sync *sync)
{
	struct pending_sync **end = &client->syncs;

	while (*end)
		end = &(*end)->next;
	*end = sync;
	client->syncs_wait = 1;
}

static es_return_t synchronise(es_client_t *client, void (*function)(void *), void *context,
			       const void *caller)
{
	struct control_number position = {0};
	const struct client_request request = {
		.function = "es_sync_client",
		.type = CONTROL_SYNC,
		.ret_body = &position,
		.ret_size = sizeof(position),
	};
	OWNED_MEMORY struct pending_sync *sync = calloc(1, sizeof(*sync));
	int result = -1;

	if (!client_enter(client, request.function, caller))
		return ES_RETURN_ERROR;
	if (!sync)
		failure_set("es_sync_client: no memory.");
	else
		result = client_call(client, &request);
	if (result == 0) {
		sync->position = position.number;
		sync->function = function;
		sync->context = context;
		append(client, TAKE(sync));
		dispatch_nudge(client);
	}
	client_leave(client);
	return result ? ES_RETURN_ERROR : ES_RETURN_SUCCESS;
}

static es_return_t sync_client(es_client_t *client, void (*function)(void *), void *context,
			       const void *caller)
{
	if (!client) {
		function(context);
		return ES_RETURN_SUCCESS;
	}
	if (!client_usable(client, "es_sync_client", caller))
		return ES_RETURN_ERROR;
	if (client->in_handler && dispatch_is_self(client)) {
		failure_set(
			"es_sync_client: not from the client's own handler, which is one of the "
			"things it would wait for.");
		misuse_sync_in_handler(client, caller);
		return ES_RETURN_ERROR;
	}
	return synchronise(client, function, context, caller);
}

es_return_t es_sync_client_f(es_client_t *client, void (*function)(void *context), void *context)
{
	if (!function) {
		failure_set("es_sync_client: no function was given.");
		return ES_RETURN_ERROR;
	}
	return sync_client(client, function, context, __builtin_return_address(0));
}

es_return_t es_sync_client(es_client_t *client, void *block)
{
	void *copy;
	es_return_t result;

	if (!block) {
		failure_set("es_sync_client: no block was given.");
		return ES_RETURN_ERROR;
	}
	copy = _Block_copy(block);
	if (!copy) {
		failure_set("es_sync_client: no memory.");
		return ES_RETURN_ERROR;
	}
	result = sync_client(client, block_run_once, copy, __builtin_return_address(0));
	if (result != ES_RETURN_SUCCESS)
		_Block_release(copy);
	return result;
}
