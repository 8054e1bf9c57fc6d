/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an administrator asks for: reports, the release of everything held, empty caches,
 * what becomes of a client that is debugged.
 */
#include "daemon/control/connection.h"

#include "daemon/delivery/stops.h"

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

int request_client_debug(struct connection *connection, const struct request *request,
			 struct answer *answer)
{
	const struct control_client_debug *wanted = request->body;
	int result = delivery_set_debug_policy(connection->server->options.delivery,
					       wanted->client_id, wanted->policy);

	if (result == -ENOENT)
		return answer_refuse(answer, result, "There is no client %llu: see esctl clients.",
				     (unsigned long long)wanted->client_id);
	if (result == -EPERM)
		return answer_refuse(
			answer, result,
			"Client %llu is not debuggable: start endpointsecurityd with "
			"--development, or say debuggable = yes in the client's file in %s.",
			(unsigned long long)wanted->client_id, ENTRIES_DIRECTORY);
	if (result < 0)
		return answer_refuse(answer, result, "There is no such policy.");
	server_say(connection->server, LOG_NOTICE,
		   "%s[%d] set the debug policy of client %llu to %s", connection->peer.name,
		   connection->peer.pid, (unsigned long long)wanted->client_id,
		   debug_policy_name(wanted->policy));
	return 0;
}
