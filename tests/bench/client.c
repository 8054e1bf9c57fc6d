/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client as small as one can be: it is told of opens, or allows them, and counts. Uses the public
 * API alone.
 */
#include "tests/bench/inside.h"

#include <EndpointSecurity/ESLinux.h>
#include <EndpointSecurity/EndpointSecurity.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static _Atomic int64_t messages;

static void handle(es_client_t *client, const es_message_t *message, void *context)
{
	const bool *cache = context;

	if (message->action_type == ES_ACTION_TYPE_AUTH)
		es_respond_flags_result(client, message, UINT32_MAX, *cache);
	atomic_fetch_add_explicit(&messages, 1, memory_order_relaxed);
}

int inside_client(enum listener_kind kind, int ready, int control)
{
	es_event_type_t event = kind == LISTENER_NOTIFY ? ES_EVENT_TYPE_NOTIFY_OPEN
							: ES_EVENT_TYPE_AUTH_OPEN;
	bool cache = kind == LISTENER_CACHED;
	es_client_t *client = NULL;
	es_new_client_result_t result = es_new_client_f(&client, handle, &cache);
	int64_t count;
	char byte;

	if (result != ES_NEW_CLIENT_RESULT_SUCCESS ||
	    es_subscribe(client, &event, 1) != ES_RETURN_SUCCESS) {
		fprintf(stderr, "bench: no client, or no subscription: %s\n",
			es_linux_last_error());
		return 1;
	}
	if (write(ready, "", 1) != 1)
		return 1;
	while (read(control, &byte, 1) > 0)
		;
	es_delete_client(client);
	count = atomic_load(&messages);
	return write(ready, &count, sizeof(count)) == sizeof(count) ? 0 : 1;
}
