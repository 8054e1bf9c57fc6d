/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clients of this process: which handles live, which were deleted lately, and what becomes of
 * them in a child after fork(2).
 *
 * Owns the memory of every handle. A deleted one is kept among the last RETIRED_MAX, so that who
 * still uses it gets an error rather than a stranger's memory. In a child the clients stay the
 * parent's: their handles refuse, their descriptors are closed (the mappings are not inherited).
 */
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/client/private_daemon.h"
#include "library/misuse/misuse.h"

#include "control/control.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum { RETIRED_MAX = 64 };

static struct {
	pthread_mutex_t lock;
	struct es_client_s *retired[RETIRED_MAX]; /* the oldest is freed when there is no room */
	unsigned int next_retired;
	uint64_t serial;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Under the same lock. */
struct es_client_s *client_first;

static void before_fork(void)
{
	pthread_mutex_lock(&registry.lock);
}

static void in_parent(void)
{
	pthread_mutex_unlock(&registry.lock);
}

/* The child has this one thread; locks that others held stay so, and are not touched. */
static void in_child(void)
{
	for (struct es_client_s *client = client_first; client; client = client->next) {
		client->state = CLIENT_FORKED;
		if (client->link.control)
			close(control_descriptor(client->link.control));
		ring_forget(client->link.ring);
		answers_forget(client->link.answers);
		close(client->nudge);
	}
	client_first = NULL;
	private_daemon_forget();
	pthread_mutex_unlock(&registry.lock);
}

__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(before_fork, in_parent, in_child);
}

__attribute__((destructor)) static void free_retired(void)
{
	for (unsigned int i = 0; i < RETIRED_MAX; i++)
		free(TAKE(registry.retired[i]));
}

struct es_client_s *client_allocate(void)
{
	struct es_client_s *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->state = CLIENT_ALIVE;
	client->nudge = -1;
	pthread_mutex_lock(&registry.lock);
	client->serial = ++registry.serial;
	client->next = client_first;
	client_first = client;
	pthread_mutex_unlock(&registry.lock);
	return client;
}

void client_retire(struct es_client_s *client)
{
	struct es_client_s **place = &client_first;
	struct es_client_s **retired;

	client->state = CLIENT_DELETED;
	pthread_mutex_lock(&registry.lock);
	while (*place && *place != client)
		place = &(*place)->next;
	if (*place)
		*place = client->next;
	retired = &registry.retired[registry.next_retired++ % RETIRED_MAX];
	free(*retired);
	*retired = client;
	pthread_mutex_unlock(&registry.lock);
}

_Bool client_usable(struct es_client_s *client, const char *function, const void *caller)
{
	uint32_t state;

	if (!client) {
		failure_set("%s: there is no client.", function);
		return 0;
	}
	state = client->state;
	if (state == CLIENT_ALIVE)
		return 1;
	if (state == CLIENT_FORKED) {
		failure_set("%s: after fork(2) a client stays with the parent.", function);
		misuse_forked_client(function, caller);
	} else {
		failure_set("%s: the client has been deleted.", function);
		misuse_deleted_client(function, caller);
	}
	return 0;
}
