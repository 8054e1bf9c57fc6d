/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that tells: reads the group of names, the connector and mountinfo, and hands every
 * event to delivery/ in an order a reader can make sense of.
 *
 * The two sources have no common clock. Forks and execs are told before the file events that were
 * read after them, and an exit only when the kernel's queue of file events has been emptied once
 * since: what a process did comes between its birth and its end.
 */
#include "daemon/engine/fanotify/notify.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/fanotify.h>

enum {
	EVENTS_SIZE = 16 * 1024, /* some 150 events, and as many pidfds */
	ROUNDS_MAX = 64, /* batches before exits are told although more file events wait */
};

/* Hands the ids of the daemon's own mounts to tracking. */
static void set_own_mounts(struct engine *engine, const struct mounts *mounts)
{
	OWNED_MEMORY uint64_t *ids = malloc((mounts->count + 1) * sizeof(*ids));

	if (!ids)
		return;
	for (size_t i = 0; i < mounts->count; i++)
		ids[i] = mounts->list[i].id;
	tracking_lock(engine->tracking);
	tracking_set_mounts(engine->tracking, ids, mounts->count);
	tracking_unlock(engine->tracking);
}

int notify_mounts(struct telling *telling, bool tell)
{
	struct engine *engine = telling->engine;
	struct mounts before = telling->mounts;
	struct mounts now;
	int result = mounts_read(engine->mountinfo, &now);

	if (result < 0)
		return result;
	telling->mounts = now;
	set_own_mounts(engine, &now);
	watch_refresh(engine->watch, &now);
	if (tell)
		tell_mounts(telling, &before);
	mounts_done(&before);
	return 0;
}

static void tell_event(struct telling *telling, struct process_event *event)
{
	struct engine *engine = telling->engine;

	if (event->kind == CONNECTOR_COREDUMP)
		delivery_process_dumping(engine->delivery, &event->token);
	if (event->kind == CONNECTOR_PTRACE)
		delivery_process_traced(engine->delivery, &event->other_token);
	tell_process(telling, event);
	if (event->kind == CONNECTOR_EXIT)
		delivery_process_gone(engine->delivery, &event->token);
	tracking_lock(engine->tracking);
	process_event_done(event);
	tracking_unlock(engine->tracking);
}

/* What happened to processes by now, but their ends. Returns how many ends wait. */
static size_t tell_processes(struct telling *telling)
{
	struct tracking *tracking = telling->engine->tracking;
	struct process_event event;
	size_t ends;
	bool some;

	do {
		tracking_lock(tracking);
		tracking_drain(tracking, true);
		some = tracking_next(tracking, &event);
		ends = tracking_ends(tracking);
		tracking_unlock(tracking);
		if (some)
			tell_event(telling, &event);
	} while (some);
	return ends;
}

static void tell_ends(struct telling *telling, size_t count)
{
	struct tracking *tracking = telling->engine->tracking;
	struct process_event event;
	bool some = true;

	for (; count > 0 && some; count--) {
		tracking_lock(tracking);
		some = tracking_next_end(tracking, &event);
		tracking_unlock(tracking);
		if (some)
			tell_event(telling, &event);
	}
}

static void take_name(struct telling *telling, const struct name_event *event)
{
	if (event->mask & FAN_Q_OVERFLOW)
		atomic_fetch_add(&telling->engine->overflows, 1);
	else
		tell_names(telling, event);
	if (event->pidfd >= 0)
		close(event->pidfd);
}

/* One read of file events. Returns its length; 0: there are none. */
static size_t tell_files(struct telling *telling)
{
	char events[EVENTS_SIZE] __attribute__((aligned(8)));
	ssize_t length, size;
	struct name_event event;

	if (telling->engine->name_group < 0)
		return 0;
	length = read(telling->engine->name_group, events, sizeof(events));
	if (length <= 0)
		return 0;
	/* Births before deeds: whoever caused these events is known by now. */
	tell_processes(telling);
	for (ssize_t at = 0; at < length; at += size) {
		size = name_event_parse(events + at, (size_t)(length - at), &event);
		if (size < 0)
			break;
		take_name(telling, &event);
	}
	return (size_t)length;
}

/* Takes in what is there now; more may come meanwhile. */
static void tell_all(struct telling *telling)
{
	/* Whoever has ended by now did nothing that is not in the queue of file events yet. */
	size_t ends = tell_processes(telling);

	for (int round = 0; round < ROUNDS_MAX; round++)
		if (tell_files(telling) == 0)
			break;
	paths_forget(telling->paths);
	tell_ends(telling, ends);
}

/* Whoever asked before now is told that all of before is told. */
static void answer_fences(struct telling *telling)
{
	struct engine *engine = telling->engine;
	struct fence fences[FENCES_MAX];
	size_t count;

	pthread_mutex_lock(&engine->fence_lock);
	count = engine->fence_count;
	memcpy(fences, engine->fences, count * sizeof(fences[0]));
	engine->fence_count = 0;
	pthread_mutex_unlock(&engine->fence_lock);
	if (count == 0)
		return;
	notify_mounts(telling, true);
	tell_all(telling);
	for (size_t i = 0; i < count; i++)
		fences[i].done(fences[i].context);
}

void *notify_run(void *context)
{
	struct engine *engine = context;
	struct telling *telling = engine->telling;
	struct pollfd waits[] = {
		{.fd = engine->notify_kick, .events = POLLIN},
		{.fd = engine->mountinfo, .events = POLLPRI},
		{.fd = engine->name_group, .events = POLLIN},
		{.fd = tracking_connector(engine->tracking), .events = POLLIN},
	};

	int timeout = -1;

	engine_hurry();
	while (!atomic_load(&engine->notify_stopping)) {
		if (poll(waits, sizeof(waits) / sizeof(waits[0]), timeout) < 0)
			continue;
		if (waits[0].revents)
			engine_unkick(engine->notify_kick);
		if (waits[1].revents)
			notify_mounts(telling, true);
		tell_all(telling);
		answer_fences(telling);
		timeout = tracking_settle(engine->tracking);
	}
	answer_fences(telling);
	return NULL;
}
