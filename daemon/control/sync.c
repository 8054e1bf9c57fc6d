/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONTROL_SYNC: sets a fence with the engine and answers, when it is passed, how far the client's
 * ring is filled then. The waiting is later.c's.
 */
#include "daemon/control/connection.h"

#include <errno.h>
#include <string.h>

static int finish_sync(struct connection *connection, void *data, struct answer *answer)
{
	(void)data;
	if (connection)
		answer_number(answer, delivery_ring_position(connection->server->options.delivery,
							     connection->client));
	return 0;
}

int request_sync(struct connection *connection, const struct request *request,
		 struct answer *answer)
{
	static const struct later_kind kind = {
		.finish = finish_sync,
		.late = "The engine did not get that far in time.",
	};
	const struct server_options *options = &connection->server->options;
	int result = later_owe(connection, request, &kind, NULL, answer);

	if (result < 0)
		return result;
	result = options->operations->fence(options->engine, later_done, later_of(connection));
	if (result < 0) {
		later_cancel(connection, answer);
		return answer_refuse(answer, result, "The engine sets no fence: %s.",
				     strerror(-result));
	}
	return 0;
}
