/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_unfair_lock excludes, knows its owner, and ends a program that misuses it.
 *
 * Misuses are tried in child processes.
 */
#include <os/lock.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/compat/child.h"

enum { THREADS = 4, ROUNDS = 20000 };

static os_unfair_lock counter_lock = OS_UNFAIR_LOCK_INIT;
static unsigned int counter;

static void *count(void *context)
{
	(void)context;
	for (int i = 0; i < ROUNDS; i++) {
		os_unfair_lock_lock(&counter_lock);
		counter++;
		os_unfair_lock_unlock(&counter_lock);
	}
	return NULL;
}

static void one_thread_at_a_time_holds_it(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter, THREADS * ROUNDS);
	assert_int_equal(counter_lock._os_unfair_lock_opaque, 0);
}

static void *try(void *context)
{
	return os_unfair_lock_trylock(context) ? context : NULL;
}

static void trying_a_held_lock_fails(void **state)
{
	os_unfair_lock lock = OS_UNFAIR_LOCK_INIT;
	pthread_t thread;
	void *got;

	(void)state;
	assert_true(os_unfair_lock_trylock(&lock));
	assert_int_equal(pthread_create(&thread, NULL, try, &lock), 0);
	pthread_join(thread, &got);
	assert_null(got);
	os_unfair_lock_unlock(&lock);
	assert_true(os_unfair_lock_trylock(&lock));
	os_unfair_lock_unlock(&lock);
}

static void the_owner_is_known(void **state)
{
	os_unfair_lock lock = OS_UNFAIR_LOCK_INIT;

	(void)state;
	os_unfair_lock_assert_not_owner(&lock);
	os_unfair_lock_lock(&lock);
	os_unfair_lock_assert_owner(&lock);
	os_unfair_lock_unlock(&lock);
	os_unfair_lock_assert_not_owner(&lock);
}

static void lock_twice(void *context)
{
	os_unfair_lock_lock(context);
	os_unfair_lock_lock(context);
}

static void *hold(void *context)
{
	os_unfair_lock_lock(context);
	return NULL;
}

static void unlock_what_another_holds(void *context)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, hold, context) == 0)
		pthread_join(thread, NULL);
	os_unfair_lock_unlock(context);
}

static void assert_what_is_free(void *context)
{
	os_unfair_lock_assert_owner(context);
}

static void assert_not_what_is_held(void *context)
{
	os_unfair_lock_lock(context);
	os_unfair_lock_assert_not_owner(context);
}

static void a_misuse_ends_the_program(void **state)
{
	os_unfair_lock lock = OS_UNFAIR_LOCK_INIT;

	(void)state;
	assert_aborts(lock_twice, &lock, "locked by the thread that holds it");
	assert_aborts(unlock_what_another_holds, &lock, "unlocked by a thread that does not hold");
	assert_aborts(assert_what_is_free, &lock, "asserted to be held");
	assert_aborts(assert_not_what_is_held, &lock, "asserted not to be held");
}

static void use_after_fork(void *context)
{
	os_unfair_lock_lock(context);
	os_unfair_lock_assert_owner(context);
	os_unfair_lock_unlock(context);
}

static void a_child_owns_what_it_locks(void **state)
{
	os_unfair_lock lock = OS_UNFAIR_LOCK_INIT;
	struct child child;

	(void)state;
	os_unfair_lock_lock(&lock);
	os_unfair_lock_unlock(&lock);
	child_run(use_after_fork, &lock, &child);
	assert_true(WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_at_a_time_holds_it),
		cmocka_unit_test(trying_a_held_lock_fails),
		cmocka_unit_test(the_owner_is_known),
		cmocka_unit_test(a_misuse_ends_the_program),
		cmocka_unit_test(a_child_owns_what_it_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
