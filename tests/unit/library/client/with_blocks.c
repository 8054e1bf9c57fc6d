/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uses the block forms (with_blocks.h). The blocks lie on the stack of functions that return before
 * they are called: the library must have copied them.
 */
#include "tests/unit/library/client/with_blocks.h"

#include <EndpointSecurity/EndpointSecurity.h>

int make_with_block(struct es_client_s **ret_client, struct seen *seen, _Bool descendants)
{
	int increment = 1;
	es_handler_block_t handler = ^(es_client_t *client, const es_message_t *message) {
	  __atomic_store_n(&seen->last_event, (int)message->event_type, __ATOMIC_RELAXED);
	  if (client && message->action_type == ES_ACTION_TYPE_AUTH)
		  es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, 0);
	  __atomic_add_fetch(&seen->messages, increment, __ATOMIC_RELEASE);
	};

	if (descendants)
		return (int)es_new_descendants_client(ret_client, handler);
	return (int)es_new_client(ret_client, handler);
}

int sync_with_block(struct es_client_s *client, struct seen *seen)
{
	int then = 7;

	return (int)es_sync_client(client, ^{
	  __atomic_store_n(&seen->synchronised, then, __ATOMIC_RELEASE);
	});
}

int call_with_no_blocks(void)
{
	es_client_t *client = (es_client_t *)0;
	es_handler_block_t none = (es_handler_block_t)0;
	void (^nothing)(void) = (void (^)(void))0;

	if (es_new_client(&client, none) != ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT)
		return 1;
	return es_sync_client(client, nothing) != ES_RETURN_ERROR;
}
