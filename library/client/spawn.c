/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting the private daemon: a process that inherits nothing but one socket and standard error.
 *
 * The program we live in may have threads, handlers and children of its own. So the first child
 * shares our memory only until it has made a second one, as posix_spawn's does, and its end
 * raises no SIGCHLD and is found by no wait(2) of the program; the second becomes the daemon and is
 * nobody's child here. Between clone(2) and execve(2) there are system calls only.
 */
#include "library/client/private_daemon.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The sanitizer of threads cannot follow a child that shares memory; it gets a copy. */
#if defined(__SANITIZE_THREAD__)
#define SHARED_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SHARED_MEMORY 0
#endif
#endif
#ifndef SHARED_MEMORY
#define SHARED_MEMORY (CLONE_VM | CLONE_VFORK)
#endif
/* The sanitizer of addresses knows no other stack than a thread's. */
#define ON_ITS_OWN_STACK __attribute__((no_sanitize("address")))

enum {
	STACK_SIZE = 64 * 1024, /* for each of the two */
	SOCKET_NUMBER = 3, /* in the daemon */
	OUT_OF_THE_WAY = 10,
};

struct launch {
	const char *path;
	char *const *arguments;
	int socket;
	int null;
	int complaint; /* a pipe: the second process writes here why it could not begin */
	unsigned char *stack; /* of the second process */
};

static char *const clean_environment[] = {
	(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)"LC_ALL=C.UTF-8",
	NULL,
};

static void reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Whatever else is open goes at execve(2), and the pipe with it. */
static void close_the_rest(void)
{
	if (syscall(SYS_close_range, SOCKET_NUMBER + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	/* Before Linux 5.11. */
	for (int descriptor = SOCKET_NUMBER + 1; descriptor < sysconf(_SC_OPEN_MAX); descriptor++)
		fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

ON_ITS_OWN_STACK static void complain_and_exit(const struct launch *launch, int error)
{
	_exit(write(launch->complaint, &error, sizeof(error)) < 0 ? 126 : 127);
}

ON_ITS_OWN_STACK static int become_daemon(void *argument)
{
	const struct launch *launch = argument;
	/* Out of the way of the numbers they are to have. */
	int socket = fcntl(launch->socket, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	int null = fcntl(launch->null, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);

	setsid();
	if (dup2(socket, SOCKET_NUMBER) < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    chdir("/") < 0)
		complain_and_exit(launch, errno);
	close_the_rest();
	reset_signals();
	execve(launch->path, launch->arguments, clean_environment);
	complain_and_exit(launch, errno);
	return 0;
}

ON_ITS_OWN_STACK static int make_second(void *argument)
{
	struct launch *launch = argument;

	if (clone(become_daemon, launch->stack + STACK_SIZE, SHARED_MEMORY | SIGCHLD, launch) < 0)
		complain_and_exit(launch, errno);
	_exit(0);
}

/* Makes both processes, on stacks of their own. 0 or negative errno. */
static int make_both(struct launch *launch)
{
	unsigned char *stacks = mmap(NULL, 2 * STACK_SIZE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	sigset_t all;
	sigset_t before;
	pid_t first;
	int result = 0;
	int status;

	if (stacks == MAP_FAILED)
		return -errno;
	launch->stack = stacks + STACK_SIZE;
	/* No handler of the program may run in a child that shares its memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	/* No signal at its end (0): only a wait that asks for such children sees it. */
	first = clone(make_second, stacks + STACK_SIZE, SHARED_MEMORY, launch);
	if (first < 0)
		result = -errno;
	else
		while (waitpid(first, &status, __WCLONE) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	munmap(stacks, 2 * STACK_SIZE);
	return result;
}

/* 0 when the daemon's program runs, negative errno. */
static int launch_daemon(struct launch *launch)
{
	OWNED_DESCRIPTOR int complaints = -1;
	OWNED_DESCRIPTOR int complaint = -1;
	int ends[2];
	int result;
	int error = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	complaints = ends[0];
	complaint = launch->complaint = fcntl(ends[1], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	close(ends[1]);
	if (complaint < 0)
		return -errno;
	result = make_both(launch);
	close(TAKE_DESCRIPTOR(complaint));
	/* Nothing comes, and the pipe ends, when the program has begun. */
	if (result == 0 && read(complaints, &error, sizeof(error)) == (ssize_t)sizeof(error))
		result = -error;
	return result;
}

int spawn_daemon(const char *path, const struct spawn_options *options, int *ret_socket)
{
	char number[16];
	char *arguments[8] = {(char *)(uintptr_t)path, (char *)"--private", (char *)"--fd", number};
	int count = 4;
	struct launch launch = {.path = path, .arguments = arguments};
	OWNED_DESCRIPTOR int ours = -1;
	OWNED_DESCRIPTOR int theirs = -1;
	OWNED_DESCRIPTOR int null = -1;
	int ends[2];
	int result;

	snprintf(number, sizeof(number), "%d", SOCKET_NUMBER);
	if (options->root) {
		arguments[count++] = (char *)"--root";
		arguments[count++] = (char *)(uintptr_t)options->root;
	}
	if (options->development)
		arguments[count++] = (char *)"--development";
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	ours = ends[0];
	theirs = ends[1];
	launch.socket = theirs;
	launch.null = null;
	result = launch_daemon(&launch);
	if (result)
		return result;
	*ret_socket = TAKE_DESCRIPTOR(ours);
	return 0;
}
