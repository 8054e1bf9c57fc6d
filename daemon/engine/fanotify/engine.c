/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine on fanotify and the process connector: makes its parts, runs its two threads, and
 * answers the daemon's calls (daemon/engine/engine.h). See state.h for who touches what.
 */
#include "daemon/engine/fanotify/auth.h"
#include "daemon/engine/fanotify/notify.h"
#include "daemon/engine/fanotify/subtree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

enum {
	THREAD_NICENESS = -10,
	DESCRIPTORS_RESERVED = 256, /* for all but held subjects and events on their way to be */
};

static struct engine *fanotify_free(struct engine *engine);
DEFINE_OWNED(struct engine, fanotify_free)

void engine_kick(int descriptor)
{
	uint64_t one = 1;

	if (write(descriptor, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

void engine_unkick(int descriptor)
{
	uint64_t count;

	if (read(descriptor, &count, sizeof(count)) < 0)
		return;
}

static void fanotify_release(void *context, uint64_t hold, bool allow)
{
	struct engine *engine = context;

	hold_release(engine->holds, hold, allow);
}

void engine_hurry(void)
{
	/* A subject waits, or a process is about to end with all that is known of it. Without the
	 * right to this it goes on as it is. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), THREAD_NICENESS);
}

/*
 * Each held subject costs a descriptor: as many as may be. *ret_holds is how many subjects that is;
 * where there is no descriptor for an event, the kernel denies what nobody was asked about.
 */
static int raise_descriptor_limit(size_t *ret_holds, char error[CONTROL_TEXT_MAX])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 2 * DESCRIPTORS_RESERVED) {
		snprintf(error, CONTROL_TEXT_MAX,
			 "%llu descriptors are allowed (RLIMIT_NOFILE), at least %d are needed: "
			 "raise the limit (ulimit -Hn, LimitNOFILE=)",
			 (unsigned long long)limit.rlim_cur, 2 * DESCRIPTORS_RESERVED);
		return -EMFILE;
	}
	*ret_holds = (limit.rlim_cur - DESCRIPTORS_RESERVED) / 2;
	if (*ret_holds > HOLD_MAX)
		*ret_holds = HOLD_MAX;
	return 0;
}

static int fail(char error[CONTROL_TEXT_MAX], int result, const char *what)
{
	snprintf(error, CONTROL_TEXT_MAX, "%s: %s", what, strerror(-result));
	return result;
}

static int make_descriptors(struct engine *engine)
{
	engine->auth_kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	engine->notify_kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	engine->mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (engine->auth_kick < 0 || engine->notify_kick < 0 || engine->mountinfo < 0)
		return -errno;
	return 0;
}

/* The parts, in the order in which they need each other. */
static int make_parts(struct engine *engine, const struct ability_groups *groups,
		      char error[CONTROL_TEXT_MAX])
{
	struct watch_options watch = {groups->permission, groups->name, engine->root};
	int result = tracking_new(&engine->tracking, groups->connector, engine->notify_kick);
	size_t holds = 0;

	if (result < 0)
		return fail(error, result, "cannot read /proc");
	if (engine->permission_group >= 0) {
		result = raise_descriptor_limit(&holds, error);
		if (result < 0)
			return result;
		result = hold_table_new(&engine->holds, engine->permission_group, holds);
	}
	if (result < 0)
		return fail(error, result, "cannot make the table of holds");
	result = watch_new(&engine->watch, &watch, error);
	if (result < 0)
		return result;
	result = telling_new(&engine->telling, engine);
	if (result == 0)
		result = asking_new(&engine->asking, engine);
	if (result == 0)
		result = notify_mounts(engine->telling, false);
	if (result == 0) {
		tracking_lock(engine->tracking);
		tracking_look_up_all(engine->tracking);
		tracking_unlock(engine->tracking);
	}
	return result < 0 ? fail(error, result, "cannot read the mounts") : 0;
}

/* Which of the connector's kinds the events are made from. Always what clients and mutes end by,
 * and what tells that a client is debugged. */
static unsigned int wanted_kinds(const struct event_set *events)
{
	static const struct {
		uint16_t event;
		uint16_t kind;
	} table[] = {
		{EVENT_NOTIFY_FORK, CONNECTOR_FORK},	{EVENT_NOTIFY_EXEC, CONNECTOR_EXEC},
		{EVENT_NOTIFY_TRACE, CONNECTOR_PTRACE}, {EVENT_NOTIFY_SETUID, CONNECTOR_UID},
		{EVENT_NOTIFY_SETEUID, CONNECTOR_UID},	{EVENT_NOTIFY_SETREUID, CONNECTOR_UID},
		{EVENT_NOTIFY_SETGID, CONNECTOR_GID},	{EVENT_NOTIFY_SETEGID, CONNECTOR_GID},
		{EVENT_NOTIFY_SETREGID, CONNECTOR_GID},
	};
	unsigned int kinds = 1U << CONNECTOR_EXIT | 1U << CONNECTOR_COREDUMP |
			     1U << CONNECTOR_PTRACE;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (event_set_has(events, table[i].event))
			kinds |= 1U << table[i].kind;
	return kinds;
}

static int start_threads(struct engine *engine)
{
	sigset_t all, before;
	int result = 0;

	/* Signals are the daemon's main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (engine->permission_group >= 0) {
		result = -pthread_create(&engine->auth_thread, NULL, auth_run, engine);
		engine->auth_running = result == 0;
	}
	if (result == 0) {
		result = -pthread_create(&engine->notify_thread, NULL, notify_run, engine);
		engine->notify_running = result == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static int fanotify_new(struct engine **ret_engine, const struct engine_options *options,
			struct delivery *delivery, char error[CONTROL_TEXT_MAX])
{
	OWNED(fanotify_free) struct engine *engine = calloc(1, sizeof(*engine));
	struct ability_groups groups;
	int result;

	if (!engine)
		return fail(error, -ENOMEM, "cannot start");
	pthread_mutex_init(&engine->fence_lock, NULL);
	engine->auth_kick = engine->notify_kick = engine->mountinfo = -1;
	abilities_probe(&engine->abilities, &groups);
	engine->permission_group = groups.permission;
	engine->name_group = groups.name;
	engine->delivery = delivery;
	engine->daemon_pid = options->daemon_pid;
	engine->root = options->root ? strdup(options->root) : NULL;
	result = abilities_sufficient(&engine->abilities, error);
	if (result == 0) {
		result = make_descriptors(engine);
		if (result < 0)
			fail(error, result, "cannot open /proc/self/mountinfo");
	}
	if (result < 0) {
		if (groups.connector >= 0)
			close(groups.connector);
		return result;
	}
	result = make_parts(engine, &groups, error);
	if (result < 0)
		return result;
	tracking_want(engine->tracking, wanted_kinds(&(struct event_set){0}));
	delivery_set_release(delivery, fanotify_release, engine);
	result = start_threads(engine);
	if (result < 0)
		return fail(error, result, "cannot start threads");
	*ret_engine = TAKE(engine);
	return 0;
}

static struct engine *fanotify_free(struct engine *engine)
{
	int *descriptors[] = {&engine->permission_group, &engine->name_group, &engine->auth_kick,
			      &engine->notify_kick, &engine->mountinfo};

	if (!engine)
		return NULL;
	/* The one that answers goes last: the other may open what is watched, and wait for it. */
	if (engine->notify_running) {
		atomic_store(&engine->notify_stopping, true);
		engine_kick(engine->notify_kick);
		pthread_join(engine->notify_thread, NULL);
	}
	if (engine->auth_running) {
		atomic_store(&engine->auth_stopping, true);
		engine_kick(engine->auth_kick);
		pthread_join(engine->auth_thread, NULL);
	}
	asking_free(engine->asking);
	telling_free(engine->telling);
	watch_free(engine->watch);
	hold_table_free(engine->holds);
	tracking_free(engine->tracking);
	/* With its group the kernel lets go of every subject that is left. */
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		if (*descriptors[i] >= 0)
			close(*descriptors[i]);
	pthread_mutex_destroy(&engine->fence_lock);
	free(engine->root);
	free(engine);
	return NULL;
}

static void fanotify_support(const struct engine *engine, unsigned int event,
			     struct engine_support *ret_support)
{
	abilities_support(&engine->abilities, event, ret_support);
}

static int fanotify_set_events(struct engine *engine, const struct event_set *events,
			       char error[CONTROL_TEXT_MAX])
{
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);
		struct engine_support support;

		if (!event_set_has(events, event) || description->action != EVENT_ACTION_AUTH)
			continue;
		fanotify_support(engine, event, &support);
		if (support.level == CONTROL_SUPPORT_AUTH)
			continue;
		snprintf(error, CONTROL_TEXT_MAX, "%s cannot be enforced here: %.400s",
			 description->constant, support.reason);
		return -EOPNOTSUPP;
	}
	tracking_lock(engine->tracking);
	tracking_want(engine->tracking, wanted_kinds(events));
	tracking_unlock(engine->tracking);
	return watch_set(engine->watch, events, error);
}

static int fanotify_fence(struct engine *engine, void (*done)(void *context), void *context)
{
	int result = -EAGAIN;

	pthread_mutex_lock(&engine->fence_lock);
	if (engine->fence_count < FENCES_MAX) {
		engine->fences[engine->fence_count++] = (struct fence){done, context};
		result = 0;
	}
	pthread_mutex_unlock(&engine->fence_lock);
	engine_kick(engine->notify_kick);
	return result;
}

static int fanotify_process_token(struct engine *engine, pid_t pid, struct record_token *ret_token)
{
	struct process *process;

	tracking_lock(engine->tracking);
	tracking_drain(engine->tracking, false);
	process = tracking_living(engine->tracking, pid);
	if (process) {
		*ret_token = process->token;
		tracking_keep(engine->tracking, process);
	}
	tracking_unlock(engine->tracking);
	return process ? 0 : -ESRCH;
}

static int fanotify_process_alive(struct engine *engine, struct record_token *token)
{
	uint32_t version = token->words[RECORD_TOKEN_PIDVERSION];
	struct record_token now;
	int result = fanotify_process_token(engine, (pid_t)token->words[RECORD_TOKEN_PID], &now);

	if (result < 0)
		return result;
	if (version != 0 && version != now.words[RECORD_TOKEN_PIDVERSION])
		return -ESRCH;
	*token = now;
	return 0;
}

static int fanotify_keep_versions(struct engine *engine, const char *path,
				  char text[CONTROL_TEXT_MAX])
{
	int result;

	tracking_lock(engine->tracking);
	result = tracking_keep_versions(engine->tracking, path, text);
	tracking_unlock(engine->tracking);
	return result;
}

static void fanotify_status(struct engine *engine, struct engine_status *ret_status)
{
	struct tracking_counts tracking;
	struct watch_counts watch;
	int used;

	tracking_lock(engine->tracking);
	tracking = tracking_counts(engine->tracking);
	tracking_unlock(engine->tracking);
	used = snprintf(ret_status->text, sizeof(ret_status->text),
			"held: %zu, could not be held: %" PRIu64 "\n"
			"processes: %s\n",
			engine->holds ? hold_count(engine->holds) : 0,
			(uint64_t)atomic_load(&engine->unasked),
			engine->abilities.connector_error ? "from /proc, no process connector here"
							  : "from the process connector");
	watch = watch_describe(engine->watch, ret_status->text + used,
			       sizeof(ret_status->text) - (size_t)used);
	ret_status->events = atomic_load(&engine->events);
	ret_status->overflows = atomic_load(&engine->overflows) + tracking.lost;
	ret_status->ambiguous_attributes = atomic_load(&engine->ambiguous);
	ret_status->processes = tracking.processes;
	ret_status->marks = watch.marks;
}

const struct engine_operations engine_fanotify = {
	.name = "fanotify",
	.new = fanotify_new,
	.free = fanotify_free,
	.support = fanotify_support,
	.set_events = fanotify_set_events,
	.release = fanotify_release,
	.fence = fanotify_fence,
	.process_token = fanotify_process_token,
	.process_alive = fanotify_process_alive,
	.subtree_add = subtree_add,
	.subtree_remove = subtree_remove,
	.subtree_has = subtree_has,
	.keep_versions = fanotify_keep_versions,
	.status = fanotify_status,
};
