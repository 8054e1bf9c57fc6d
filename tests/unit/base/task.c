/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread is found by its own namespace's number, its own process's alone, and in a child pid
 * namespace too.
 */
#include "base/task.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/skip.h"

struct thread {
	pthread_t thread;
	pthread_barrier_t known;
	pthread_barrier_t end;
	pid_t tid;
};

static void *be_there(void *context)
{
	struct thread *thread = context;

	thread->tid = gettid();
	pthread_barrier_wait(&thread->known);
	pthread_barrier_wait(&thread->end);
	return NULL;
}

static void a_thread_is_found_by_its_number(void **state)
{
	struct thread thread;
	pid_t found = 0;

	(void)state;
	pthread_barrier_init(&thread.known, NULL, 2);
	pthread_barrier_init(&thread.end, NULL, 2);
	assert_int_equal(pthread_create(&thread.thread, NULL, be_there, &thread), 0);
	pthread_barrier_wait(&thread.known);
	assert_int_equal(task_find(getpid(), thread.tid, &found), 0);
	assert_int_equal(found, thread.tid);
	pthread_barrier_wait(&thread.end);
	pthread_join(thread.thread, NULL);
	pthread_barrier_destroy(&thread.known);
	pthread_barrier_destroy(&thread.end);
}

static void threads_of_others_and_impossible_numbers_are_not_found(void **state)
{
	pid_t found = 17;

	(void)state;
	assert_int_equal(task_find(getpid(), 1, &found), -ESRCH);
	assert_int_equal(task_find(getpid(), 0, &found), -ESRCH);
	assert_int_equal(task_find(getpid(), -1, &found), -ESRCH);
	assert_int_equal(task_find(getpid(), INT32_MAX, &found), -ESRCH);
	assert_int_equal(task_find(-1, getpid(), &found), -ESRCH);
	assert_int_equal(found, 17);
}

/* The child is number 1 to itself. */
static void a_thread_in_another_pid_namespace_is_found_by_its_number_there(void **state)
{
	pid_t found = 0;
	pid_t child;
	int outer[2];

	(void)state;
	assert_int_equal(pipe2(outer, 0), 0);
	child = fork();
	if (child == 0) {
		if (unshare(geteuid() == 0 ? CLONE_NEWPID : CLONE_NEWUSER | CLONE_NEWPID) != 0) {
			pid_t none = -1;

			_exit(write(outer[1], &none, sizeof(none)) < 0);
		}
		child = fork();
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (write(outer[1], &child, sizeof(child)) < 0)
			_exit(1);
		waitpid(child, NULL, 0);
		_exit(0);
	}
	assert_int_equal(read(outer[0], &child, sizeof(child)), sizeof(child));
	if (child < 0)
		SKIP_BECAUSE("no pid namespace can be made here");
	assert_int_equal(task_find(child, 1, &found), 0);
	assert_int_equal(found, child);
	assert_int_equal(task_find(child, child, &found), -ESRCH);
	kill(child, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	close(outer[0]);
	close(outer[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_is_found_by_its_number),
		cmocka_unit_test(threads_of_others_and_impossible_numbers_are_not_found),
		cmocka_unit_test(a_thread_in_another_pid_namespace_is_found_by_its_number_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
