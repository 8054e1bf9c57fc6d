/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONTROL_CLIENT_NEW: gathers what admission wants to know, applies its limits, and makes the
 * client. What is handed on is a connection with a client and the five descriptors of its channel.
 */
#include "daemon/control/connection.h"
#include "daemon/control/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <utlist.h>

static int refuse_client(struct connection *connection, struct answer *answer, int result)
{
	server_say(connection->server, LOG_NOTICE, "no client for %s[%d], uid %u: %s",
		   connection->peer.name, connection->peer.pid, connection->peer.uid, answer->text);
	return result;
}

static bool within_limits(const struct connection *applicant, const struct admission *admission,
			  struct answer *answer)
{
	const struct connection *connection;
	unsigned int of_entry = 0;
	unsigned int of_user = 0;
	unsigned int of_users = 0;

	DL_FOREACH (applicant->server->connections, connection) {
		if (!connection->client)
			continue;
		of_entry += admission->entry &&
			    strcmp(connection->entry, admission->entry->name) == 0;
		of_users += connection->unprivileged;
		of_user += connection->unprivileged && connection->peer.uid == applicant->peer.uid;
	}
	if (admission->entry && admission->entry->clients &&
	    of_entry >= admission->entry->clients) {
		answer_refuse(answer, 0, "%s/%.200s allows %u clients, and there are as many.",
			      ENTRIES_DIRECTORY, admission->entry->name, admission->entry->clients);
		return false;
	}
	if (admission->unprivileged &&
	    (of_user >= LIMIT_CLIENTS_OF_USER || of_users >= LIMIT_CLIENTS_OF_USERS)) {
		answer_refuse(answer, 0,
			      "Without rights of their own, a user may have %d clients and all "
			      "users together %d. Delete some, or allow the user in %s.",
			      LIMIT_CLIENTS_OF_USER, LIMIT_CLIENTS_OF_USERS, ENTRIES_DIRECTORY);
		return false;
	}
	return true;
}

/* The last that says something counts: the daemon, the client's entry, its environment. */
static void settle_debugging(struct connection *connection, const struct admission *admission,
			     uint32_t said)
{
	const struct server_options *options = &connection->server->options;

	connection->debuggable = options->development || admission->debuggable;
	connection->debug_policy = options->debug_policy;
	if (admission->entry && admission->entry->debug_policy_said)
		connection->debug_policy = admission->entry->debug_policy;
	if (!connection->debuggable || said == CONTROL_DEBUG_UNSAID)
		return;
	if (said - CONTROL_DEBUG_SAID < DEBUG_POLICY_LAST)
		connection->debug_policy = (enum debug_policy)(said - CONTROL_DEBUG_SAID);
	else
		server_say(connection->server, LOG_NOTICE,
			   "ES_DEBUG_POLICY of %s[%d] is neither pass, hold nor deny: it is %s",
			   connection->peer.name, connection->peer.pid,
			   debug_policy_name(connection->debug_policy));
}

/* Positive: an es_new_client_result_t. */
static int admit(struct connection *connection, const struct control_client_new *wanted,
		 struct answer *answer)
{
	struct peer *peer = &connection->peer;
	struct admission admission;
	struct applicant applicant = {.uid = peer->uid, .unit = peer->unit, .kind = wanted->kind};
	enum admission_result result;

	if (peer_describe(peer) < 0)
		return answer_refuse(answer, -ESRCH, "The process is gone.");
	applicant.capable = peer->capable;
	result = admission_decide(connection->server->entries, &applicant, &admission,
				  answer->text);
	if (result != ADMISSION_GRANTED)
		return refuse_client(connection, answer, (int)result);
	if (!within_limits(connection, &admission, answer))
		return refuse_client(connection, answer, ADMISSION_TOO_MANY);
	connection->unprivileged = admission.unprivileged;
	settle_debugging(connection, &admission, wanted->debug);
	snprintf(connection->entry, sizeof(connection->entry), "%s",
		 admission.entry ? admission.entry->name : "");
	return 0;
}

static int make_client(struct connection *connection, struct answer *answer)
{
	const struct server_options *server = &connection->server->options;
	const struct client_options options = {
		.kind = connection->kind,
		.token = connection->token,
		.pidfd = connection->peer.pidfd,
		.name = connection->peer.name,
		.unprivileged = connection->unprivileged,
		.debuggable = connection->debuggable,
		.debug_policy = connection->debug_policy,
	};
	int result;

	result = delivery_client_new(server->delivery, &options, &connection->client,
				     answer->descriptors);
	if (result == CLIENT_TOO_MANY) {
		answer_refuse(answer, result,
			      "There are %d clients, and there can be no more. "
			      "`esctl clients` lists them.",
			      POLICY_CLIENTS_MAX);
		return refuse_client(connection, answer, result);
	}
	if (result < 0)
		return answer_refuse(answer, result, "The client could not be made: %s.",
				     strerror(-result));
	answer->descriptor_count = CONTROL_DESCRIPTORS_MAX;
	connection->mutes = 0;
	if (connection->kind == CONTROL_CLIENT_DESCENDANTS)
		server->operations->subtree_add(server->engine, client_index(connection->client),
						&connection->token);
	return 0;
}

int request_client_new(struct connection *connection, const struct request *request,
		       struct answer *answer)
{
	const struct server_options *server = &connection->server->options;
	const struct control_client_new *wanted = request->body;
	struct control_client_answer body = {0};
	int result;

	if (connection->client)
		return answer_refuse(answer, -EALREADY, "This connection has a client.");
	if (wanted->kind > CONTROL_CLIENT_DESCENDANTS)
		return answer_refuse(answer, -EINVAL, "There is no such kind of client.");
	if (!server->engine)
		return answer_refuse(answer, server->refusal, "%s", server->refusal_text);
	result = admit(connection, wanted, answer);
	if (result != 0)
		return result;
	result = server->operations->process_token(server->engine, connection->peer.pid,
						   &connection->token);
	if (result < 0)
		return answer_refuse(answer, result, "The engine does not know process %d: %s.",
				     connection->peer.pid, strerror(-result));
	connection->kind = wanted->kind;
	result = make_client(connection, answer);
	if (result != 0)
		return result;
	body.client_id = client_id(connection->client);
	body.ring_size = client_ring_size(connection->client);
	body.token_pidversion = connection->token.words[RECORD_TOKEN_PIDVERSION];
	answer_body(answer, &body, sizeof(body));
	return 0;
}
