/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONTROL_SYNC: the answer waits for a fence of the engine, the connection waits for the answer,
 * and nobody else waits.
 *
 * The engine calls back from a thread of its own. So what it is given belongs to the server until
 * it has called, whether the connection lives or not; the callback sets a flag and rings a bell.
 */
#include "base/clock.h"
#include "daemon/control/connection.h"
#include "daemon/control/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <utlist.h>

struct sync {
	struct sync *next;
	struct sync *prev;
	struct connection *connection; /* NULL: answered, or gone */
	uint32_t serial;
	uint64_t deadline_ns;
	int bell;
	atomic_bool done;
};

static void fence_passed(void *context)
{
	struct sync *sync = context;
	int bell = sync->bell;

	/* From here on the sync may be gone. */
	atomic_store_explicit(&sync->done, true, memory_order_release);
	eventfd_write(bell, 1);
}

/* Sends the owed answer and reads the connection's requests again. */
static void answer_sync(struct sync *sync, int result)
{
	struct connection *connection = sync->connection;
	struct answer answer = {.later = false};

	sync->connection = NULL;
	connection->sync = NULL;
	if (result == 0)
		answer_number(&answer, delivery_ring_position(connection->server->options.delivery,
							      connection->client));
	else
		answer_refuse(&answer, result, "The engine did not get that far in time.");
	if (answer_send(&answer, connection->descriptor, CONTROL_SYNC, sync->serial, result) < 0)
		connection_free(connection);
	else
		connection_listen(connection, true);
}

static void take_done(struct server *server)
{
	struct sync *sync;
	struct sync *next;

	DL_FOREACH_SAFE (server->syncs, sync, next) {
		if (!atomic_load_explicit(&sync->done, memory_order_acquire))
			continue;
		DL_DELETE(server->syncs, sync);
		server->sync_count--;
		if (sync->connection)
			answer_sync(sync, 0);
		free(sync);
	}
}

static int bell_rung(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
	eventfd_t count;

	(void)source;
	(void)events;
	eventfd_read(descriptor, &count);
	take_done(context);
	return 0;
}

int request_sync(struct connection *connection, const struct request *request,
		 struct answer *answer)
{
	struct server *server = connection->server;
	struct sync *sync;
	int result;

	if (server->sync_count >= LIMIT_SYNCS)
		return answer_refuse(answer, -EBUSY, "Too many wait for the engine already.");
	sync = calloc(1, sizeof(*sync));
	if (!sync)
		return -ENOMEM;
	sync->serial = request->serial;
	sync->bell = server->sync_bell;
	sync->deadline_ns = clock_now_ns() + LIMIT_SYNC_SECONDS * NANOSECONDS_PER_SECOND;
	sync->connection = connection;
	connection->sync = sync;
	DL_APPEND(server->syncs, sync);
	server->sync_count++;
	result = server->options.operations->fence(server->options.engine, fence_passed, sync);
	if (result < 0) {
		connection->sync = NULL;
		DL_DELETE(server->syncs, sync);
		server->sync_count--;
		free(sync);
		return answer_refuse(answer, result, "The engine sets no fence: %s.",
				     strerror(-result));
	}
	connection_listen(connection, false);
	answer->later = true;
	return 0;
}

void sync_expire(struct server *server, uint64_t now_ns)
{
	struct sync *sync;
	struct sync *next;

	DL_FOREACH_SAFE (server->syncs, sync, next) {
		if (sync->connection && now_ns >= sync->deadline_ns)
			answer_sync(sync, -ETIMEDOUT);
	}
}

void sync_forget(struct connection *connection)
{
	if (connection->sync)
		connection->sync->connection = NULL;
	connection->sync = NULL;
}

int sync_open(struct server *server)
{
	server->sync_bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->sync_bell < 0)
		return -errno;
	return sd_event_add_io(server->options.event, &server->sync_source, server->sync_bell,
			       EPOLLIN, bell_rung, server);
}

void sync_close(struct server *server)
{
	struct sync *sync;
	struct sync *next;

	sd_event_source_disable_unref(server->sync_source);
	DL_FOREACH_SAFE (server->syncs, sync, next) {
		DL_DELETE(server->syncs, sync);
		free(sync);
	}
	if (server->sync_bell >= 0)
		close(server->sync_bell);
}
