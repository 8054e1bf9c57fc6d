/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and ending clients: es_new_client and its kin, es_delete_client. A client that could not
 * be made leaves nothing behind; one that is deleted from its own handler ends when that returns.
 */
#include "library/client/blocks.h"
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/misuse/misuse.h"

#include <Block.h>
#include <errno.h>
#include <string.h>

struct birth {
	es_handler_function_t handler;
	void *context;
	void (*context_free)(void *context);
	enum control_client_kind kind;
};

static void discard(struct es_client_s *client)
{
	link_close(&client->link);
	if (client->nudge >= 0)
		close(TAKE_DESCRIPTOR(client->nudge));
	client_retire(client);
}

/* 0, an es_new_client_result_t, or negative errno; unless 0 the failure is set. */
static int make(struct es_client_s **ret_client, const struct birth *birth)
{
	struct es_client_s *client = client_allocate();
	int result;

	if (!client) {
		failure_set("es_new_client: no memory.");
		return -ENOMEM;
	}
	client->handler = birth->handler;
	client->context = birth->context;
	client->kind = birth->kind;
	result = lock_init(&client->lock);
	if (!result)
		result = link_open(&client->link, client, 0);
	if (!result) {
		result = dispatch_start(client);
		if (result)
			failure_set("es_new_client: no thread for the handler: %s.",
				    strerrordesc_np(-result));
	}
	if (result) {
		discard(client);
		return result;
	}
	/* The context is the client's only now: after a failure it is still the caller's. */
	client->context_free = birth->context_free;
	*ret_client = client;
	return 0;
}

static es_new_client_result_t new_client(es_client_t **client, const struct birth *birth)
{
	struct es_client_s *made;
	int result;

	misuse_start();
	if (!client || !birth->handler) {
		failure_set("es_new_client: no %s was given.",
			    client ? "handler" : "place for the client");
		return ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT;
	}
	result = make(&made, birth);
	if (result == 0)
		*client = made;
	return result < 0 ? ES_NEW_CLIENT_RESULT_ERR_INTERNAL : (es_new_client_result_t)result;
}

static void release_block(void *block)
{
	_Block_release(block);
}

static es_new_client_result_t new_client_with_block(es_client_t **client, void *block,
						    enum control_client_kind kind)
{
	struct birth birth = {.kind = kind};
	es_new_client_result_t result;

	if (client && block) {
		birth.context = _Block_copy(block);
		birth.context_free = release_block;
		birth.handler = block_handle;
		if (!birth.context) {
			failure_set("es_new_client: no memory.");
			return ES_NEW_CLIENT_RESULT_ERR_INTERNAL;
		}
	}
	result = new_client(client, &birth);
	if (result != ES_NEW_CLIENT_RESULT_SUCCESS && birth.context)
		_Block_release(birth.context);
	return result;
}

es_new_client_result_t es_new_client(es_client_t **client, void *handler)
{
	return new_client_with_block(client, handler, CONTROL_CLIENT_ORDINARY);
}

es_new_client_result_t es_new_descendants_client(es_client_t **client, void *handler)
{
	return new_client_with_block(client, handler, CONTROL_CLIENT_DESCENDANTS);
}

es_new_client_result_t es_new_client_f(es_client_t **client, es_handler_function_t handler,
				       void *context)
{
	const struct birth birth = {.handler = handler, .context = context};

	return new_client(client, &birth);
}

es_new_client_result_t es_new_descendants_client_f(es_client_t **client,
						   es_handler_function_t handler, void *context)
{
	const struct birth birth = {
		.handler = handler,
		.context = context,
		.kind = CONTROL_CLIENT_DESCENDANTS,
	};

	return new_client(client, &birth);
}

es_return_t es_delete_client(es_client_t *client)
{
	const void *caller = __builtin_return_address(0);
	uint32_t alive = CLIENT_ALIVE;

	if (!client)
		return ES_RETURN_SUCCESS;
	if (!client_usable(client, "es_delete_client", caller))
		return ES_RETURN_ERROR;
	misuse_delete_begins(client, caller);
	if (!atomic_compare_exchange_strong(&client->state, &alive, CLIENT_DELETED)) {
		failure_set("es_delete_client: the client is being deleted already.");
		misuse_deleted_client("es_delete_client", caller);
		return ES_RETURN_ERROR;
	}
	if (dispatch_is_self(client)) {
		client->ends_itself = 1;
		client->stopping = 1;
		return ES_RETURN_SUCCESS;
	}
	client->stopping = 1;
	dispatch_nudge(client);
	lock_take(&client->lock);
	lock_tell(&client->lock);
	lock_give(&client->lock);
	misuse_await_end(client);
	pthread_join(client->thread, NULL);
	client_end(client);
	return ES_RETURN_SUCCESS;
}

uint64_t es_linux_dropped(es_client_t *client)
{
	uint64_t dropped;

	if (!client_enter(client, "es_linux_dropped", __builtin_return_address(0)))
		return 0;
	dropped = client->dropped_before;
	if (client->link.ring)
		dropped += ring_dropped(client->link.ring);
	client_leave(client);
	return dropped;
}
