/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/deadlock/peek.h, on processes of the test's own: what is seen, what is left alone, and
 * that effort ends.
 */
#include "daemon/deadlock/peek.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

/* A child that waits until it is killed, with these ends of a pipe. */
static pid_t child_with(const int ends[2], int closed)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(ends[closed]);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void the_other_end_of_a_pipe_is_found(void **state)
{
	struct effort effort = {.left = PEEK_EFFORT};
	struct graph_wait wait = {.whole = true};
	char link[PEEK_LINK_MAX];
	struct peek_sought sought = {.link = link, .access = 1U << O_WRONLY};
	pid_t reader, writer;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	reader = child_with(ends, 1);
	writer = child_with(ends, 0);
	assert_int_equal(peek_link(&effort, writer, ends[1], link), 0);
	assert_int_equal(strncmp(link, "pipe:[", 6), 0);
	/* The child may not have closed its end yet: the kernel says when. */
	do {
		wait = (struct graph_wait){.whole = true};
		effort.left = PEEK_EFFORT;
		peek_holders(&effort, &sought, &wait);
	} while (wait.count > 1);
	assert_true(wait.whole);
	assert_int_equal(wait.count, 1);
	assert_int_equal(wait.holders[0].pid, writer);
	end(reader);
	end(writer);
	close(ends[0]);
	close(ends[1]);
}

static void children_are_found(void **state)
{
	struct effort effort = {.left = PEEK_EFFORT};
	struct graph_wait wait = {.whole = true};
	const int ends[2] = {-1, -1};
	pid_t child = child_with(ends, 0);

	(void)state;
	peek_children(&effort, getpid(), &wait);
	assert_true(wait.whole);
	assert_int_equal(wait.count, 1);
	assert_int_equal(wait.holders[0].pid, child);
	end(child);
}

static void memory_that_is_not_there_is_not_waited_for(void **state)
{
	struct effort effort = {.left = PEEK_EFFORT};
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	char text[32];

	(void)state;
	assert_true(memory != MAP_FAILED);
	strcpy(memory + page - 6, "there");
	assert_int_equal(peek_memory(&effort, getpid(), (uintptr_t)memory + page - 6, text, 6), 0);
	assert_string_equal(text, "there");
	assert_int_equal(peek_memory(&effort, getpid(), (uintptr_t)memory + page - 6, text, 16),
			 -EAGAIN);
	assert_int_equal(
		peek_string(&effort, getpid(), (uintptr_t)memory + page - 6, text, sizeof(text)),
		0);
	assert_string_equal(text, "there");
	assert_int_equal(peek_memory(&effort, getpid(), UINT64_MAX - 2, text, 16), -EAGAIN);
	munmap(memory, 2 * page);
}

static void effort_ends(void **state)
{
	struct effort effort = {.left = 3};
	struct graph_wait wait = {.whole = true};
	const struct peek_sought sought = {.link = "pipe:[0]", .access = 7};
	char text[PEEK_TEXT_MAX];
	pid_t tids[GRAPH_PROCESS_THREADS_MAX];

	(void)state;
	peek_holders(&effort, &sought, &wait);
	assert_false(wait.whole);
	assert_int_equal(wait.count, 0);
	assert_int_equal(effort.left, 0);
	assert_int_equal(peek_read(&effort, text, sizeof(text), "/proc/self/stat"), -EDQUOT);
	assert_true(peek_threads(&effort, getpid(), tids) < 0);
}

static void more_holders_than_fit_are_not_all(void **state)
{
	struct graph_wait wait = {.whole = true};

	(void)state;
	for (pid_t pid = 1; pid <= GRAPH_HOLDERS_MAX; pid++) {
		peek_add_holder(&wait, pid, 0);
		peek_add_holder(&wait, pid, 0);
	}
	assert_true(wait.whole);
	assert_int_equal(wait.count, GRAPH_HOLDERS_MAX);
	peek_add_holder(&wait, 1000, 0);
	assert_false(wait.whole);
	assert_int_equal(wait.count, GRAPH_HOLDERS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_other_end_of_a_pipe_is_found),
		cmocka_unit_test(children_are_found),
		cmocka_unit_test(memory_that_is_not_there_is_not_waited_for),
		cmocka_unit_test(effort_ends),
		cmocka_unit_test(more_holders_than_fit_are_not_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
