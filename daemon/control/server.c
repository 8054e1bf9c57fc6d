/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: listening sockets, the list of connections, admission files, and a pulse.
 *
 * It takes sockets in and makes connections of them (connection.c). The pulse, once a second, looks
 * after what no descriptor tells: a client whose program was replaced by exec while a child of it
 * still holds the socket, and fences that take too long.
 */
#include "daemon/control/server.h"

#include "base/clock.h"
#include "daemon/control/connection.h"
#include "daemon/control/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <utlist.h>

enum { PULSE_MICROSECONDS = 1000 * 1000 };

void server_say(const struct server *server, int priority, const char *format, ...)
{
	char text[CONTROL_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	server->options.say(server->options.say_context, priority, text);
}

static void complain_of_entry(void *context, const char *text)
{
	server_say(context, LOG_WARNING, "%s", text);
}

int server_reload(struct server *server)
{
	struct entries *entries = NULL;
	int result;

	if (!server->options.entries_directory)
		return 0;
	result = entries_load(&entries, server->options.entries_directory, complain_of_entry,
			      server);
	if (result < 0) {
		server_say(server, LOG_ERR, "cannot read %s: %s. Admission stays as it was.",
			   server->options.entries_directory, strerror(-result));
		return result;
	}
	entries_free(server->entries);
	server->entries = entries;
	return 0;
}

struct connection *server_find_client(const struct server *server, uint64_t id)
{
	struct connection *connection;

	DL_FOREACH (server->connections, connection) {
		if (connection->client && client_id(connection->client) == id)
			return connection;
	}
	return NULL;
}

static int tell_interest(sd_event_source *source, void *context)
{
	struct server *server = context;
	struct event_set interest = delivery_interest(server->options.delivery);
	char error[CONTROL_TEXT_MAX] = "";

	(void)source;
	if (server->options.engine &&
	    server->options.operations->set_events(server->options.engine, &interest, error) < 0)
		server_say(server, LOG_WARNING, "the engine could not let go of events: %s", error);
	return 0;
}

void server_interest_changed(struct server *server)
{
	sd_event_source_set_enabled(server->interest_source, SD_EVENT_ONESHOT);
}

/* Is the client's program still the one that made it? */
static bool replaced(const struct connection *connection)
{
	const struct server_options *options = &connection->server->options;
	struct record_token token = connection->token;

	return connection->client &&
	       options->operations->process_alive(options->engine, &token) == -ESRCH;
}

static int pulse(sd_event_source *source, uint64_t now_us, void *context)
{
	struct server *server = context;
	struct connection *connection;
	struct connection *next;

	DL_FOREACH_SAFE (server->connections, connection, next) {
		if (!replaced(connection))
			continue;
		server_say(server, LOG_NOTICE,
			   "client %s[%d] ran another program; it is no "
			   "client any more",
			   connection->peer.name, connection->peer.pid);
		connection_free(connection);
	}
	later_expire(server, clock_now_ns());
	server->starved = false;
	sd_event_source_set_time(source, now_us + PULSE_MICROSECONDS);
	return 0;
}

static int open_sources(struct server *server)
{
	sd_event *event = server->options.event;
	int result;

	/* After the dead are seen to, and after requests. */
	result = sd_event_add_defer(event, &server->interest_source, tell_interest, server);
	if (result < 0)
		return result;
	sd_event_source_set_priority(server->interest_source, SD_EVENT_PRIORITY_IDLE);
	sd_event_source_set_enabled(server->interest_source, SD_EVENT_OFF);
	result = sd_event_add_time_relative(event, &server->pulse_source, CLOCK_MONOTONIC,
					    PULSE_MICROSECONDS, 0, pulse, server);
	if (result < 0)
		return result;
	sd_event_source_set_enabled(server->pulse_source, SD_EVENT_ON);
	return later_open(server);
}

int server_new(struct server **ret_server, const struct server_options *options)
{
	OWNED(server_free) struct server *server = calloc(1, sizeof(*server));
	int result;

	if (!server)
		return -ENOMEM;
	server->options = *options;
	server->started_ns = clock_now_ns();
	server->later_bell = -1;
	result = open_sources(server);
	if (result < 0)
		return result;
	/* What cannot be read is said in the log, and admits nobody. */
	server_reload(server);
	*ret_server = TAKE(server);
	return 0;
}

static bool user_over_limit(const struct server *server, int socket)
{
	const struct connection *connection;
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	unsigned int of_user = 0;
	unsigned int of_users = 0;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0 ||
	    credentials.uid == 0)
		return false;
	DL_FOREACH (server->connections, connection) {
		of_users += connection->peer.uid != 0;
		of_user += connection->peer.uid == credentials.uid;
	}
	return of_user >= LIMIT_CONNECTIONS_OF_USER || of_users >= LIMIT_CONNECTIONS_OF_USERS;
}

int server_adopt(struct server *server, int socket)
{
	int on = 1;

	if (server->connection_count >= LIMIT_CONNECTIONS)
		return -EUSERS;
	if (setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	return connection_new(server, socket, user_over_limit(server, socket));
}

static int accept_connection(sd_event_source *source, int descriptor, uint32_t events,
			     void *context)
{
	struct server *server = context;
	int socket = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (socket < 0) {
		if (errno != EAGAIN && !server->starved)
			server_say(server, LOG_ERR, "cannot accept a connection: %s",
				   strerror(errno));
		server->starved = true;
		return 0;
	}
	if (server_adopt(server, socket) < 0)
		close(socket);
	return 0;
}

int server_listen(struct server *server, int socket)
{
	const unsigned int room = sizeof(server->listen_sources) /
				  sizeof(server->listen_sources[0]);
	sd_event_source *source = NULL;
	int on = 1;
	int result;

	if (server->listen_count >= room)
		return -ENOSPC;
	/* Connections inherit it, so that no packet is without its sender. */
	if (setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	result = sd_event_add_io(server->options.event, &source, socket, EPOLLIN, accept_connection,
				 server);
	if (result < 0)
		return result;
	/* Newcomers wait for those who are there, and come 200 a tenth of a second at most. */
	sd_event_source_set_priority(source, SD_EVENT_PRIORITY_NORMAL + 10);
	sd_event_source_set_ratelimit(source, 100 * 1000, 200);
	sd_event_source_set_io_fd_own(source, 1);
	server->listen_sources[server->listen_count++] = source;
	return 0;
}

void server_stop(struct server *server)
{
	server->stopped = true;
	while (server->listen_count > 0)
		sd_event_source_disable_unref(server->listen_sources[--server->listen_count]);
	while (server->connections)
		connection_free(server->connections);
}

struct server *server_free(struct server *server)
{
	if (!server)
		return NULL;
	server_stop(server);
	later_close(server);
	sd_event_source_disable_unref(server->interest_source);
	sd_event_source_disable_unref(server->pulse_source);
	entries_free(server->entries);
	free(server);
	return NULL;
}
