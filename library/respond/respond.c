/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two functions that answer an AUTH message. Checks that client, message and function belong
 * together, moves the message from OPEN to ANSWERED, once, and hands the verdict on to the table.
 *
 *	OPEN -> ANSWERED	the first answer; it came in time
 *	OPEN -> CLOSED		the first answer; nobody waited any more: NOT_FOUND, now and later
 *	ANSWERED		every further answer: ERR_DUPLICATE_RESPONSE
 *
 * Any thread, also for messages whose handler has returned. No lock, and nothing here can block.
 */
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/message/message.h"
#include "library/misuse/misuse.h"
#include "library/respond/answers.h"
#include "wire/verdict.h"

struct response {
	const char *function;
	const void *caller;
	uint32_t flags;
	_Bool cache;
	_Bool is_flags; /* es_respond_flags_result */
};

static es_respond_result_t refuse(struct message *message, const struct response *response,
				  es_respond_result_t result, const char *why)
{
	failure_set("%s: %s.", response->function, why);
	if (message)
		misuse_respond_failed(message, result, response->function, response->caller);
	return result;
}

/* The claim is made before the verdict is given, so that of two threads one is told "duplicate". */
static es_respond_result_t give(struct message *message, const struct response *response)
{
	uint32_t open = MESSAGE_OPEN;

	if (!atomic_compare_exchange_strong(&message->answer, &open, MESSAGE_ANSWERED)) {
		if (open == MESSAGE_CLOSED)
			return refuse(message, response, ES_RESPOND_RESULT_NOT_FOUND,
				      "nobody waits for this answer any more");
		misuse_answered_twice(message, response->function, response->caller);
		failure_set("%s: the message has been answered before.", response->function);
		return ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE;
	}
	if (answers_give(message->answers, message->record->question, response->flags,
			 response->cache)) {
		atomic_store(&message->answer, MESSAGE_CLOSED);
		return refuse(
			message, response, ES_RESPOND_RESULT_NOT_FOUND,
			"the answer came too late: its deadline has passed, or the daemon went "
			"away");
	}
	misuse_answered(message, response->flags, response->cache, response->caller);
	return ES_RESPOND_RESULT_SUCCESS;
}

static es_respond_result_t respond(es_client_t *client, const es_message_t *answered,
				   const struct response *response)
{
	struct message *message = message_of(answered);

	if (!client_usable(client, response->function, response->caller))
		return ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT;
	if (!message) {
		misuse_dead_message(response->function, response->caller);
		return refuse(NULL, response, ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT,
			      "there is no message, or it has ended");
	}
	if (answered->action_type != ES_ACTION_TYPE_AUTH)
		return refuse(message, response, ES_RESPOND_RESULT_ERR_EVENT_TYPE,
			      "a NOTIFY message has no answer");
	if (response->is_flags != (answered->event_type == ES_EVENT_TYPE_AUTH_OPEN))
		return refuse(message, response, ES_RESPOND_RESULT_ERR_EVENT_TYPE,
			      "AUTH_OPEN is answered with es_respond_flags_result, every other "
			      "event with es_respond_auth_result");
	if (!message->answers)
		return refuse(message, response, ES_RESPOND_RESULT_NOT_FOUND,
			      "nobody waits for an answer to a stored message");
	if (answers_client(message->answers) != client->serial)
		return refuse(message, response, ES_RESPOND_RESULT_NOT_FOUND,
			      "the message belongs to another client");
	return give(message, response);
}

es_respond_result_t es_respond_auth_result(es_client_t *client, const es_message_t *message,
					   es_auth_result_t result, bool cache)
{
	const struct response response = {
		.function = "es_respond_auth_result",
		.caller = __builtin_return_address(0),
		.flags = result == ES_AUTH_RESULT_ALLOW ? VERDICT_FLAGS_ALLOW : VERDICT_FLAGS_DENY,
		.cache = cache,
	};

	if (result != ES_AUTH_RESULT_ALLOW && result != ES_AUTH_RESULT_DENY)
		return refuse(message_of(message), &response,
			      ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT,
			      "the result is neither ALLOW nor DENY");
	return respond(client, message, &response);
}

es_respond_result_t es_respond_flags_result(es_client_t *client, const es_message_t *message,
					    uint32_t authorized_flags, bool cache)
{
	const struct response response = {
		.function = "es_respond_flags_result",
		.caller = __builtin_return_address(0),
		.flags = authorized_flags,
		.cache = cache,
		.is_flags = 1,
	};

	return respond(client, message, &response);
}
