/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signal sources.
 *
 * Owns a handler for each signal that has a source, and what was there before it, which it calls
 * and which comes back with the last source. The handler only counts and wakes the manager, and
 * that compares each source's count with the signal's.
 */
#include "compat/libdispatch/source.h"
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SIGNALS = 65 };

static void look_at_signals(struct watcher *watcher);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct watcher bell = {look_at_signals, -1, EPOLLIN};
static struct {
	unsigned int count; /* how often it came, since the program started, modulo 2^32 */
	struct sigaction before;
	dispatch_source_t sources;
} signals[SIGNALS];

static void open_bell(void)
{
	bell.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell.fd < 0 || manager_watch(&bell) < 0)
		dispatch_end_program("signals cannot be waited for");
}

static void count_signal(int number, siginfo_t *information, void *context)
{
	const struct sigaction *before = &signals[number].before;
	int error = errno;

	__atomic_add_fetch(&signals[number].count, 1, __ATOMIC_RELAXED);
	eventfd_write(bell.fd, 1);
	if (before->sa_flags & SA_SIGINFO)
		before->sa_sigaction(number, information, context);
	else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN)
		before->sa_handler(number);
	errno = error;
}

static void look_at_signals(struct watcher *watcher)
{
	eventfd_t rings;
	unsigned int count;

	eventfd_read(watcher->fd, &rings);
	pthread_mutex_lock(&lock);
	for (int number = 1; number < SIGNALS; number++) {
		count = __atomic_load_n(&signals[number].count, __ATOMIC_RELAXED);
		for (dispatch_source_t source = signals[number].sources; source;
		     source = source->next_of_signal) {
			if (count == source->signals_seen || !object_try_ref(source))
				continue;
			source_fire(source, count - source->signals_seen);
			source->signals_seen = count;
		}
	}
	pthread_mutex_unlock(&lock);
}

static bool accepts(uintptr_t handle, uintptr_t mask)
{
	return mask == 0 && handle > 0 && handle < SIGNALS && handle != SIGKILL &&
	       handle != SIGSTOP;
}

static void install(int number)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};

	action.sa_sigaction = count_signal;
	sigfillset(&action.sa_mask);
	/* First what to call, then who calls it. */
	sigaction(number, NULL, &signals[number].before);
	sigaction(number, &action, NULL);
}

/* Unless the program has set something else meanwhile. */
static void uninstall(int number)
{
	struct sigaction present;

	sigaction(number, NULL, &present);
	if ((present.sa_flags & SA_SIGINFO) && present.sa_sigaction == count_signal)
		sigaction(number, &signals[number].before, NULL);
}

static void start(dispatch_source_t source)
{
	int number = (int)source->handle;

	pthread_once(&once, open_bell);
	pthread_mutex_lock(&lock);
	source->signals_seen = __atomic_load_n(&signals[number].count, __ATOMIC_RELAXED);
	source->next_of_signal = signals[number].sources;
	signals[number].sources = source;
	if (!source->next_of_signal)
		install(number);
	pthread_mutex_unlock(&lock);
}

static void stop(dispatch_source_t source)
{
	int number = (int)source->handle;
	dispatch_source_t *place;

	pthread_mutex_lock(&lock);
	place = &signals[number].sources;
	while (*place != source)
		place = &(*place)->next_of_signal;
	*place = source->next_of_signal;
	if (!signals[number].sources)
		uninstall(number);
	pthread_mutex_unlock(&lock);
}

const struct dispatch_source_type_s _dispatch_source_type_signal = {
	.accepts = accepts,
	.start = start,
	.stop = stop,
	.merge = source_add,
};
