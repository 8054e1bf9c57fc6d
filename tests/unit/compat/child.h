/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a function in a child process and collects how it ended and what it wrote to standard error.
 * A child that hangs is ended by its own alarm.
 */
#ifndef SLUICE_TESTS_UNIT_COMPAT_CHILD_H
#define SLUICE_TESTS_UNIT_COMPAT_CHILD_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHILD_SECONDS = 20 };

struct child {
	int status; /* as waitpid gives it */
	char text[4096]; /* standard error, cut, with a NUL */
};

static inline void child_run(void (*function)(void *context), void *context,
			     struct child *ret_child)
{
	int ends[2];
	size_t length = 0;
	ssize_t got;
	pid_t pid;

	*ret_child = (struct child){0};
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(CHILD_SECONDS);
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		function(context);
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], ret_child->text + length,
			   sizeof(ret_child->text) - 1 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &ret_child->status, 0), pid);
}

/* The function must end the program with a message that contains `message`. */
static inline void assert_aborts(void (*function)(void *context), void *context,
				 const char *message)
{
	struct child child;

	child_run(function, context, &child);
	assert_true(WIFSIGNALED(child.status));
	assert_int_equal(WTERMSIG(child.status), SIGABRT);
	assert_non_null(strstr(child.text, message));
}

#endif
