/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of a test program: forks it, waits for its end or for the hard timer, and sees that all
 * its descendants are gone after it. As a subreaper it inherits the private daemon when the test
 * ends, and so sees how that one ended: a sanitizer's report there is a failure of the test.
 */
#include "tests/system/guard.h"

#include "base/clock.h"
#include "tests/system/left.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long what the test program started may outlive it, on a machine that is not slow. */
#define AFTERMATH_SECONDS 10

struct guard {
	pid_t player;
	bool player_ended;
	int player_status;
	bool failed;
};

/* What children do not do: end by a sanitizer or a crash. Being killed is part of some plays. */
static void judge_orphan(struct guard *guard, pid_t pid, int status)
{
	if ((WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) ||
	    (WIFEXITED(status) && WEXITSTATUS(status) != 0)) {
		printf("# process %d, which outlived its parent, ended with status 0x%x\n",
		       (int)pid, (unsigned int)status);
		guard->failed = true;
	}
}

/* Takes in who has ended. False: there are no children left. */
static bool reap(struct guard *guard)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == guard->player) {
			guard->player_ended = true;
			guard->player_status = status;
		} else {
			judge_orphan(guard, pid, status);
		}
	}
	return pid == 0;
}

/* Until the player has ended (or, with `all`, every descendant). False: the deadline came first. */
static bool await_end(struct guard *guard, bool all, uint64_t deadline)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (;;) {
		bool left = reap(guard);
		uint64_t now = clock_now_ns();
		struct timespec rest;

		if (!left || (guard->player_ended && !all))
			return true;
		if (now >= deadline)
			return false;
		rest = clock_timespec(deadline - now);
		sigtimedwait(&child, NULL, &rest);
	}
}

static void tell_child(void *context, pid_t pid, const char *name)
{
	(void)context;
	printf("# still there: %d %s\n", (int)pid, name);
	left_each_child(pid, tell_child, NULL);
}

static void kill_child(void *context, pid_t pid, const char *name)
{
	(void)name;
	left_each_child(pid, kill_child, context);
	kill(pid, SIGKILL);
}

/* Daemons are killed with the rest, and the death of one lets go of all it holds. */
static void kill_everybody(struct guard *guard)
{
	uint64_t deadline = clock_now_ns() + AFTERMATH_SECONDS * NANOSECONDS_PER_SECOND;

	left_each_child(getpid(), tell_child, NULL);
	do
		left_each_child(getpid(), kill_child, NULL);
	while (!await_end(guard, true, clock_now_ns() + 20 * NANOSECONDS_PER_MILLISECOND) &&
	       clock_now_ns() < deadline);
}

int guard_run(int (*play)(void *context), void *context, unsigned int seconds)
{
	struct guard guard = {0};
	uint64_t deadline = clock_now_ns() + seconds * NANOSECONDS_PER_SECOND;
	sigset_t child, before;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	guard.player = fork();
	if (guard.player == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		exit(play(context));
	}
	if (guard.player < 0 || !await_end(&guard, false, deadline)) {
		printf("Bail out! The time of %u seconds is up.\n", seconds);
		kill_everybody(&guard);
		return 1;
	}
	deadline = clock_now_ns() + AFTERMATH_SECONDS * NANOSECONDS_PER_SECOND;
	if (!await_end(&guard, true, deadline)) {
		printf("# left behind when the test program had ended:\n");
		kill_everybody(&guard);
		guard.failed = true;
	}
	if (WIFSIGNALED(guard.player_status))
		printf("Bail out! The test program ended by signal %d.\n",
		       WTERMSIG(guard.player_status));
	fflush(stdout);
	if (guard.failed || !WIFEXITED(guard.player_status))
		return 1;
	return WEXITSTATUS(guard.player_status);
}
