/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long each client has to answer each event, and what happens when it does not: the miss mode
 * and the bounds that clients set (es_set_deadline_max_milliseconds and its kin). Owns nothing but
 * the rules.
 */
#include "base/clock.h"
#include "daemon/delivery/state.h"

#include <errno.h>

int delivery_set_miss_mode(struct delivery *delivery, struct client *client, unsigned int mode)
{
	if (mode > CLIENT_MISS_FAIL_OPEN)
		return -EINVAL;
	delivery_lock(delivery);
	client->miss_mode = mode;
	delivery_unlock(delivery);
	return 0;
}

unsigned int delivery_miss_mode(struct delivery *delivery, const struct client *client)
{
	unsigned int mode;

	delivery_lock(delivery);
	mode = client->miss_mode;
	delivery_unlock(delivery);
	return mode;
}

uint32_t client_deadline_ms(const struct client *client, unsigned int event)
{
	uint32_t maximum = client->deadline_max_ms[event];

	return maximum ? maximum : DEADLINE_DEFAULT_MS;
}

static bool is_auth(unsigned int event)
{
	const struct event_description *description = event_describe(event);

	return description && description->action == EVENT_ACTION_AUTH;
}

/* A minimum is for descendants clients, and not for the two bootstrap events. */
static bool may_have_minimum(const struct client *client, unsigned int event)
{
	return client->kind == CONTROL_CLIENT_DESCENDANTS && is_auth(event) &&
	       event != EVENT_AUTH_BOOTSTRAP_CHECK_IN && event != EVENT_AUTH_BOOTSTRAP_LOOK_UP;
}

/* Lowering the maximum below the minimum drags the minimum down. */
static void set_maximum(struct client *client, unsigned int event, uint32_t milliseconds)
{
	client->deadline_max_ms[event] = milliseconds;
	if (client->deadline_min_ms[event] > milliseconds)
		client->deadline_min_ms[event] = milliseconds;
}

/* Raising the minimum above the maximum drags the maximum up. */
static void set_minimum(struct client *client, unsigned int event, uint32_t milliseconds)
{
	client->deadline_min_ms[event] = milliseconds;
	if (client_deadline_ms(client, event) < milliseconds)
		client->deadline_max_ms[event] = milliseconds;
}

/* Is this bound one the client may set for this event? */
static bool bound_allowed(const struct client *client, unsigned int event,
			  const struct control_deadline *deadline)
{
	if (deadline->bound == CONTROL_DEADLINE_MAX)
		return is_auth(event) && deadline->milliseconds > 0 &&
		       deadline->milliseconds <= DEADLINE_DEFAULT_MS;
	if (!may_have_minimum(client, event))
		return false;
	return !client->unprivileged || deadline->milliseconds <= DEADLINE_DEFAULT_MS;
}

int delivery_set_deadline(struct delivery *delivery, struct client *client,
			  const struct control_deadline *deadline)
{
	if (deadline->bound > CONTROL_DEADLINE_MIN)
		return -EINVAL;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		if (event_set_has(&deadline->events, event) &&
		    !bound_allowed(client, event, deadline))
			return -EINVAL;
	}
	delivery_lock(delivery);
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		if (!event_set_has(&deadline->events, event))
			continue;
		if (deadline->bound == CONTROL_DEADLINE_MAX)
			set_maximum(client, event, deadline->milliseconds);
		else
			set_minimum(client, event, deadline->milliseconds);
	}
	delivery_unlock(delivery);
	return 0;
}

int delivery_deadline(struct delivery *delivery, const struct client *client, unsigned int event,
		      enum control_deadline_bound bound, uint32_t *ret_milliseconds)
{
	if (!is_auth(event) || (bound == CONTROL_DEADLINE_MIN && !may_have_minimum(client, event)))
		return -EINVAL;
	delivery_lock(delivery);
	*ret_milliseconds = bound == CONTROL_DEADLINE_MAX ? client_deadline_ms(client, event)
							  : client->deadline_min_ms[event];
	delivery_unlock(delivery);
	return 0;
}
