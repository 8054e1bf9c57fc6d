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
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

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
	sigset_t signals; /* of the caller */
	unsigned char *stack; /* of the second process */
	int error; /* why it is not running */
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

static int become_daemon(void *argument)
{
	struct launch *launch = argument;
	/* Out of the way of the numbers they are to have. */
	int socket = fcntl(launch->socket, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	int null = fcntl(launch->null, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);

	setsid();
	if (dup2(socket, SOCKET_NUMBER) < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    chdir("/") < 0)
		goto failed;
	if (syscall(SYS_close_range, SOCKET_NUMBER + 1, ~0U, 0) < 0)
		for (int descriptor = SOCKET_NUMBER + 1; descriptor < 1024; descriptor++)
			close(descriptor);
	reset_signals();
	execve(launch->path, launch->arguments, clean_environment);
failed:
	launch->error = errno;
	_exit(127);
}

static int make_second(void *argument)
{
	struct launch *launch = argument;

	if (clone(become_daemon, launch->stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD,
		  launch) < 0)
		launch->error = errno;
	_exit(0);
}

/* Makes both processes, on stacks of their own. 0 or negative errno. */
static int launch_daemon(struct launch *launch)
{
	unsigned char *stacks = mmap(NULL, 2 * STACK_SIZE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	sigset_t all;
	pid_t first;
	int status;

	if (stacks == MAP_FAILED)
		return -errno;
	launch->stack = stacks + STACK_SIZE;
	/* No handler of the program may run in a child that shares its memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &launch->signals);
	/* No signal at its end (0): only a wait that asks for such children sees it. */
	first = clone(make_second, stacks + STACK_SIZE, CLONE_VM | CLONE_VFORK, launch);
	if (first < 0)
		launch->error = errno;
	else
		while (waitpid(first, &status, __WCLONE) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &launch->signals, NULL);
	munmap(stacks, 2 * STACK_SIZE);
	return -launch->error;
}

int spawn_daemon(const char *path, const char *root, int *ret_socket)
{
	char number[16];
	char *arguments[8] = {(char *)(uintptr_t)path, (char *)"--private", (char *)"--fd", number};
	struct launch launch = {.path = path, .arguments = arguments};
	OWNED_DESCRIPTOR int ours = -1;
	OWNED_DESCRIPTOR int theirs = -1;
	OWNED_DESCRIPTOR int null = -1;
	int ends[2];
	int result;

	snprintf(number, sizeof(number), "%d", SOCKET_NUMBER);
	if (root) {
		arguments[4] = (char *)"--root";
		arguments[5] = (char *)(uintptr_t)root;
	}
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
