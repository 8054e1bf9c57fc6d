/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hard timer (guard.h). Owns a page shared with the benchmark, and the reading end of a pipe
 * that tells it when the benchmark is gone.
 */
#include "tests/bench/guard.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LOOK_MILLISECONDS = 100 };

static struct shared {
	_Atomic uint64_t deadline_ns;
	_Atomic pid_t processes[GUARD_PROCESSES_MAX];
	_Atomic bool fired;
} * shared;

static void kill_all(void)
{
	for (int index = 0; index < GUARD_PROCESSES_MAX; index++) {
		pid_t pid = atomic_load(&shared->processes[index]);

		if (pid > 0)
			kill(pid, SIGKILL);
	}
}

static _Noreturn void guard(int benchmark)
{
	struct pollfd watched = {.fd = benchmark};

	for (;;) {
		uint64_t deadline = atomic_load(&shared->deadline_ns);

		if (poll(&watched, 1, LOOK_MILLISECONDS) > 0) {
			kill_all();
			_exit(0);
		}
		if (deadline && clock_now_ns() > deadline) {
			atomic_store(&shared->fired, true);
			kill_all();
		}
	}
}

int guard_start(void)
{
	int ends[2];
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* Ctrl-C is for the benchmark; the guard stays until that is gone. */
		setsid();
		close(ends[1]);
		guard(ends[0]);
	}
	/* The writing end stays open, in this process alone, for as long as it lives. */
	close(ends[0]);
	return 0;
}

void guard_arm(uint64_t deadline_ns)
{
	atomic_store(&shared->deadline_ns, deadline_ns);
}

static void exchange(pid_t from, pid_t to)
{
	for (int index = 0; index < GUARD_PROCESSES_MAX; index++) {
		pid_t expected = from;

		if (atomic_compare_exchange_strong(&shared->processes[index], &expected, to))
			return;
	}
}

void guard_add(pid_t pid)
{
	exchange(0, pid);
}

void guard_remove(pid_t pid)
{
	exchange(pid, 0);
}

bool guard_has_fired(void)
{
	return atomic_load(&shared->fired);
}
