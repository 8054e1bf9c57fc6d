/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups end when all of their work has, and say so exactly once.
 *
 * Counters are atomic; what is counted is compared when the group says that it is over.
 */
#include <pthread.h>
#include <unistd.h>

#include "tests/unit/compat/child.h"
#include "tests/unit/compat/libdispatch/await.h"

struct tally {
	dispatch_group_t group;
	int done;
	int seen; /* `done` when the notification came */
	int notifications;
	struct event notified;
};

static void tally_init(struct tally *tally)
{
	*tally = (struct tally){.group = dispatch_group_create()};
	event_init(&tally->notified);
}

static void finish_one(void *context)
{
	increment(&((struct tally *)context)->done);
}

static void notice(void *context)
{
	struct tally *tally = context;

	tally->seen = __atomic_load_n(&tally->done, __ATOMIC_ACQUIRE);
	increment(&tally->notifications);
	event_post(&tally->notified);
}

static void a_group_notifies_once_when_all_work_is_done(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("notices", NULL);
	struct tally tally;

	(void)state;
	for (int round = 0; round < 200; round++) {
		tally_init(&tally);
		dispatch_group_enter(tally.group);
		for (int i = 0; i < 50; i++)
			dispatch_group_async_f(tally.group, dispatch_get_global_queue(0, 0), &tally,
					       finish_one);
		dispatch_group_notify_f(tally.group, queue, &tally, notice);
		dispatch_group_leave(tally.group);
		AWAIT(&tally.notified);
		assert_int_equal(tally.seen, 50);
		drain(queue);
		assert_int_equal(tally.notifications, 1);
		dispatch_release(tally.group);
	}
	dispatch_release(queue);
}

static void an_empty_group_notifies_at_once(void **state)
{
	struct tally tally;

	(void)state;
	tally_init(&tally);
	dispatch_group_notify_f(tally.group, dispatch_get_global_queue(0, 0), &tally, notice);
	dispatch_release(tally.group);
	AWAIT(&tally.notified);
}

static void each_notification_comes_and_a_group_can_be_used_again(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("notices", NULL);
	struct tally tally;

	(void)state;
	tally_init(&tally);
	for (int round = 1; round <= 3; round++) {
		dispatch_group_enter(tally.group);
		for (int i = 0; i < 4; i++)
			dispatch_group_notify_f(tally.group, queue, &tally, notice);
		ASSERT_NOT_COME(&tally.notified);
		dispatch_group_leave(tally.group);
		drain(queue);
		assert_int_equal(tally.notifications, 4 * round);
		while (event_try(&tally.notified))
			;
	}
	dispatch_release(tally.group);
	dispatch_release(queue);
}

static void waiting_ends_with_the_group_or_at_the_deadline(void **state)
{
	uint64_t deadline = now_ns() + 2 * NSEC_PER_MSEC;
	struct tally tally;
	struct event go;

	(void)state;
	tally_init(&tally);
	event_init(&go);
	assert_int_equal(dispatch_group_wait(tally.group, DISPATCH_TIME_NOW), 0);
	dispatch_group_async_f(tally.group, dispatch_get_global_queue(0, 0), &go, await_event);
	assert_int_not_equal(dispatch_group_wait(tally.group, DISPATCH_TIME_NOW), 0);
	assert_int_not_equal(dispatch_group_wait(tally.group, deadline), 0);
	assert_true(now_ns() >= deadline);
	assert_int_not_equal(dispatch_group_wait(tally.group, dispatch_walltime(NULL, 1000000)), 0);
	event_post(&go);
	assert_int_equal(dispatch_group_wait(tally.group, DISPATCH_TIME_FOREVER), 0);
	dispatch_release(tally.group);
}

static void *enter_and_leave(void *context)
{
	for (int i = 0; i < 5000; i++) {
		dispatch_group_enter(context);
		dispatch_group_leave(context);
	}
	return NULL;
}

static void waiters_are_not_forgotten_while_others_enter_and_leave(void **state)
{
	dispatch_group_t group = dispatch_group_create();
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, enter_and_leave, group), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(dispatch_group_wait(group, DISPATCH_TIME_FOREVER), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	dispatch_release(group);
}

static void a_group_with_entries_keeps_itself(void **state)
{
	dispatch_group_t group = dispatch_group_create();
	struct event finalized;

	(void)state;
	event_init(&finalized);
	dispatch_set_context(group, &finalized);
	dispatch_set_finalizer_f(group, post);
	dispatch_group_enter(group);
	dispatch_release(group);
	dispatch_group_leave(group);
	AWAIT(&finalized);
}

static void leave(void *group)
{
	dispatch_group_leave(group);
}

static void leaving_without_entering_ends_the_program(void **state)
{
	dispatch_group_t group = dispatch_group_create();

	(void)state;
	assert_aborts(leave, group, "dispatch_group_leave without dispatch_group_enter");
	dispatch_release(group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_notifies_once_when_all_work_is_done),
		cmocka_unit_test(an_empty_group_notifies_at_once),
		cmocka_unit_test(each_notification_comes_and_a_group_can_be_used_again),
		cmocka_unit_test(waiting_ends_with_the_group_or_at_the_deadline),
		cmocka_unit_test(waiters_are_not_forgotten_while_others_enter_and_leave),
		cmocka_unit_test(a_group_with_entries_keeps_itself),
		cmocka_unit_test(leaving_without_entering_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
