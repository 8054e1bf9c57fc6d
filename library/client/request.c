/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the daemon on behalf of a client: what most functions of the API are. Owns the way in
 * and out of a client (client_enter, client_leave), under its lock; hands on results, with the
 * words for them.
 */
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/misuse/misuse.h"

#include "control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

LOCK_ATTRIBUTE(no_thread_safety_analysis)
_Bool client_enter(struct es_client_s *client, const char *function, const void *caller)
{
	if (!client_usable(client, function, caller))
		return 0;
	atomic_fetch_add(&client->calls, 1);
	lock_take(&client->lock);
	/* It may have been deleted while we waited. */
	if (client_usable(client, function, caller))
		return 1;
	client_leave(client);
	return 0;
}

LOCK_ATTRIBUTE(no_thread_safety_analysis)
void client_leave(struct es_client_s *client)
{
	lock_give(&client->lock);
	atomic_fetch_sub(&client->calls, 1);
}

/* Lets a lost link come back. The thread that brings it back cannot wait for it. */
static int await_link(struct es_client_s *client, uint64_t deadline_ns) HOLDS(client->lock)
{
	if (client->link.control)
		return 0;
	if (dispatch_is_self(client))
		return -ENOTCONN;
	/* One of another version is no matter of patience. */
	while (!client->link.control && !client->stopping &&
	       client->link_failure != -EPROTONOSUPPORT)
		if (lock_wait(&client->lock, deadline_ns))
			break;
	if (client->link.control)
		return 0;
	return client->link_failure == -EPROTONOSUPPORT ? -EPROTONOSUPPORT : -ENOTCONN;
}

static int take_answer(const struct client_request *request, struct control_answer *answer)
{
	if (answer->size != request->ret_size)
		return -EPROTO;
	if (request->ret_descriptor) {
		if (answer->descriptor_count != 1)
			return -EPROTO;
		*request->ret_descriptor = TAKE_DESCRIPTOR(answer->descriptors[0]);
	}
	if (request->ret_size)
		memcpy(request->ret_body, answer->body, request->ret_size);
	return 0;
}

static const char *words_for(int result)
{
	if (result == -ENOTCONN || result == -ECONNRESET || result == -EPIPE)
		return "the daemon went away; the client connects again by itself";
	if (result == -EPROTONOSUPPORT)
		return "the daemon that runs now is of another version than this library: restart "
		       "the program";
	if (result == -ETIMEDOUT)
		return "the daemon does not answer";
	return strerrordesc_np(-result);
}

void client_catch_up(struct es_client_s *client)
{
	struct control_unasked *told;

	while (client->link.control && (told = control_take_unasked(client->link.control))) {
		/* Without memory it ends with this link. */
		settings_told(&client->settings, &told->mute, told->path);
		free(told);
	}
}

int client_call(struct es_client_s *client, const struct client_request *request)
{
	const struct control_request wire = {
		.type = request->type,
		.body = request->body,
		.body_size = request->body_size,
		.extra = request->extra,
		.extra_size = request->extra_size,
		.descriptor = -1,
	};
	uint64_t deadline_ns = clock_now_ns() + CLIENT_REQUEST_NS;
	OWNED_MEMORY struct control_answer *answer = calloc(1, sizeof(*answer));
	char text[CONTROL_TEXT_MAX] = "";
	int result;

	if (!answer)
		result = -ENOMEM;
	else
		result = await_link(client, deadline_ns);
	if (result == 0)
		result = control_call(client->link.control, &wire, answer, text, deadline_ns);
	client_catch_up(client);
	if (result == 0) {
		result = answer->result;
		if (result == 0)
			result = take_answer(request, answer);
		control_answer_done(answer);
	}
	if (result)
		failure_set("%s: %s%s", request->function,
			    text[0] ? text : (result > 0 ? "refused" : words_for(result)),
			    text[0] ? "" : ".");
	return result;
}

es_return_t client_ask(struct es_client_s *client, const struct client_request *request,
		       const void *caller)
{
	int result;

	if (!client_enter(client, request->function, caller))
		return ES_RETURN_ERROR;
	result = client_call(client, request);
	client_leave(client);
	return result ? ES_RETURN_ERROR : ES_RETURN_SUCCESS;
}

int client_event_set(struct event_set *ret_set, const es_event_type_t *events, size_t count)
{
	struct event_set set = {0};

	if (!events && count)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		event_set_add(&set, (unsigned int)events[i]);
	*ret_set = set;
	return 0;
}
