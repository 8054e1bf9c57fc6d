/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's thread (guard.h). Owns nothing of a client but the note of what its watch was made
 * from; the watch is delivery's once it is set. Files are opened here, without any lock of
 * delivery's; under that lock they are only read.
 */
#include "daemon/guard/guard.h"

#include "base/clock.h"
#include "daemon/guard/lookout.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* What the watch of the client with this index was made from. */
struct made {
	uint64_t client_id;
	struct channel_threads threads;
	uint64_t cgroup;
	uint64_t made_ns;
};

struct guard {
	struct delivery *delivery;
	struct cgroup_tree tree;
	pthread_t thread;
	struct made made[POLICY_CLIENTS_MAX];
	struct client_guarded clients[POLICY_CLIENTS_MAX];
};

static bool is_current(const struct made *made, const struct client_guarded *client,
		       uint64_t cgroup, uint64_t now_ns)
{
	return client->watched && made->client_id == client->id && made->cgroup == cgroup &&
	       memcmp(&made->threads, &client->threads, sizeof(made->threads)) == 0 &&
	       now_ns < made->made_ns + GUARD_RENEW_MS * NANOSECONDS_PER_MILLISECOND;
}

static void renew_watch(struct guard *guard, const struct client_guarded *client, uint64_t now_ns)
{
	struct made *made = &guard->made[client->index];
	uint64_t cgroup = lookout_cgroup(client->pid);
	struct delivery_watch *watch;

	if (is_current(made, client, cgroup, now_ns))
		return;
	watch = lookout_new(&guard->tree, client->pid, &client->threads);
	if (!watch)
		return;
	*made = (struct made){.client_id = client->id,
			      .threads = client->threads,
			      .cgroup = cgroup,
			      .made_ns = now_ns};
	delivery_set_watch(guard->delivery, client->id, watch);
}

/* One look at everybody. When the next is due. */
static uint64_t look_round(struct guard *guard)
{
	static const unsigned int pauses_ms[] = {
		[CLIENT_QUIET] = 0,
		[CLIENT_HANDLES] = GUARD_HANDLING_MS,
		[CLIENT_WAITS] = GUARD_WAITING_MS,
		[CLIENT_SUSPECT] = GUARD_WAITING_MS,
		[CLIENT_STOPPED] = GUARD_STOPPED_MS,
	};
	size_t count = delivery_guarded(guard->delivery, guard->clients);
	uint64_t now_ns = clock_now_ns();
	uint64_t next_ns = UINT64_MAX;

	for (size_t i = 0; i < count; i++) {
		const struct client_guarded *client = &guard->clients[i];
		unsigned int pause_ms = pauses_ms[client->urgency];

		renew_watch(guard, client, now_ns);
		if (pause_ms == 0)
			continue;
		delivery_look(guard->delivery, client->id);
		if (now_ns + pause_ms * NANOSECONDS_PER_MILLISECOND < next_ns)
			next_ns = now_ns + pause_ms * NANOSECONDS_PER_MILLISECOND;
	}
	return next_ns;
}

static void *keep_guard(void *context)
{
	struct guard *guard = context;
	uint64_t next_ns = UINT64_MAX;

	while (delivery_await_guard(guard->delivery, next_ns))
		next_ns = look_round(guard);
	return NULL;
}

int guard_new(struct guard **ret_guard, struct delivery *delivery)
{
	struct guard *guard = calloc(1, sizeof(*guard));
	int result;

	if (!guard)
		return -ENOMEM;
	guard->delivery = delivery;
	cgroup_tree_find(&guard->tree);
	result = pthread_create(&guard->thread, NULL, keep_guard, guard);
	if (result != 0) {
		free(guard);
		return -result;
	}
	pthread_setname_np(guard->thread, "es-guard");
	*ret_guard = guard;
	return 0;
}

struct guard *guard_free(struct guard *guard)
{
	if (!guard)
		return NULL;
	delivery_stop_guard(guard->delivery);
	pthread_join(guard->thread, NULL);
	free(guard);
	return NULL;
}
