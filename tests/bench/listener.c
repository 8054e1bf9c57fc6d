/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts and ends listeners (listener.h): forks the process, starts the daemon before it where the
 * listener is a client, waits until it says that it is ready. Owns both processes until they are
 * stopped; hands what happens inside them to client.c and bare.c.
 */
#include "tests/bench/listener.h"

#include "base/clock.h"
#include "control/control.h"
#include "tests/bench/guard.h"
#include "tests/bench/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define PATIENCE_NS (10 * NANOSECONDS_PER_SECOND)

/* Where a listener counts its messages; the benchmark reads it when the listener has ended. */
static int64_t read_count(int fd)
{
	int64_t count = -ENODATA;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		count = -ENODATA;
	close(fd);
	return count;
}

static int say_ready_fd = -1;
static int count_fd = -1; /* reading end, of the listener that runs */

static pid_t start_daemon(const struct listener_place *place)
{
	char root[512], socket[512];
	pid_t parent = getpid(), pid;

	snprintf(root, sizeof(root), "--root=%s", place->root);
	snprintf(socket, sizeof(socket), "--socket=%s", place->socket);
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	execl(place->daemon, place->daemon, root, socket, "--log=none", NULL);
	fprintf(stderr, "bench: cannot run %s: %s\n", place->daemon, strerror(errno));
	_exit(1);
}

/* Until the daemon answers, or PATIENCE_NS. */
static int await_daemon(const struct listener_place *place)
{
	uint64_t deadline = clock_now_ns() + PATIENCE_NS;

	while (clock_now_ns() < deadline) {
		OWNED(control_free) struct control *control = NULL;

		if (control_open(&control, place->socket, CONTROL_ROLE_ADMINISTRATOR, deadline) ==
		    0)
			return 0;
		poll(NULL, 0, 5);
	}
	fputs("bench: the daemon does not answer; run it by hand to see why\n", stderr);
	return -ETIMEDOUT;
}

/* In the child. Ends when the pipe `control` does. */
static _Noreturn void be_listener(enum listener_kind kind, const struct listener_place *place,
				  int control)
{
	int code;

	if (kind == LISTENER_BARE)
		code = inside_bare(place->root, say_ready_fd);
	else
		code = inside_client(kind, say_ready_fd, control);
	_exit(code);
}

static int await_ready(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char byte;

	if (poll(&ready, 1, PATIENCE_NS / NANOSECONDS_PER_MILLISECOND) <= 0 ||
	    read(fd, &byte, 1) != 1) {
		fputs("bench: the listener did not get ready\n", stderr);
		return -ETIMEDOUT;
	}
	return 0;
}

static int start_process(struct listener *listener, enum listener_kind kind,
			 const struct listener_place *place)
{
	int ready[2], control[2];
	pid_t parent = getpid();

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(control, O_CLOEXEC) < 0)
		return -errno;
	listener->process = fork();
	if (listener->process < 0)
		return -errno;
	if (listener->process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		setenv("ENDPOINTSECURITY_SOCKET", place->socket, 1);
		close(control[1]);
		say_ready_fd = ready[1];
		be_listener(kind, place, control[0]);
	}
	guard_add(listener->process);
	close(ready[1]);
	close(control[0]);
	listener->control = control[1];
	count_fd = ready[0];
	return await_ready(ready[0]);
}

int listener_start(struct listener *ret_listener, enum listener_kind kind,
		   const struct listener_place *place)
{
	struct listener listener = {.control = -1};
	int result = 0;

	if (kind != LISTENER_NOBODY && kind != LISTENER_BARE) {
		listener.daemon = start_daemon(place);
		guard_add(listener.daemon);
		result = await_daemon(place);
	}
	if (result == 0 && kind != LISTENER_NOBODY)
		result = start_process(&listener, kind, place);
	if (result < 0) {
		listener_stop(&listener);
		return result;
	}
	*ret_listener = listener;
	return 0;
}

static void end_process(pid_t *pid, int signal)
{
	if (*pid <= 0)
		return;
	if (signal)
		kill(*pid, signal);
	/* The guard may still kill it, so that this wait ends; its number is ours until then. */
	waitid(P_PID, (id_t)*pid, NULL, WEXITED | WNOWAIT);
	guard_remove(*pid);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

int64_t listener_stop(struct listener *listener)
{
	int64_t count = 0;
	bool bare = listener->daemon == 0;

	if (listener->control >= 0)
		close(listener->control);
	if (listener->process > 0) {
		end_process(&listener->process, bare ? SIGKILL : 0);
		count = bare ? (close(count_fd), 0) : read_count(count_fd);
	}
	end_process(&listener->daemon, SIGTERM);
	return count;
}

/* All threads of a process; schedstat counts in nanoseconds, stat in ticks only. */
static uint64_t process_ns(pid_t pid)
{
	char path[64], text[128];
	uint64_t total = 0;
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		char file[400];
		FILE *stream;

		snprintf(file, sizeof(file), "%s/%s/schedstat", path, entry->d_name);
		stream = fopen(file, "re");
		if (!stream)
			continue;
		if (fgets(text, sizeof(text), stream))
			total += strtoull(text, NULL, 10);
		fclose(stream);
	}
	if (tasks)
		closedir(tasks);
	return total;
}

uint64_t listener_processor_ns(const struct listener *listener)
{
	uint64_t total = 0;

	if (listener->process > 0)
		total += process_ns(listener->process);
	if (listener->daemon > 0)
		total += process_ns(listener->daemon);
	return total;
}
