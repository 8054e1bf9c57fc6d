/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manager: one thread in epoll_wait, for all sources and timers.
 *
 * Owns the epoll descriptor and the table of what is watched, by descriptor. An event names its
 * descriptor and the generation of its entry, so what epoll_wait still brings of an entry that is
 * gone meets nothing. The thread starts with the first watcher and stays.
 */
#include "compat/libdispatch/manager.h"
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/pool.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 16 };

struct entry {
	struct watcher *watcher; /* NULL: free */
	uint32_t generation;
};

static struct {
	pthread_mutex_t lock;
	int epoll;
	struct entry *entries; /* by descriptor, so bounded by RLIMIT_NOFILE */
	size_t count;
} manager = {.lock = PTHREAD_MUTEX_INITIALIZER, .epoll = -1};

static void deliver(uint64_t name)
{
	size_t fd = (size_t)(name & UINT32_MAX);
	struct entry *entry;

	pthread_mutex_lock(&manager.lock);
	entry = &manager.entries[fd];
	if (entry->watcher && entry->generation == name >> 32)
		entry->watcher->ready(entry->watcher);
	pthread_mutex_unlock(&manager.lock);
}

static void *manage(void *nothing)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int count;

	(void)nothing;
	pthread_setname_np(pthread_self(), "dispatch-manager");
	for (;;) {
		count = epoll_wait(manager.epoll, events, EVENTS_AT_ONCE, -1);
		for (int i = 0; i < count; i++)
			deliver(events[i].data.u64);
	}
	return NULL;
}

/* The lock is held. */
static void start_manager(void)
{
	if (manager.epoll >= 0)
		return;
	manager.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (manager.epoll < 0 || !pool_start_thread(manage))
		dispatch_end_program("the events of the system cannot be waited for");
}

/* The entry of a descriptor, made if need be. The lock is held. */
static struct entry *find_entry(int fd)
{
	size_t wanted = (size_t)fd + 1;

	if (wanted > manager.count) {
		wanted += manager.count;
		manager.entries = reallocarray(manager.entries, wanted, sizeof(struct entry));
		if (!manager.entries)
			dispatch_end_program("out of memory");
		for (size_t i = manager.count; i < wanted; i++)
			manager.entries[i] = (struct entry){0};
		manager.count = wanted;
	}
	return &manager.entries[fd];
}

/* The lock is held. */
static int control(int operation, const struct watcher *watcher)
{
	const struct entry *entry = find_entry(watcher->fd);
	struct epoll_event event = {
		.events = watcher->events,
		.data.u64 = (uint64_t)entry->generation << 32 | (uint32_t)watcher->fd,
	};

	return epoll_ctl(manager.epoll, operation, watcher->fd, &event) < 0 ? -errno : 0;
}

int manager_watch(struct watcher *watcher)
{
	struct entry *entry;
	int error;

	pthread_mutex_lock(&manager.lock);
	start_manager();
	entry = find_entry(watcher->fd);
	entry->generation++;
	entry->watcher = watcher;
	error = control(EPOLL_CTL_ADD, watcher);
	if (error)
		entry->watcher = NULL;
	pthread_mutex_unlock(&manager.lock);
	return error;
}

void manager_rearm(struct watcher *watcher)
{
	pthread_mutex_lock(&manager.lock);
	control(EPOLL_CTL_MOD, watcher);
	pthread_mutex_unlock(&manager.lock);
}

void manager_unwatch(struct watcher *watcher)
{
	pthread_mutex_lock(&manager.lock);
	control(EPOLL_CTL_DEL, watcher);
	find_entry(watcher->fd)->watcher = NULL;
	pthread_mutex_unlock(&manager.lock);
}
