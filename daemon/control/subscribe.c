/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions. What this machine cannot do is refused with the reason, never silently not done:
 * an AUTH event must be enforceable, a NOTIFY event available. Events outside the list are ignored,
 * as the API says; reserved numbers are an error.
 */
#include "daemon/control/connection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Appends to text as far as it goes; false once it is full. */
static bool append(char text[CONTROL_TEXT_MAX], const char *word, const char *between)
{
	size_t used = strlen(text);
	size_t room = CONTROL_TEXT_MAX - sizeof(", and more.") - used;

	if (strlen(between) + strlen(word) >= room)
		return false;
	sprintf(text + used, "%s%s", between, word);
	return true;
}

/* Names each event the machine cannot do; the reason with it while there is room. */
static unsigned int name_unavailable(const struct server_options *options,
				     const struct event_set *events, char text[CONTROL_TEXT_MAX])
{
	struct engine_support support;
	char reason[CONTROL_TEXT_MAX + 64];
	unsigned int count = 0;
	bool room = true;

	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);
		enum control_support_level least;

		if (!event_set_has(events, event) || !description ||
		    description->action == EVENT_ACTION_RESERVED)
			continue;
		least = description->action == EVENT_ACTION_AUTH ? CONTROL_SUPPORT_AUTH
								 : CONTROL_SUPPORT_NOTIFY;
		support = (struct engine_support){.level = CONTROL_SUPPORT_NONE};
		options->operations->support(options->engine, event, &support);
		if (support.level >= least)
			continue;
		snprintf(reason, sizeof(reason), "%s (%.120s)", description->constant,
			 support.reason[0] ? support.reason : "not available");
		room = room && (append(text, reason, count ? ", " : " ") ||
				append(text, description->constant, count ? ", " : " "));
		count++;
	}
	if (count > 0)
		strcat(text, room ? "." : ", and more.");
	return count;
}

static bool has_reserved(const struct event_set *events)
{
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);

		if (event_set_has(events, event) &&
		    (!description || description->action == EVENT_ACTION_RESERVED))
			return true;
	}
	return false;
}

/* Without the bits no event has. */
static struct event_set known_events(const struct event_set *events)
{
	struct event_set known = {{0}};

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		if (event_set_has(events, event))
			event_set_add(&known, event);
	return known;
}

int request_subscribe(struct connection *connection, const struct request *request,
		      struct answer *answer)
{
	const struct server_options *options = &connection->server->options;
	struct event_set events = known_events(request->body);
	struct event_set interest = delivery_interest(options->delivery);
	char error[CONTROL_TEXT_MAX] = "";
	int result;

	if (has_reserved(&events))
		return answer_refuse(answer, -EINVAL, "Reserved event numbers have no meaning.");
	strcpy(answer->text, "This machine cannot do");
	if (name_unavailable(options, &events, answer->text) > 0)
		return -EOPNOTSUPP;
	event_set_merge(&interest, &events);
	/* First the kernel, then the client: what it is subscribed to is really watched. */
	result = options->operations->set_events(options->engine, &interest, error);
	if (result < 0) {
		server_interest_changed(connection->server);
		return answer_refuse(answer, result, "%s", error[0] ? error : strerror(-result));
	}
	delivery_subscribe(options->delivery, connection->client, &events);
	return 0;
}

int request_unsubscribe(struct connection *connection, const struct request *request,
			struct answer *answer)
{
	(void)answer;
	delivery_unsubscribe(connection->server->options.delivery, connection->client,
			     request->body);
	server_interest_changed(connection->server);
	return 0;
}

int request_subscriptions(struct connection *connection, const struct request *request,
			  struct answer *answer)
{
	const struct event_set events = delivery_subscriptions(connection->server->options.delivery,
							       connection->client);

	(void)request;
	answer_body(answer, &events, sizeof(events));
	return 0;
}

int request_event_support(struct connection *connection, const struct request *request,
			  struct answer *answer)
{
	const struct server_options *options = &connection->server->options;
	const struct control_number *event = request->body;
	struct engine_support support = {.level = CONTROL_SUPPORT_NONE};
	struct control_support body = {0};

	if (event->number >= EVENT_LAST)
		return answer_refuse(answer, -EINVAL, "There is no event %llu.",
				     (unsigned long long)event->number);
	if (options->engine)
		options->operations->support(options->engine, (unsigned int)event->number,
					     &support);
	else
		snprintf(support.reason, sizeof(support.reason), "%s", options->refusal_text);
	body.level = support.level;
	memcpy(body.reason, support.reason, sizeof(body.reason));
	answer_body(answer, &body, sizeof(body));
	return 0;
}
