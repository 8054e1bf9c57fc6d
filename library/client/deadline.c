/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines and what happens when one is missed. The daemon keeps them; what it accepted is
 * mirrored for the next link.
 */
#include "library/client/client.h"
#include "library/client/failure.h"

es_return_t es_set_deadline_miss_mode(es_client_t *client, es_deadline_miss_mode_t mode)
{
	const struct control_number number = {.number = (unsigned int)mode};
	const struct client_request request = {
		.function = "es_set_deadline_miss_mode",
		.type = CONTROL_MISS_MODE_SET,
		.body = &number,
		.body_size = sizeof(number),
	};
	int result;

	if ((unsigned int)mode > ES_DEADLINE_MISS_MODE_FAIL_OPEN) {
		failure_set("es_set_deadline_miss_mode: there is no such mode.");
		return ES_RETURN_ERROR;
	}
	if (!client_enter(client, request.function, __builtin_return_address(0)))
		return ES_RETURN_ERROR;
	result = client_call(client, &request);
	if (result == 0)
		client->settings.miss_mode = (__u32)mode;
	client_leave(client);
	return result ? ES_RETURN_ERROR : ES_RETURN_SUCCESS;
}

es_return_t es_get_deadline_miss_mode(es_client_t *client, es_deadline_miss_mode_t *mode)
{
	struct control_number number;
	const struct client_request request = {
		.function = "es_get_deadline_miss_mode",
		.type = CONTROL_MISS_MODE_GET,
		.ret_body = &number,
		.ret_size = sizeof(number),
	};

	if (!mode) {
		failure_set("es_get_deadline_miss_mode: no place for the answer was given.");
		return ES_RETURN_ERROR;
	}
	if (client_ask(client, &request, __builtin_return_address(0)))
		return ES_RETURN_ERROR;
	*mode = (es_deadline_miss_mode_t)number.number;
	return ES_RETURN_SUCCESS;
}

struct bound {
	const char *function;
	enum control_deadline_bound bound;
	const void *caller;
};

static es_return_t set_bound(es_client_t *client, const struct bound *bound,
			     const struct event_set *events, uint32_t milliseconds)
{
	const struct control_deadline deadline = {
		.events = *events,
		.bound = bound->bound,
		.milliseconds = milliseconds,
	};
	const struct client_request request = {
		.function = bound->function,
		.type = CONTROL_DEADLINE_SET,
		.body = &deadline,
		.body_size = sizeof(deadline),
	};
	int result = 0;

	if (!client_enter(client, bound->function, bound->caller))
		return ES_RETURN_ERROR;
	if (!event_set_empty(events)) {
		result = client_call(client, &request);
		if (result == 0)
			settings_deadline(&client->settings, &deadline);
	}
	client_leave(client);
	return result ? ES_RETURN_ERROR : ES_RETURN_SUCCESS;
}

static es_return_t get_bound(es_client_t *client, const struct bound *bound, es_event_type_t event,
			     uint32_t *milliseconds)
{
	struct control_deadline deadline = {.bound = bound->bound};
	const struct client_request request = {
		.function = bound->function,
		.type = CONTROL_DEADLINE_GET,
		.body = &deadline,
		.body_size = sizeof(deadline),
		.ret_body = &deadline,
		.ret_size = sizeof(deadline),
	};

	if (!milliseconds || !event_describe((unsigned int)event)) {
		failure_set("%s: %s.", bound->function,
			    milliseconds ? "there is no such event type"
					 : "no place for the answer was given");
		return ES_RETURN_ERROR;
	}
	event_set_add(&deadline.events, (unsigned int)event);
	if (client_ask(client, &request, bound->caller))
		return ES_RETURN_ERROR;
	*milliseconds = deadline.milliseconds;
	return ES_RETURN_SUCCESS;
}

es_return_t es_set_deadline_max_milliseconds(es_client_t *client, const es_event_type_t *events,
					     uint32_t event_count, uint32_t milliseconds)
{
	const struct bound bound = {"es_set_deadline_max_milliseconds", CONTROL_DEADLINE_MAX,
				    __builtin_return_address(0)};
	struct event_set set;

	if (client_event_set(&set, events, event_count)) {
		failure_set("es_set_deadline_max_milliseconds: no events were given.");
		return ES_RETURN_ERROR;
	}
	return set_bound(client, &bound, &set, milliseconds);
}

es_return_t es_get_deadline_max_milliseconds(es_client_t *client, es_event_type_t event,
					     uint32_t *milliseconds)
{
	const struct bound bound = {"es_get_deadline_max_milliseconds", CONTROL_DEADLINE_MAX,
				    __builtin_return_address(0)};

	return get_bound(client, &bound, event, milliseconds);
}

es_return_t es_set_deadline_min_milliseconds(es_client_t *client, const es_event_type_t *events,
					     uint32_t event_count, uint32_t milliseconds)
{
	const struct bound bound = {"es_set_deadline_min_milliseconds", CONTROL_DEADLINE_MIN,
				    __builtin_return_address(0)};
	struct event_set set;

	if (client_event_set(&set, events, event_count)) {
		failure_set("es_set_deadline_min_milliseconds: no events were given.");
		return ES_RETURN_ERROR;
	}
	return set_bound(client, &bound, &set, milliseconds);
}

es_return_t es_get_deadline_min_milliseconds(es_client_t *client, es_event_type_t event,
					     uint32_t *milliseconds)
{
	const struct bound bound = {"es_get_deadline_min_milliseconds", CONTROL_DEADLINE_MIN,
				    __builtin_return_address(0)};

	return get_bound(client, &bound, event, milliseconds);
}
