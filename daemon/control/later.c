/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that others bring. The connection waits for its own, and nobody else waits.
 *
 * Those who bring it call from threads of their own. So what they are given belongs to the server
 * until they have called, whether the connection lives or not; the call sets a flag and rings a
 * bell, and the control thread does the rest.
 */
#include "base/clock.h"
#include "daemon/control/connection.h"
#include "daemon/control/limits.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <utlist.h>

struct later {
	struct later *next;
	struct later *prev;
	struct connection *connection; /* NULL: answered, or gone */
	const struct later_kind *kind;
	void *data;
	enum control_type type;
	uint32_t serial;
	uint64_t deadline_ns;
	int bell;
	atomic_bool done;
};

void later_done(void *context)
{
	struct later *later = context;
	int bell = later->bell;

	/* From here on it may be gone. */
	atomic_store_explicit(&later->done, true, memory_order_release);
	eventfd_write(bell, 1);
}

static void remove_later(struct server *server, struct later *later)
{
	DL_DELETE(server->laters, later);
	server->later_count--;
	free(later);
}

/* Sends the owed answer and reads the connection's requests again. */
static void send_owed(struct later *later, const struct answer *answer, int result)
{
	struct connection *connection = later->connection;

	later->connection = NULL;
	connection->later = NULL;
	if (answer_send(answer, connection->descriptor, later->type, later->serial, result) < 0)
		connection_free(connection);
	else
		connection_listen(connection, true);
}

static void finish(struct server *server, struct later *later)
{
	struct answer answer = {.later = false};
	int result = later->kind->finish(later->connection, later->data, &answer);

	if (later->connection)
		send_owed(later, &answer, result);
	answer_done(&answer);
	remove_later(server, later);
}

static int bell_rung(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
	struct server *server = context;
	struct later *later;
	struct later *next;
	eventfd_t count;

	(void)source;
	(void)events;
	eventfd_read(descriptor, &count);
	DL_FOREACH_SAFE (server->laters, later, next) {
		if (atomic_load_explicit(&later->done, memory_order_acquire))
			finish(server, later);
	}
	return 0;
}

int later_owe(struct connection *connection, const struct request *request,
	      const struct later_kind *kind, void *data, struct answer *answer)
{
	struct server *server = connection->server;
	struct later *later;

	if (server->later_count >= LIMIT_LATERS)
		return answer_refuse(answer, -EBUSY, "Too many wait for the engine already.");
	later = calloc(1, sizeof(*later));
	if (!later)
		return -ENOMEM;
	later->connection = connection;
	later->kind = kind;
	later->data = data;
	later->type = request->type;
	later->serial = request->serial;
	later->deadline_ns = clock_now_ns() + LIMIT_LATER_SECONDS * NANOSECONDS_PER_SECOND;
	later->bell = server->later_bell;
	DL_APPEND(server->laters, later);
	server->later_count++;
	connection->later = later;
	connection_listen(connection, false);
	answer->later = true;
	return 0;
}

struct later *later_of(const struct connection *connection)
{
	return connection->later;
}

void later_cancel(struct connection *connection, struct answer *answer)
{
	remove_later(connection->server, connection->later);
	connection->later = NULL;
	connection_listen(connection, true);
	answer->later = false;
}

void later_expire(struct server *server, uint64_t now_ns)
{
	struct later *later;
	struct later *next;

	DL_FOREACH_SAFE (server->laters, later, next) {
		struct answer answer = {.later = false};

		if (!later->connection || now_ns < later->deadline_ns)
			continue;
		answer_refuse(&answer, -ETIMEDOUT, "%s", later->kind->late);
		send_owed(later, &answer, -ETIMEDOUT);
	}
}

void later_forget(struct connection *connection)
{
	if (connection->later)
		connection->later->connection = NULL;
	connection->later = NULL;
}

int later_open(struct server *server)
{
	server->later_bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->later_bell < 0)
		return -errno;
	return sd_event_add_io(server->options.event, &server->later_source, server->later_bell,
			       EPOLLIN, bell_rung, server);
}

/* No connection is left, and whoever still works on one is waited for. */
void later_close(struct server *server)
{
	sd_event_source_disable_unref(server->later_source);
	while (server->laters)
		finish(server, server->laters);
	if (server->later_bell >= 0)
		close(server->later_bell);
}
