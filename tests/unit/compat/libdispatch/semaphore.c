/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semaphores count, wake and give up in time.
 *
 * A silent partner is a semaphore that nobody signals.
 */
#include <pthread.h>

#include "tests/unit/compat/libdispatch/await.h"

static void what_was_given_can_be_taken(void **state)
{
	dispatch_semaphore_t semaphore = dispatch_semaphore_create(2);

	(void)state;
	assert_int_equal(dispatch_semaphore_wait(semaphore, DISPATCH_TIME_NOW), 0);
	assert_int_equal(dispatch_semaphore_wait(semaphore, DISPATCH_TIME_FOREVER), 0);
	assert_int_not_equal(dispatch_semaphore_wait(semaphore, DISPATCH_TIME_NOW), 0);
	assert_int_equal(dispatch_semaphore_signal(semaphore), 0);
	assert_int_equal(dispatch_semaphore_wait(semaphore, DISPATCH_TIME_NOW), 0);
	dispatch_release(semaphore);
}

static void a_negative_count_is_refused(void **state)
{
	(void)state;
	assert_null(dispatch_semaphore_create(-1));
}

static void waiting_ends_at_the_deadline(void **state)
{
	dispatch_semaphore_t semaphore = dispatch_semaphore_create(0);
	uint64_t deadline = now_ns() + 2 * NSEC_PER_MSEC;

	(void)state;
	assert_int_not_equal(dispatch_semaphore_wait(semaphore, deadline), 0);
	assert_true(now_ns() >= deadline);
	assert_int_not_equal(dispatch_semaphore_wait(semaphore, dispatch_walltime(NULL, 1000000)),
			     0);
	assert_int_not_equal(dispatch_semaphore_wait(semaphore, 1), 0);
	assert_int_equal(dispatch_semaphore_signal(semaphore), 0);
	assert_int_equal(dispatch_semaphore_wait(semaphore, DISPATCH_TIME_NOW), 0);
	dispatch_release(semaphore);
}

static void *signal_until_somebody_is_woken(void *semaphore)
{
	while (!dispatch_semaphore_signal(semaphore))
		dispatch_semaphore_wait(semaphore, DISPATCH_TIME_NOW);
	return NULL;
}

static void a_signal_tells_whether_it_woke_somebody(void **state)
{
	dispatch_semaphore_t semaphore = dispatch_semaphore_create(0);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, signal_until_somebody_is_woken, semaphore),
			 0);
	/* The partner ends only when it has woken a waiter; until then it may be too early. */
	while (pthread_tryjoin_np(thread, NULL) != 0)
		dispatch_semaphore_wait(semaphore, now_ns() + NSEC_PER_MSEC);
	dispatch_release(semaphore);
}

enum { THREADS = 4, ROUNDS = 3000 };

static dispatch_semaphore_t turn;
static int counter;

static void *take_turns(void *context)
{
	(void)context;
	for (int i = 0; i < ROUNDS; i++) {
		dispatch_semaphore_wait(turn, DISPATCH_TIME_FOREVER);
		counter++;
		dispatch_semaphore_signal(turn);
	}
	return NULL;
}

static void a_semaphore_of_one_is_a_lock(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	turn = dispatch_semaphore_create(1);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_turns, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter, THREADS * ROUNDS);
	dispatch_release(turn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_given_can_be_taken),
		cmocka_unit_test(a_negative_count_is_refused),
		cmocka_unit_test(waiting_ends_at_the_deadline),
		cmocka_unit_test(a_signal_tells_whether_it_woke_somebody),
		cmocka_unit_test(a_semaphore_of_one_is_a_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
