/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subjects: children of the test that read deeds from a socket and write back how they ended. They
 * close what they inherit, so that a dead client's descriptors do not live on in them.
 */
#include "tests/system/subject.h"

#include "base/clock.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct subject {
	struct subject *next;
	pid_t pid;
	int line; /* our end of the socket */
};

static struct subject *all; /* used by the test's own thread alone */

/* The subject's life. Its parent's memory is its own copy, so deeds may name functions. */
static _Noreturn void live(int line)
{
	struct deed deed;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (line > 3)
		close_range(3, (unsigned int)line - 1, 0);
	close_range((unsigned int)line + 1, ~0U, 0);
	while (recv(line, &deed, sizeof(deed), 0) == (ssize_t)sizeof(deed)) {
		int outcome = deed.operation(&deed);

		if (send(line, &outcome, sizeof(outcome), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

struct subject *subject_new(void)
{
	struct subject *subject = calloc(1, sizeof(*subject));
	int pair[2];

	assert_non_null(subject);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	fflush(stdout);
	subject->pid = fork();
	if (subject->pid == 0)
		live(pair[1]);
	close(pair[1]);
	subject->line = pair[0];
	subject->next = all;
	all = subject;
	assert_true(subject->pid > 0);
	return subject;
}

pid_t subject_pid(const struct subject *subject)
{
	return subject->pid;
}

struct deed deed_of(int (*operation)(const struct deed *deed), const char *path, const char *other,
		    long number)
{
	struct deed deed = {.operation = operation, .number = number};

	snprintf(deed.path, sizeof(deed.path), "%s", path ? path : "");
	snprintf(deed.other, sizeof(deed.other), "%s", other ? other : "");
	return deed;
}

void subject_begin(struct subject *subject, const struct deed *deed)
{
	assert_int_equal(send(subject->line, deed, sizeof(*deed), MSG_NOSIGNAL), sizeof(*deed));
}

static bool has_spoken(const struct subject *subject, uint64_t deadline)
{
	struct pollfd wanted = {.fd = subject->line, .events = POLLIN};

	return poll(&wanted, 1, clock_milliseconds_until(deadline)) > 0;
}

bool subject_is_busy(const struct subject *subject)
{
	return !has_spoken(subject, 0);
}

int subject_finish(struct subject *subject)
{
	int outcome = -1;

	if (!has_spoken(subject, stage_deadline()))
		fail_msg("subject %d does not come back from its deed", (int)subject->pid);
	assert_int_equal(recv(subject->line, &outcome, sizeof(outcome), 0), sizeof(outcome));
	return outcome;
}

int subject_do(struct subject *subject, int (*operation)(const struct deed *deed), const char *path,
	       long number)
{
	struct deed deed = deed_of(operation, path, NULL, number);

	subject_begin(subject, &deed);
	return subject_finish(subject);
}

int subject_do_two(struct subject *subject, int (*operation)(const struct deed *deed),
		   const char *path, const char *other)
{
	struct deed deed = deed_of(operation, path, other, 0);

	subject_begin(subject, &deed);
	return subject_finish(subject);
}

static void forget(struct subject *subject)
{
	for (struct subject **place = &all; *place; place = &(*place)->next) {
		if (*place == subject) {
			*place = subject->next;
			break;
		}
	}
	close(subject->line);
	free(subject);
}

int subject_wait(struct subject *subject)
{
	int status = -1;

	/* The line hangs up when the subject ends or executes a program. */
	if (!has_spoken(subject, stage_deadline()))
		fail_msg("subject %d does not end", (int)subject->pid);
	assert_int_equal(waitpid(subject->pid, &status, 0), subject->pid);
	forget(subject);
	return status;
}

int subject_end(struct subject *subject)
{
	if (!subject)
		return 0;
	shutdown(subject->line, SHUT_WR);
	return subject_wait(subject);
}

unsigned int subject_end_all(void)
{
	unsigned int count = 0;

	for (; all; count++) {
		kill(all->pid, SIGKILL);
		waitpid(all->pid, NULL, 0);
		forget(all);
	}
	return count;
}

void subject_disown_all(void)
{
	all = NULL;
}
