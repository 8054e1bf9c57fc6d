/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning of a connection: hello, which settles the role, and connect, which brings a further
 * connection of the same process through an existing one.
 */
#include "daemon/control/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Has more than the hello been sent already? A right program waits for its answer. */
static bool hurried(const struct connection *connection)
{
	char byte;

	return recv(connection->descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static void tell_daemon(const struct server *server, struct answer *answer)
{
	struct control_hello_answer body = {
		.daemon_pid = getpid(),
		.private_daemon = server->options.private_daemon,
	};

	snprintf(body.daemon_version, sizeof(body.daemon_version), "%s", SLUICE_VERSION);
	snprintf(body.engine, sizeof(body.engine), "%s",
		 server->options.engine ? server->options.operations->name : "none");
	answer_body(answer, &body, sizeof(body));
}

int request_hello(struct connection *connection, const struct request *request,
		  struct answer *answer)
{
	const struct control_hello *hello = request->body;

	answer->close = true;
	if (connection->refused)
		return answer_refuse(answer, -EUSERS,
				     "User %u has too many connections; close some.",
				     connection->peer.uid);
	if (connection->greeted)
		return answer_refuse(answer, -EALREADY, "There was a hello before.");
	if (hello->role > CONTROL_ROLE_ADMINISTRATOR)
		return answer_refuse(answer, -EINVAL, "There is no role %u.", hello->role);
	if (hello->role == CONTROL_ROLE_ADMINISTRATOR && connection->peer.uid != 0)
		return answer_refuse(answer, -EPERM,
				     "Only root administers endpointsecurityd. "
				     "Run it as root.");
	/*
	 * A pidfd that was opened by number belongs to whoever sends the packets that follow, if
	 * they are sent after it was opened: then sender and pidfd lived at the same time.
	 */
	if (!connection->exact && hurried(connection))
		return answer_refuse(answer, -EPROTO, "Wait for the answer to the hello.");
	answer->close = false;
	connection->greeted = true;
	connection->role = hello->role;
	tell_daemon(connection->server, answer);
	return 0;
}

static bool is_packet_socket(int descriptor)
{
	int domain = 0;
	int type = 0;
	socklen_t size = sizeof(domain);

	return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	       domain == AF_UNIX && type == SOCK_SEQPACKET;
}

int request_connect(struct connection *connection, const struct request *request,
		    struct answer *answer)
{
	OWNED_DESCRIPTOR int socket = -1;
	struct ucred maker;
	socklen_t size = sizeof(maker);
	int result;

	if (!is_packet_socket(request->descriptor))
		return answer_refuse(answer, -ENOTSOCK, "That is no local packet socket.");
	/* Nobody may bring a connection that speaks for another. */
	if (getsockopt(request->descriptor, SOL_SOCKET, SO_PEERCRED, &maker, &size) < 0 ||
	    maker.pid != connection->peer.pid)
		return answer_refuse(answer, -EPERM, "The sockets were made by another process.");
	socket = fcntl(request->descriptor, F_DUPFD_CLOEXEC, 0);
	if (socket < 0)
		return -errno;
	result = server_adopt(connection->server, socket);
	if (result < 0)
		return answer_refuse(answer, result, "The connection was not taken: %s.",
				     strerror(-result));
	(void)TAKE_DESCRIPTOR(socket);
	return 0;
}
