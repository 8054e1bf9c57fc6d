/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What else a client sets for itself: its cache, what a missed deadline means, how long its
 * deadlines are. Passes requests on to delivery/ and its refusals back, in words.
 */
#include "daemon/control/connection.h"

#include <errno.h>

int request_clear_cache(struct connection *connection, const struct request *request,
			struct answer *answer)
{
	int result = delivery_clear_cache(connection->server->options.delivery, connection->client);

	(void)request;
	if (result == CONTROL_THROTTLED)
		return answer_refuse(answer, result, "The cache was cleared too often; wait.");
	return result;
}

int request_miss_mode_set(struct connection *connection, const struct request *request,
			  struct answer *answer)
{
	const struct control_number *mode = request->body;
	int result = -EINVAL;

	if (mode->number <= CLIENT_MISS_FAIL_OPEN)
		result = delivery_set_miss_mode(connection->server->options.delivery,
						connection->client, (unsigned int)mode->number);
	if (result < 0)
		return answer_refuse(answer, result, "There is no deadline miss mode %llu.",
				     (unsigned long long)mode->number);
	return 0;
}

int request_miss_mode_get(struct connection *connection, const struct request *request,
			  struct answer *answer)
{
	(void)request;
	answer_number(answer,
		      delivery_miss_mode(connection->server->options.delivery, connection->client));
	return 0;
}

int request_deadline_set(struct connection *connection, const struct request *request,
			 struct answer *answer)
{
	const struct control_deadline *deadline = request->body;
	int result = -EINVAL;

	if (deadline->bound <= CONTROL_DEADLINE_MIN)
		result = delivery_set_deadline(connection->server->options.delivery,
					       connection->client, deadline);
	if (result < 0)
		return answer_refuse(
			answer, result,
			"A maximum may not be above the system's default, a minimum is "
			"for descendants clients, and the events must be AUTH events.");
	return 0;
}

static unsigned int first_event(const struct event_set *events)
{
	unsigned int event = 0;

	while (event < EVENT_LAST && !event_set_has(events, event))
		event++;
	return event;
}

int request_deadline_get(struct connection *connection, const struct request *request,
			 struct answer *answer)
{
	struct control_deadline deadline = *(const struct control_deadline *)request->body;
	unsigned int event = first_event(&deadline.events);
	uint32_t milliseconds;
	int result = -EINVAL;

	if (event < EVENT_LAST && deadline.bound <= CONTROL_DEADLINE_MIN)
		result = delivery_deadline(connection->server->options.delivery, connection->client,
					   event, deadline.bound, &milliseconds);
	if (result < 0)
		return answer_refuse(answer, result, "That event has no such deadline.");
	deadline.milliseconds = milliseconds;
	answer_body(answer, &deadline, sizeof(deadline));
	return 0;
}
