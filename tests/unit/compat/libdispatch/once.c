/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch_once: the work is done once, and is over when anybody returns.
 *
 * Threads start together at a barrier, many times, each time with a fresh predicate.
 */
#include <pthread.h>

#include "tests/unit/compat/child.h"
#include "tests/unit/compat/libdispatch/await.h"

enum { THREADS = 4, ROUNDS = 500 };

static pthread_barrier_t start;
static dispatch_once_t predicates[ROUNDS];
static int results[ROUNDS]; /* not atomic: once must order them */
static int wrong;

static void do_work(void *context)
{
	++*(int *)context;
}

static void *race(void *context)
{
	(void)context;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&start);
		dispatch_once_f(&predicates[i], &results[i], do_work);
		if (results[i] != 1)
			increment(&wrong);
	}
	return NULL;
}

static void under_contention_the_work_is_done_once(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
}

struct slow {
	struct event started, go;
	dispatch_once_t predicate;
	int done;
	struct event returned;
};

static void work_slowly(void *context)
{
	struct slow *slow = context;

	post(&slow->started);
	await_event(&slow->go);
	slow->done = 1;
}

static void *call_once(void *context)
{
	struct slow *slow = context;

	dispatch_once_f(&slow->predicate, slow, work_slowly);
	post(&slow->returned);
	return NULL;
}

static void others_wait_for_the_end_of_the_work(void **state)
{
	struct slow slow = {.predicate = 0};
	pthread_t first, second;

	(void)state;
	event_init(&slow.started);
	event_init(&slow.go);
	event_init(&slow.returned);
	assert_int_equal(pthread_create(&first, NULL, call_once, &slow), 0);
	AWAIT(&slow.started);
	assert_int_equal(pthread_create(&second, NULL, call_once, &slow), 0);
	ASSERT_NOT_COME(&slow.returned);
	event_post(&slow.go);
	AWAIT(&slow.returned);
	AWAIT(&slow.returned);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert_int_equal(slow.done, 1);
	ASSERT_NOT_COME(&slow.started);
}

static dispatch_once_t own;

static void once_again(void *context)
{
	dispatch_once_f(&own, context, once_again);
}

static void once_within_itself_ends_the_program(void **state)
{
	(void)state;
	assert_aborts(once_again, NULL, "dispatch_once within its own work");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(under_contention_the_work_is_done_once),
		cmocka_unit_test(others_wait_for_the_end_of_the_work),
		cmocka_unit_test(once_within_itself_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
