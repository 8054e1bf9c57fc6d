/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: takes a packet at a time, has it checked (request.c) and run (its row), sends the
 * answer. Ends when its socket hangs up or its process is gone, whichever the kernel tells first;
 * then its client ends too, and what that owes is answered before anything else is done.
 *
 * Requests of one connection are answered in order; those of all take turns, packet by packet.
 */
#include "daemon/control/connection.h"
#include "daemon/control/trees.h"

#include "daemon/control/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <utlist.h>

enum {
	/* The dead before the living. */
	PRIORITY_DEATH = SD_EVENT_PRIORITY_IMPORTANT,
	PRIORITY_REQUEST = SD_EVENT_PRIORITY_NORMAL,
};

static bool may_run(const struct connection *connection, const struct request *request,
		    struct answer *answer, int *ret_result)
{
	const struct request_row *row = request->row;

	if (row->needs != REQUEST_NEEDS_NOTHING && !connection->greeted) {
		answer->close = true;
		*ret_result = answer_refuse(answer, -EPROTO, "A connection begins with a hello.");
		return false;
	}
	if (row->needs == REQUEST_NEEDS_CLIENT && !connection->client) {
		*ret_result = answer_refuse(answer, -ENOTCONN,
					    "%s needs a client, and this "
					    "connection has none.",
					    row->name);
		return false;
	}
	if (row->needs == REQUEST_NEEDS_ADMINISTRATOR &&
	    connection->role != CONTROL_ROLE_ADMINISTRATOR) {
		*ret_result = answer_refuse(answer, -EPERM, "%s is for administrators.", row->name);
		return false;
	}
	return true;
}

static int refuse_packet(struct answer *answer, int result)
{
	/* With those of another version or none nothing more can be said. */
	answer->close = result != -EOPNOTSUPP;
	if (result == -EPROTONOSUPPORT)
		return answer_refuse(answer, result,
				     "This endpointsecurityd speaks version %d of the control "
				     "protocol (it is release %s), the program another. Restart "
				     "what was not restarted since the last upgrade.",
				     CONTROL_VERSION, SLUICE_VERSION);
	if (result == -EOPNOTSUPP)
		return answer_refuse(answer, result, "This endpointsecurityd has no such request.");
	return answer_refuse(answer, result, "The request is malformed.");
}

/* Runs what came. False: the connection is to end. */
static bool answer_packet(struct connection *connection, const struct packet *packet)
{
	struct request *request = &connection->server->request;
	struct answer answer = {.later = false};
	bool usable;
	int result;

	connection->unasked = 0;
	result = request_parse(request, packet);
	if (result < 0)
		result = refuse_packet(&answer, result);
	else if (may_run(connection, request, &answer, &result))
		result = request->row->run(connection, request, &answer);
	usable = !answer.close;
	if (!answer.later)
		usable = answer_send(&answer, connection->descriptor, request->type,
				     request->serial, result) == 0 &&
			 usable;
	answer_done(&answer);
	return usable;
}

static int socket_ready(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
	struct connection *connection = context;
	struct server *server = connection->server;
	struct packet packet = {.bytes = server->buffer, .size = sizeof(server->buffer)};
	bool usable = true;
	int result;

	(void)source;
	/* What a dead process still asked for interests nobody. */
	if (events & (EPOLLHUP | EPOLLERR)) {
		connection_free(connection);
		return 0;
	}
	result = packet_receive(descriptor, &packet, 0);
	if (result == -ETIMEDOUT)
		return 0;
	if (result < 0) {
		connection_free(connection);
		return 0;
	}
	/*
	 * A child of a fork shares the socket, but is not who was admitted: what it sends is
	 * dropped. (Before the hello a pair may have been written to while nobody asked for
	 * senders yet.)
	 */
	if (packet.sender == connection->peer.pid || (!connection->greeted && packet.sender == 0))
		usable = answer_packet(connection, &packet);
	packet_close_descriptors(&packet);
	if (!usable)
		connection_free(connection);
	return 0;
}

static int process_ended(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
	(void)source;
	(void)descriptor;
	(void)events;
	connection_free(context);
	return 0;
}

void connection_listen(struct connection *connection, bool on)
{
	/* Without EPOLLIN a hang-up is still told. */
	sd_event_source_set_io_events(connection->socket_source, on ? EPOLLIN : 0);
}

static int watch(struct connection *connection)
{
	sd_event *event = connection->server->options.event;
	int result;

	result = sd_event_add_io(event, &connection->peer_source, connection->peer.pidfd, EPOLLIN,
				 process_ended, connection);
	if (result < 0)
		return result;
	sd_event_source_set_priority(connection->peer_source, PRIORITY_DEATH);
	result = sd_event_add_io(event, &connection->socket_source, connection->descriptor, EPOLLIN,
				 socket_ready, connection);
	if (result < 0)
		return result;
	return sd_event_source_set_priority(connection->socket_source, PRIORITY_REQUEST);
}

int connection_new(struct server *server, int descriptor, bool refused)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int result;

	if (!connection)
		return -ENOMEM;
	connection->server = server;
	connection->descriptor = -1;
	connection->peer.pidfd = -1;
	connection->refused = refused;
	DL_APPEND(server->connections, connection);
	server->connection_count++;
	/*
	 * A pidfd opened by number is right once a packet comes from that number: see greet.c,
	 * which makes sure that one sent after this was.
	 */
	result = peer_identify(&connection->peer, descriptor, &connection->exact);
	if (result == 0) {
		connection->descriptor = descriptor;
		result = watch(connection);
	}
	if (result < 0) {
		connection->descriptor = -1; /* still the caller's */
		connection_free(connection);
	}
	return result;
}

static void end_client(struct connection *connection)
{
	const struct server_options *options = &connection->server->options;
	unsigned int index;

	if (!connection->client)
		return;
	index = client_index(connection->client);
	trees_forget(connection->server, client_id(connection->client));
	connection->client = delivery_client_free(options->delivery, connection->client);
	if (connection->kind == CONTROL_CLIENT_DESCENDANTS)
		options->operations->subtree_remove(options->engine, index);
	if (!connection->server->stopped)
		server_interest_changed(connection->server);
}

void connection_free(struct connection *connection)
{
	struct server *server = connection->server;

	end_client(connection);
	later_forget(connection);
	sd_event_source_disable_unref(connection->socket_source);
	sd_event_source_disable_unref(connection->peer_source);
	if (connection->descriptor >= 0)
		close(connection->descriptor);
	peer_done(&connection->peer);
	DL_DELETE(server->connections, connection);
	server->connection_count--;
	free(connection);
	if (server->connection_count == 0 && !server->stopped && server->options.idle)
		server->options.idle(server->options.idle_context);
}
