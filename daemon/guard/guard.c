/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's thread (guard.h). Owns nothing of a client but the note of what its watch was made
 * from; the watch is delivery's once it is set. Files are opened here, without any lock of
 * delivery's; under that lock they are only read.
 */
#include "daemon/guard/guard.h"

#include "base/clock.h"
#include "daemon/guard/debuggers.h"
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

/* Who debugs the client with this index. */
struct debugged {
	uint64_t client_id;
	pid_t tracer; /* 0: nobody */
	uint64_t looked_ns;
	bool seen; /* in this round */
};

struct guard {
	struct delivery *delivery;
	struct guard_engine engine;
	struct debugged debugged[POLICY_CLIENTS_MAX];
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

/* ---- Debuggers ---- */

static void forget_debuggers(struct guard *guard, unsigned int index)
{
	struct debugged *debugged = &guard->debugged[index];

	if (debugged->tracer)
		guard->engine.remove(guard->engine.context, POLICY_DEBUGGERS + index);
	*debugged = (struct debugged){.client_id = 0};
}

static void set_tracer(struct guard *guard, const struct client_guarded *client, pid_t tracer)
{
	const struct guard_engine *engine = &guard->engine;
	unsigned int index = POLICY_DEBUGGERS + client->index;
	pid_t master = tracer ? debuggers_master(tracer) : 0;

	forget_debuggers(guard, client->index);
	guard->debugged[client->index].tracer = tracer;
	if (tracer)
		engine->add(engine->context, index, tracer);
	if (master)
		engine->add(engine->context, index, master);
}

/* What a debugger asked before it was known for one. */
static void excuse_debuggers(struct guard *guard, const struct client_guarded *client)
{
	pid_t pids[SUBJECTS_AT_ONCE];
	size_t count = delivery_subjects(guard->delivery, client->id, pids);

	for (size_t i = 0; i < count; i++)
		if (guard->engine.has(guard->engine.context, POLICY_DEBUGGERS + client->index,
				      pids[i]))
			delivery_excuse(guard->delivery, client->id, pids[i]);
}

/* Is it debugged? */
static bool find_debuggers(struct guard *guard, const struct client_guarded *client,
			   uint64_t now_ns)
{
	struct debugged *debugged = &guard->debugged[client->index];
	bool known = debugged->client_id == client->id;
	pid_t tracer;

	if (known && client->debuggers_known &&
	    now_ns < debugged->looked_ns + GUARD_TRACED_MS * NANOSECONDS_PER_MILLISECOND)
		return debugged->tracer != 0;
	tracer = debuggers_tracer(client->pid, &client->threads);
	if (!known || debugged->tracer != tracer)
		set_tracer(guard, client, tracer);
	debugged->client_id = client->id;
	debugged->looked_ns = now_ns;
	delivery_set_debugged(guard->delivery, client->id, tracer != 0);
	return tracer != 0;
}

/* Whose client is gone. */
static void forget_others(struct guard *guard, size_t count)
{
	for (unsigned int i = 0; i < POLICY_CLIENTS_MAX; i++)
		guard->debugged[i].seen = false;
	for (size_t i = 0; i < count; i++)
		guard->debugged[guard->clients[i].index].seen = true;
	for (unsigned int i = 0; i < POLICY_CLIENTS_MAX; i++)
		if (guard->debugged[i].client_id && !guard->debugged[i].seen)
			forget_debuggers(guard, i);
}

/* ---- The thread ---- */

/* Sees to one client. In how many milliseconds again; 0: when it is called. */
static unsigned int tend(struct guard *guard, const struct client_guarded *client, uint64_t now_ns)
{
	static const unsigned int pauses_ms[] = {
		[CLIENT_QUIET] = 0,
		[CLIENT_HANDLES] = GUARD_HANDLING_MS,
		[CLIENT_WAITS] = GUARD_WAITING_MS,
		[CLIENT_SUSPECT] = GUARD_WAITING_MS,
		[CLIENT_STOPPED] = GUARD_STOPPED_MS,
	};
	unsigned int pause_ms = pauses_ms[client->urgency];
	bool debugged;

	renew_watch(guard, client, now_ns);
	debugged = find_debuggers(guard, client, now_ns);
	if (pause_ms == 0)
		return debugged ? GUARD_TRACED_MS : 0;
	if (debugged)
		excuse_debuggers(guard, client);
	delivery_look(guard->delivery, client->id);
	return pause_ms;
}

/* One look at everybody. When the next is due. */
static uint64_t look_round(struct guard *guard)
{
	size_t count = delivery_guarded(guard->delivery, guard->clients);
	uint64_t now_ns = clock_now_ns();
	uint64_t next_ns = UINT64_MAX;

	forget_others(guard, count);
	for (size_t i = 0; i < count; i++) {
		unsigned int pause_ms = tend(guard, &guard->clients[i], now_ns);

		if (pause_ms && now_ns + pause_ms * NANOSECONDS_PER_MILLISECOND < next_ns)
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

int guard_new(struct guard **ret_guard, struct delivery *delivery,
	      const struct guard_engine *engine)
{
	struct guard *guard = calloc(1, sizeof(*guard));
	int result;

	if (!guard)
		return -ENOMEM;
	guard->delivery = delivery;
	guard->engine = *engine;
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
