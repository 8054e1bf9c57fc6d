/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all sources have in common, tried with data sources: merging, suspension, handlers, the end.
 *
 * Handlers run on a concurrent queue where it matters that they do not overlap.
 */
#include <pthread.h>
#include <stdbool.h>

#include "tests/unit/compat/libdispatch/await.h"

struct watched {
	dispatch_source_t source;
	uintptr_t data;
	uintptr_t total;
	int running;
	bool overlapped;
	struct event event, registered, cancelled;
};

static void take_data(void *context)
{
	struct watched *watched = context;

	if (__atomic_add_fetch(&watched->running, 1, __ATOMIC_RELAXED) != 1)
		watched->overlapped = true;
	watched->data = dispatch_source_get_data(watched->source);
	__atomic_add_fetch(&watched->total, watched->data, __ATOMIC_RELAXED);
	event_post(&watched->event);
	__atomic_sub_fetch(&watched->running, 1, __ATOMIC_RELAXED);
}

static void note_registration(void *context)
{
	event_post(&((struct watched *)context)->registered);
}

static void note_cancel(void *context)
{
	event_post(&((struct watched *)context)->cancelled);
}

static void watch(struct watched *watched, dispatch_source_type_t type)
{
	dispatch_queue_t queue = dispatch_queue_create("events", DISPATCH_QUEUE_CONCURRENT);

	*watched = (struct watched){.source = dispatch_source_create(type, 0, 0, queue)};
	assert_non_null(watched->source);
	event_init(&watched->event);
	event_init(&watched->registered);
	event_init(&watched->cancelled);
	dispatch_set_context(watched->source, watched);
	dispatch_source_set_event_handler_f(watched->source, take_data);
	dispatch_source_set_registration_handler_f(watched->source, note_registration);
	dispatch_source_set_cancel_handler_f(watched->source, note_cancel);
	dispatch_release(queue);
}

static void end(struct watched *watched)
{
	dispatch_source_cancel(watched->source);
	AWAIT(&watched->cancelled);
	dispatch_release(watched->source);
}

static void merge_while_suspended(dispatch_source_type_t type, uintptr_t expected)
{
	struct watched watched;

	watch(&watched, type);
	dispatch_source_merge_data(watched.source, 3);
	dispatch_source_merge_data(watched.source, 0);
	dispatch_source_merge_data(watched.source, 5);
	dispatch_source_merge_data(watched.source, 1);
	ASSERT_NOT_COME(&watched.event);
	dispatch_resume(watched.source);
	AWAIT(&watched.event);
	AWAIT(&watched.registered);
	end(&watched);
	assert_int_equal(watched.data, expected);
	assert_int_equal(watched.total, expected);
}

static void events_merge_as_their_type_says(void **state)
{
	(void)state;
	merge_while_suspended(DISPATCH_SOURCE_TYPE_DATA_ADD, 9);
	merge_while_suspended(DISPATCH_SOURCE_TYPE_DATA_OR, 7);
	merge_while_suspended(DISPATCH_SOURCE_TYPE_DATA_REPLACE, 1);
}

static void *merge_many(void *source)
{
	for (int i = 0; i < 20000; i++)
		dispatch_source_merge_data(source, 1);
	return NULL;
}

static void events_of_many_threads_add_up_and_handlers_do_not_overlap(void **state)
{
	struct watched watched;
	pthread_t threads[4];

	(void)state;
	watch(&watched, DISPATCH_SOURCE_TYPE_DATA_ADD);
	dispatch_activate(watched.source);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, merge_many, watched.source), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	do
		AWAIT(&watched.event);
	while (__atomic_load_n(&watched.total, __ATOMIC_RELAXED) < 80000);
	end(&watched);
	assert_int_equal(watched.total, 80000);
	assert_false(watched.overlapped);
}

static void a_source_is_silent_while_suspended(void **state)
{
	struct watched watched;

	(void)state;
	watch(&watched, DISPATCH_SOURCE_TYPE_DATA_ADD);
	dispatch_activate(watched.source);
	AWAIT(&watched.registered);
	dispatch_suspend(watched.source);
	dispatch_source_merge_data(watched.source, 1);
	ASSERT_NOT_COME(&watched.event);
	dispatch_resume(watched.source);
	AWAIT(&watched.event);
	end(&watched);
}

static void a_cancelled_source_calls_only_its_cancel_handler(void **state)
{
	struct watched watched;

	(void)state;
	watch(&watched, DISPATCH_SOURCE_TYPE_DATA_ADD);
	dispatch_source_merge_data(watched.source, 1);
	assert_int_equal(dispatch_source_testcancel(watched.source), 0);
	dispatch_source_cancel(watched.source);
	dispatch_source_cancel(watched.source);
	assert_int_not_equal(dispatch_source_testcancel(watched.source), 0);
	ASSERT_NOT_COME(&watched.cancelled);
	dispatch_resume(watched.source);
	AWAIT(&watched.cancelled);
	dispatch_source_merge_data(watched.source, 1);
	dispatch_release(watched.source);
	ASSERT_NOT_COME(&watched.cancelled);
	ASSERT_NOT_COME(&watched.event);
	ASSERT_NOT_COME(&watched.registered);
}

static void count_up(void *context)
{
	event_post(&((struct watched *)context)->registered);
}

static void a_handler_can_be_replaced_and_removed(void **state)
{
	struct watched watched;

	(void)state;
	watch(&watched, DISPATCH_SOURCE_TYPE_DATA_ADD);
	dispatch_source_set_registration_handler_f(watched.source, NULL);
	dispatch_source_set_event_handler_f(watched.source, count_up);
	dispatch_activate(watched.source);
	dispatch_source_merge_data(watched.source, 1);
	AWAIT(&watched.registered);
	dispatch_source_set_event_handler_f(watched.source, NULL);
	dispatch_source_merge_data(watched.source, 1);
	end(&watched);
	ASSERT_NOT_COME(&watched.registered);
	ASSERT_NOT_COME(&watched.event);
}

static void check_place(void *context)
{
	struct watched *watched = context;

	dispatch_assert_queue(dispatch_get_global_queue(0, 0));
	watched->total = *dispatch_queue_get_label(DISPATCH_CURRENT_QUEUE_LABEL) != 0;
	event_post(&watched->event);
}

static void handlers_run_on_the_target_queue(void **state)
{
	struct watched watched;

	(void)state;
	watch(&watched, DISPATCH_SOURCE_TYPE_DATA_OR);
	dispatch_set_target_queue(watched.source, dispatch_get_global_queue(0, 0));
	dispatch_source_set_event_handler_f(watched.source, check_place);
	dispatch_activate(watched.source);
	dispatch_source_merge_data(watched.source, 1);
	AWAIT(&watched.event);
	end(&watched);
	assert_int_equal(watched.total, 1);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_DATA_ADD, 1, 0, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_DATA_OR, 0, 1, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_TIMER, 0, 2, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_TIMER, 1, 0, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_SIGNAL, 0, 0, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_SIGNAL, 9, 0, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_READ, 0, 1, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_READ, UINTPTR_MAX, 0, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_PROC, 1, 0, NULL));
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_PROC, 0, DISPATCH_PROC_EXIT, NULL));
}

static void a_source_knows_what_it_was_made_of(void **state)
{
	dispatch_source_t source = dispatch_source_create(DISPATCH_SOURCE_TYPE_PROC, 1,
							  DISPATCH_PROC_EXIT, NULL);

	(void)state;
	assert_int_equal(dispatch_source_get_handle(source), 1);
	assert_int_equal(dispatch_source_get_mask(source), DISPATCH_PROC_EXIT);
	assert_int_equal(dispatch_source_get_data(source), 0);
	dispatch_release(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_merge_as_their_type_says),
		cmocka_unit_test(events_of_many_threads_add_up_and_handlers_do_not_overlap),
		cmocka_unit_test(a_source_is_silent_while_suspended),
		cmocka_unit_test(a_cancelled_source_calls_only_its_cancel_handler),
		cmocka_unit_test(a_handler_can_be_replaced_and_removed),
		cmocka_unit_test(handlers_run_on_the_target_queue),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(a_source_knows_what_it_was_made_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
