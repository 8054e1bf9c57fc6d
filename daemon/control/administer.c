/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an administrator asks for: reports, the release of everything held, empty caches.
 */
#include "daemon/control/connection.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

int request_report(struct connection *connection, const struct request *request,
		   struct answer *answer)
{
	const struct control_report *wanted = request->body;
	OWNED_MEMORY char *text = NULL;

	if (wanted->kind >= CONTROL_REPORT_LAST)
		return answer_refuse(answer, -EINVAL, "There is no such report.");
	if (wanted->kind == CONTROL_REPORT_MUTES)
		return report_mutes(connection, request, answer);
	text = report_make(connection->server, wanted->kind, wanted->client_id);
	if (!text)
		return -ENOMEM;
	return answer_list(answer, text, strlen(text), 0);
}

int request_release_all(struct connection *connection, const struct request *request,
			struct answer *answer)
{
	unsigned int count = delivery_release_all(connection->server->options.delivery);

	(void)request;
	server_say(connection->server, LOG_NOTICE, "%s[%d] released all that was held: %u",
		   connection->peer.name, connection->peer.pid, count);
	answer_number(answer, count);
	return 0;
}

int request_client_cache(struct connection *connection, const struct request *request,
			 struct answer *answer)
{
	(void)request;
	(void)answer;
	return delivery_clear_cache(connection->server->options.delivery, NULL);
}
