/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool grows for work that waits, up to its limit, and no further.
 *
 * Waits that dispatch sees and waits that it does not see are tried apart.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/unit/compat/libdispatch/await.h"

enum { POOL_LIMIT = 64 };

static struct event started, done;
static dispatch_semaphore_t gate;
static int ends[2];

static int set_up(void **state)
{
	(void)state;
	gate = dispatch_semaphore_create(0);
	event_init(&started);
	event_init(&done);
	return pipe(ends);
}

static int tear_down(void **state)
{
	(void)state;
	dispatch_release(gate);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void wait_in_dispatch(void *context)
{
	(void)context;
	event_post(&started);
	dispatch_semaphore_wait(gate, DISPATCH_TIME_FOREVER);
	event_post(&done);
}

static void wait_in_the_kernel(void *context)
{
	char byte;

	(void)context;
	event_post(&started);
	if (read(ends[0], &byte, 1) == 1)
		event_post(&done);
}

static void bring(int count, dispatch_function_t work)
{
	for (int i = 0; i < count; i++)
		dispatch_async_f(dispatch_get_global_queue(0, 0), NULL, work);
}

static void await_all(struct event *event, int count)
{
	for (int i = 0; i < count; i++)
		AWAIT(event);
}

static void a_thread_that_waits_in_dispatch_is_replaced(void **state)
{
	(void)state;
	bring(POOL_LIMIT - 1, wait_in_dispatch);
	await_all(&started, POOL_LIMIT - 1);
	for (int i = 0; i < POOL_LIMIT - 1; i++)
		dispatch_semaphore_signal(gate);
	await_all(&done, POOL_LIMIT - 1);
}

static void a_thread_that_waits_in_the_kernel_is_replaced(void **state)
{
	(void)state;
	bring(20, wait_in_the_kernel);
	await_all(&started, 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(write(ends[1], "", 1), 1);
	await_all(&done, 20);
}

static void work_beyond_the_limit_waits_for_a_thread(void **state)
{
	struct event beyond;

	(void)state;
	event_init(&beyond);
	bring(POOL_LIMIT, wait_in_dispatch);
	await_all(&started, POOL_LIMIT);
	dispatch_async_f(dispatch_get_global_queue(0, 0), &beyond, post);
	/* Twice as long as it takes to add a thread where one may be added. */
	assert_false(event_await(&beyond, now_ns() + 20 * NSEC_PER_MSEC));
	dispatch_semaphore_signal(gate);
	AWAIT(&beyond);
	for (int i = 1; i < POOL_LIMIT; i++)
		dispatch_semaphore_signal(gate);
	await_all(&done, POOL_LIMIT);
}

static dispatch_queue_t long_queue;

static void go_on(void *context)
{
	int *left = context;

	if (--*left > 0)
		dispatch_async_f(long_queue, context, go_on);
	else
		event_post(&done);
}

static void a_queue_that_never_ends_does_not_starve_others(void **state)
{
	int left = 100000;
	struct event event;

	(void)state;
	event_init(&event);
	long_queue = dispatch_queue_create("long", NULL);
	dispatch_async_f(long_queue, &left, go_on);
	for (int i = 0; i < 100; i++) {
		dispatch_async_f(dispatch_get_global_queue(0, 0), &event, post);
		AWAIT(&event);
	}
	AWAIT(&done);
	dispatch_release(long_queue);
}

static void note_signals(void *context)
{
	pthread_sigmask(SIG_BLOCK, NULL, context);
	event_post(&done);
}

static void threads_of_the_pool_take_no_signals(void **state)
{
	sigset_t blocked, before, after;

	(void)state;
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	dispatch_async_f(dispatch_get_global_queue(0, 0), &blocked, note_signals);
	AWAIT(&done);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	assert_true(sigismember(&blocked, SIGTERM));
	assert_true(sigismember(&blocked, SIGCHLD));
	assert_false(sigismember(&blocked, SIGSEGV));
	assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_that_waits_in_dispatch_is_replaced),
		cmocka_unit_test(a_thread_that_waits_in_the_kernel_is_replaced),
		cmocka_unit_test(work_beyond_the_limit_waits_for_a_thread),
		cmocka_unit_test(a_queue_that_never_ends_does_not_starve_others),
		cmocka_unit_test(threads_of_the_pool_take_no_signals),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
