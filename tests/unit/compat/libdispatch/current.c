/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What work can learn of the queue it is on: assertions, specific values, labels.
 *
 * Failing assertions run in child processes.
 */
#include "tests/unit/compat/child.h"
#include "tests/unit/compat/libdispatch/await.h"

static const char key;

/* Queues for work that asserts things; `expected` goes with the call. */
struct place {
	dispatch_queue_t queue;
	dispatch_queue_t asserted;
	void (*expected)(dispatch_queue_t queue);
	void (*bring)(dispatch_queue_t queue, void *context, dispatch_function_t work);
};

/* A barrier drains a queue of one's own, but not the global ones: so the work itself says when it
 * is done. */
static struct event checked = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static void check_here(void *context)
{
	const struct place *place = context;

	place->expected(place->asserted);
	event_post(&checked);
}

static void check(void *context)
{
	const struct place *place = context;

	place->bring(place->queue, context, check_here);
	await_event(&checked);
}

static void assertions_hold_where_they_are_true(void **state)
{
	dispatch_queue_t target = dispatch_queue_create("target", NULL);
	dispatch_queue_t serial = dispatch_queue_create_with_target("serial", NULL, target);
	dispatch_queue_t wide = dispatch_queue_create("wide", DISPATCH_QUEUE_CONCURRENT);
	dispatch_queue_t global = dispatch_get_global_queue(0, 0);
	struct place places[] = {
		{serial, serial, dispatch_assert_queue, dispatch_async_f},
		{serial, serial, dispatch_assert_queue, dispatch_sync_f},
		{serial, target, dispatch_assert_queue, dispatch_async_f},
		{serial, serial, dispatch_assert_queue_barrier, dispatch_async_f},
		{serial, wide, dispatch_assert_queue_not, dispatch_async_f},
		{target, serial, dispatch_assert_queue_not, dispatch_sync_f},
		{wide, wide, dispatch_assert_queue, dispatch_async_f},
		{wide, wide, dispatch_assert_queue_barrier, dispatch_barrier_async_f},
		{wide, wide, dispatch_assert_queue_barrier, dispatch_barrier_sync_f},
		{global, global, dispatch_assert_queue, dispatch_async_f},
		{wide, dispatch_get_main_queue(), dispatch_assert_queue, dispatch_sync_f},
		{wide, dispatch_get_main_queue(), dispatch_assert_queue_not, dispatch_async_f},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		check(&places[i]);
	dispatch_assert_queue(dispatch_get_main_queue());
	dispatch_release(serial);
	dispatch_release(target);
	dispatch_release(wide);
}

static void assertions_end_the_program_where_they_are_false(void **state)
{
	dispatch_queue_t serial = dispatch_queue_create("serial", NULL);
	dispatch_queue_t wide = dispatch_queue_create("wide", DISPATCH_QUEUE_CONCURRENT);
	struct place wrong = {serial, wide, dispatch_assert_queue, dispatch_sync_f};
	struct place shared = {wide, wide, dispatch_assert_queue_barrier, dispatch_sync_f};
	struct place right = {serial, serial, dispatch_assert_queue_not, dispatch_sync_f};

	(void)state;
	assert_aborts(check, &wrong, "asserted to be on a queue");
	assert_aborts(check, &shared, "asserted to be a barrier");
	assert_aborts(check, &right, "asserted not to be on a queue");
	dispatch_release(serial);
	dispatch_release(wide);
}

static void get_specific(void *context)
{
	*(void **)context = dispatch_get_specific(&key);
}

static void a_value_belongs_to_its_queue_and_those_that_target_it(void **state)
{
	dispatch_queue_t target = dispatch_queue_create("target", NULL);
	dispatch_queue_t queue = dispatch_queue_create_with_target("queue", NULL, target);
	int first = 1, second = 2;
	void *value = NULL;

	(void)state;
	dispatch_queue_set_specific(target, &key, &first, NULL);
	assert_ptr_equal(dispatch_queue_get_specific(target, &key), &first);
	assert_null(dispatch_queue_get_specific(queue, &key));
	dispatch_sync_f(queue, &value, get_specific);
	assert_ptr_equal(value, &first);
	dispatch_queue_set_specific(queue, &key, &second, NULL);
	dispatch_sync_f(queue, &value, get_specific);
	assert_ptr_equal(value, &second);
	dispatch_async_f(target, &value, get_specific);
	drain(target);
	assert_ptr_equal(value, &first);
	assert_null(dispatch_get_specific(&key));
	dispatch_release(queue);
	dispatch_release(target);
}

static void a_value_is_destroyed_when_it_is_replaced_and_with_its_queue(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("queue", NULL);
	struct event replaced, removed, released;

	(void)state;
	event_init(&replaced);
	event_init(&removed);
	event_init(&released);
	dispatch_queue_set_specific(queue, &key, &replaced, post);
	dispatch_queue_set_specific(queue, &key, &removed, post);
	AWAIT(&replaced);
	ASSERT_NOT_COME(&removed);
	dispatch_queue_set_specific(queue, &key, NULL, NULL);
	AWAIT(&removed);
	assert_null(dispatch_queue_get_specific(queue, &key));
	dispatch_queue_set_specific(queue, &key, &released, post);
	dispatch_release(queue);
	AWAIT(&released);
}

static void note_label(void *context)
{
	*(const char **)context = dispatch_queue_get_label(DISPATCH_CURRENT_QUEUE_LABEL);
}

static void work_knows_the_label_of_its_queue(void **state)
{
	char name[] = "org.example.queue";
	dispatch_queue_t queue = dispatch_queue_create(name, NULL);
	dispatch_queue_t nameless = dispatch_queue_create(NULL, NULL);
	const char *label = NULL;

	(void)state;
	name[0] = 'x';
	assert_string_equal(dispatch_queue_get_label(queue), "org.example.queue");
	assert_string_equal(dispatch_queue_get_label(nameless), "");
	dispatch_async_f(queue, &label, note_label);
	drain(queue);
	assert_string_equal(label, "org.example.queue");
	assert_string_equal(dispatch_queue_get_label(NULL),
			    dispatch_queue_get_label(dispatch_get_main_queue()));
	dispatch_release(queue);
	dispatch_release(nameless);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assertions_hold_where_they_are_true),
		cmocka_unit_test(assertions_end_the_program_where_they_are_false),
		cmocka_unit_test(a_value_belongs_to_its_queue_and_those_that_target_it),
		cmocka_unit_test(a_value_is_destroyed_when_it_is_replaced_and_with_its_queue),
		cmocka_unit_test(work_knows_the_label_of_its_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
