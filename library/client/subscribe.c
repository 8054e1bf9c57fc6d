/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions, the answer cache, and what events this machine has: requests that need no more
 * than a set of events. The daemon decides; what it accepted is mirrored for the next link.
 */
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/misuse/misuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sends a set and, if the daemon takes it, changes the mirror. */
static es_return_t change(es_client_t *client, const char *function, enum control_type type,
			  const struct event_set *events) HOLDS(client->lock)
{
	const struct client_request request = {
		.function = function,
		.type = type,
		.body = events,
		.body_size = sizeof(*events),
	};
	int result = client_call(client, &request);

	if (result)
		return ES_RETURN_ERROR;
	if (type == CONTROL_SUBSCRIBE)
		event_set_merge(&client->settings.subscriptions, events);
	else
		event_set_subtract(&client->settings.subscriptions, events);
	return ES_RETURN_SUCCESS;
}

es_return_t es_subscribe(es_client_t *client, const es_event_type_t *events, uint32_t event_count)
{
	struct event_set set;
	es_return_t result = ES_RETURN_SUCCESS;

	if (!client_enter(client, "es_subscribe", __builtin_return_address(0)))
		return ES_RETURN_ERROR;
	if (client_event_set(&set, events, event_count)) {
		failure_set("es_subscribe: no events were given.");
		result = ES_RETURN_ERROR;
	} else if (!event_set_empty(&set)) {
		result = change(client, "es_subscribe", CONTROL_SUBSCRIBE, &set);
	}
	client_leave(client);
	return result;
}

es_return_t es_unsubscribe(es_client_t *client, const es_event_type_t *events, uint32_t event_count)
{
	struct event_set set;
	es_return_t result = ES_RETURN_SUCCESS;

	if (!client_enter(client, "es_unsubscribe", __builtin_return_address(0)))
		return ES_RETURN_ERROR;
	if (client_event_set(&set, events, event_count)) {
		failure_set("es_unsubscribe: no events were given.");
		result = ES_RETURN_ERROR;
	} else if (!event_set_empty(&set)) {
		result = change(client, "es_unsubscribe", CONTROL_UNSUBSCRIBE, &set);
	}
	client_leave(client);
	return result;
}

es_return_t es_unsubscribe_all(es_client_t *client)
{
	struct event_set all = {0};
	es_return_t result;

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		event_set_add(&all, event);
	if (!client_enter(client, "es_unsubscribe_all", __builtin_return_address(0)))
		return ES_RETURN_ERROR;
	result = change(client, "es_unsubscribe_all", CONTROL_UNSUBSCRIBE, &all);
	client_leave(client);
	return result;
}

es_return_t es_subscriptions(es_client_t *client, size_t *count, es_event_type_t **subscriptions)
{
	struct event_set set;
	const struct client_request request = {
		.function = "es_subscriptions",
		.type = CONTROL_SUBSCRIPTIONS,
		.ret_body = &set,
		.ret_size = sizeof(set),
	};
	es_event_type_t *list = NULL;
	size_t found = 0;

	if (!count || !subscriptions) {
		failure_set("es_subscriptions: no place for the answer was given.");
		return ES_RETURN_ERROR;
	}
	if (client_ask(client, &request, __builtin_return_address(0)))
		return ES_RETURN_ERROR;
	if (!event_set_empty(&set)) {
		list = malloc(EVENT_LAST * sizeof(*list));
		if (!list) {
			failure_set("es_subscriptions: no memory.");
			return ES_RETURN_ERROR;
		}
		for (unsigned int event = 0; event < EVENT_LAST; event++)
			if (event_set_has(&set, event))
				list[found++] = (es_event_type_t)event;
	}
	*count = found;
	*subscriptions = list;
	return ES_RETURN_SUCCESS;
}

es_clear_cache_result_t es_clear_cache(es_client_t *client)
{
	const struct client_request request = {
		.function = "es_clear_cache",
		.type = CONTROL_CLEAR_CACHE,
	};
	int result;

	if (!client_enter(client, request.function, __builtin_return_address(0)))
		return ES_CLEAR_CACHE_RESULT_ERR_INTERNAL;
	result = client_call(client, &request);
	client_leave(client);
	if (result == 0)
		return ES_CLEAR_CACHE_RESULT_SUCCESS;
	if (result == CONTROL_THROTTLED)
		return ES_CLEAR_CACHE_RESULT_ERR_THROTTLE;
	return ES_CLEAR_CACHE_RESULT_ERR_INTERNAL;
}

es_return_t es_linux_event_support(es_client_t *client, es_event_type_t event,
				   es_linux_support_t *ret_support, char *reason,
				   size_t reason_size)
{
	const struct control_number number = {.number = (unsigned int)event};
	struct control_support support;
	const struct client_request request = {
		.function = "es_linux_event_support",
		.type = CONTROL_EVENT_SUPPORT,
		.body = &number,
		.body_size = sizeof(number),
		.ret_body = &support,
		.ret_size = sizeof(support),
	};

	if (!event_describe((unsigned int)event) || !ret_support) {
		failure_set("es_linux_event_support: %s.",
			    ret_support ? "there is no such event type"
					: "no place for the answer was given");
		return ES_RETURN_ERROR;
	}
	if (client_ask(client, &request, __builtin_return_address(0)))
		return ES_RETURN_ERROR;
	*ret_support = (es_linux_support_t)support.level;
	support.reason[sizeof(support.reason) - 1] = '\0';
	if (reason && reason_size)
		snprintf(reason, reason_size, "%s", support.reason);
	return ES_RETURN_SUCCESS;
}
