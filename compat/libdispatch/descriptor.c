/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of descriptors: READ, WRITE, and PROC, which is the descriptor of a process.
 *
 * Owns a duplicate of the descriptor between start and stop, so that two sources of one descriptor
 * are two entries in epoll. After an event the next is asked for when the handler has returned.
 */
#include "compat/libdispatch/source.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* epoll refuses what is always ready. */
static bool accepts_descriptor(uintptr_t handle, uintptr_t mask)
{
	struct stat facts;

	return mask == 0 && handle <= INT32_MAX && fstat((int)handle, &facts) == 0 &&
	       !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
}

static void watch(dispatch_source_t source, void (*ready)(struct watcher *watcher), uint32_t events)
{
	source->watcher.ready = ready;
	source->watcher.events = events | EPOLLONESHOT;
	if (source->watcher.fd < 0 || manager_watch(&source->watcher) < 0)
		dispatch_end_program("the descriptor of a source cannot be watched");
}

static void duplicate_and_watch(dispatch_source_t source, void (*ready)(struct watcher *watcher),
				uint32_t events)
{
	source->watcher.fd = fcntl((int)source->handle, F_DUPFD_CLOEXEC, 3);
	watch(source, ready, events);
}

static void stop(dispatch_source_t source)
{
	if (source->watcher.fd < 0)
		return;
	manager_unwatch(&source->watcher);
	close(source->watcher.fd);
	source->watcher.fd = -1;
}

static void watch_again(dispatch_source_t source)
{
	manager_rearm(&source->watcher);
}

static void fire_read(struct watcher *watcher)
{
	dispatch_source_t source = SOURCE_OF(watcher, watcher);
	int bytes = 0;

	if (ioctl(watcher->fd, FIONREAD, &bytes) < 0 || bytes < 1)
		bytes = 1;
	if (object_try_ref(source))
		source_fire(source, (uintptr_t)bytes);
}

static void fire_write(struct watcher *watcher)
{
	dispatch_source_t source = SOURCE_OF(watcher, watcher);

	if (object_try_ref(source))
		source_fire(source, 1);
}

static void start_read(dispatch_source_t source)
{
	duplicate_and_watch(source, fire_read, EPOLLIN | EPOLLRDHUP);
}

static void start_write(dispatch_source_t source)
{
	duplicate_and_watch(source, fire_write, EPOLLOUT);
}

const struct dispatch_source_type_s _dispatch_source_type_read = {
	.accepts = accepts_descriptor,
	.start = start_read,
	.stop = stop,
	.handled = watch_again,
	.merge = source_replace,
};
const struct dispatch_source_type_s _dispatch_source_type_write = {
	.accepts = accepts_descriptor,
	.start = start_write,
	.stop = stop,
	.handled = watch_again,
	.merge = source_replace,
};

static bool accepts_process(uintptr_t handle, uintptr_t mask)
{
	return handle > 0 && handle <= INT32_MAX && mask == DISPATCH_PROC_EXIT;
}

static void fire_exit(struct watcher *watcher)
{
	dispatch_source_t source = SOURCE_OF(watcher, watcher);

	if (object_try_ref(source))
		source_fire(source, DISPATCH_PROC_EXIT);
}

static void start_process(dispatch_source_t source)
{
	source->watcher.fd = (int)syscall(SYS_pidfd_open, (pid_t)source->handle, 0);
	if (source->watcher.fd < 0 && errno == ESRCH)
		fire_exit(&source->watcher);
	else
		watch(source, fire_exit, EPOLLIN);
}

const struct dispatch_source_type_s _dispatch_source_type_proc = {
	.accepts = accepts_process,
	.start = start_process,
	.stop = stop,
	.merge = source_join,
};
