/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel's texts say of a stop, and a real process that is stopped and continued.
 */
#include "daemon/guard/lookout.h"

#include "base/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

static void the_state_stands_behind_the_name_whatever_the_name_is(void **state)
{
	(void)state;
	assert_int_equal(lookout_state("1 (cat) S 0 1"), 'S');
	assert_int_equal(lookout_state("1 (a) T b) t 0 1"), 't');
	assert_int_equal(lookout_state("1 (cat) T"), 'T');
	assert_int_equal(lookout_state("1 (cat) "), 0);
	assert_int_equal(lookout_state("1 (cat)"), 0);
	assert_int_equal(lookout_state("1 (cat"), 0);
	assert_int_equal(lookout_state(""), 0);
}

static void the_cgroup_is_the_one_of_version_2(void **state)
{
	char path[16] = "";

	(void)state;
	assert_true(cgroup_path_of("4:memory:/one\n0::/two\n", path, sizeof(path)));
	assert_string_equal(path, "/two");
	assert_true(cgroup_path_of("0::/", path, sizeof(path)));
	assert_string_equal(path, "/");
	assert_false(cgroup_path_of("4:memory:/one\n", path, sizeof(path)));
	assert_false(cgroup_path_of("0::", path, sizeof(path)));
	assert_false(cgroup_path_of("", path, sizeof(path)));
	assert_false(cgroup_path_of("0::/much/too/long/a/path", path, sizeof(path)));
	assert_string_equal(path, "/");
}

static enum delivery_stop await(struct delivery_watch *watch, enum delivery_stop wanted)
{
	uint64_t deadline = clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;

	while (watch->look(watch) != wanted && clock_now_ns() < deadline)
		;
	return watch->look(watch);
}

static pid_t make_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	return pid;
}

static void a_stopped_thread_is_seen_until_it_goes_on(void **state)
{
	const struct cgroup_tree nowhere = {.mount = ""};
	struct channel_threads threads = {0};
	struct delivery_watch *handler, *answerer, *nobody;
	pid_t pid = make_child();

	(void)state;
	nobody = lookout_new(&nowhere, pid, &threads);
	threads.handler = (uint32_t)pid;
	handler = lookout_new(&nowhere, pid, &threads);
	/* Hints that are wrong count for nothing. */
	threads.handler = 1;
	threads.answerers[RING_ANSWERERS - 1] = (uint32_t)pid;
	answerer = lookout_new(&nowhere, pid, &threads);
	assert_int_equal(handler->look(handler), DELIVERY_RUNS);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(await(handler, DELIVERY_HANDLER_STOPPED), DELIVERY_HANDLER_STOPPED);
	assert_int_equal(answerer->look(answerer), DELIVERY_ANSWERER_STOPPED);
	assert_int_equal(nobody->look(nobody), DELIVERY_RUNS);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(await(handler, DELIVERY_RUNS), DELIVERY_RUNS);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* It is gone, and whoever gets its number is not looked at. */
	assert_int_equal(handler->look(handler), DELIVERY_RUNS);
	handler->free(handler);
	answerer->free(answerer);
	nobody->free(nobody);
}

static void a_process_that_is_not_there_does_not_stop(void **state)
{
	const struct channel_threads threads = {.handler = 1, .answerers = {1, 2}};
	struct cgroup_tree tree;
	struct delivery_watch *watch;

	(void)state;
	cgroup_tree_find(&tree);
	watch = lookout_new(&tree, INT32_MAX, &threads);
	assert_non_null(watch);
	assert_int_equal(watch->look(watch), DELIVERY_RUNS);
	assert_int_equal(lookout_cgroup(INT32_MAX), 0);
	assert_int_not_equal(lookout_cgroup(getpid()), 0);
	watch->free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_stands_behind_the_name_whatever_the_name_is),
		cmocka_unit_test(the_cgroup_is_the_one_of_version_2),
		cmocka_unit_test(a_stopped_thread_is_seen_until_it_goes_on),
		cmocka_unit_test(a_process_that_is_not_there_does_not_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
