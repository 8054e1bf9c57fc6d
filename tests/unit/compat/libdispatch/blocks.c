/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms that take a block: captured variables, copies and their release, arguments.
 *
 * Compiled by clang with -fblocks whatever compiler the rest is built with; the library is the
 * same.
 */
#include <Block.h>
#include <pthread.h>

#include "tests/unit/compat/libdispatch/await.h"

static void a_block_keeps_what_it_captured(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("blocks", NULL);
	__block int sum = 0;

	(void)state;
	for (int i = 1; i <= 100; i++) {
		dispatch_async(queue, ^{
		  sum += i;
		});
	}
	dispatch_sync(queue, ^{
	  sum *= 2;
	});
	assert_int_equal(sum, 10100);
	dispatch_release(queue);
}

static void each_form_runs_its_block(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("wide", DISPATCH_QUEUE_CONCURRENT);
	__block int plain = 0;
	struct event event;
	struct event *reached = &event;

	(void)state;
	event_init(&event);
	dispatch_barrier_async(queue, ^{
	  plain++;
	});
	dispatch_barrier_sync(queue, ^{
	  plain++;
	});
	dispatch_barrier_async_and_wait(queue, ^{
	  plain++;
	});
	dispatch_async_and_wait(queue, ^{
	  plain++;
	});
	assert_int_equal(plain, 4);
	dispatch_after(dispatch_time(DISPATCH_TIME_NOW, 1000000), queue, ^{
	  event_post(reached);
	});
	AWAIT(&event);
	dispatch_after(DISPATCH_TIME_NOW, queue, ^{
	  event_post(reached);
	});
	AWAIT(&event);
	dispatch_after(DISPATCH_TIME_FOREVER, queue, ^{
	  event_post(reached);
	});
	ASSERT_NOT_COME(&event);
	dispatch_release(queue);
}

static void a_loop_hands_its_block_the_iteration(void **state)
{
	static int counts[1000];

	(void)state;
	dispatch_apply(1000, DISPATCH_APPLY_AUTO, ^(size_t iteration) {
	  increment(&counts[iteration]);
	});
	for (int i = 0; i < 1000; i++)
		assert_int_equal(counts[i], 1);
}

static void a_block_is_done_once(void **state)
{
	static dispatch_once_t predicate;
	__block int times = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		dispatch_once(&predicate, ^{
		  times++;
		});
	}
	assert_int_equal(times, 1);
}

static void groups_take_blocks(void **state)
{
	dispatch_group_t group = dispatch_group_create();
	dispatch_queue_t queue = dispatch_queue_create("notices", NULL);
	__block int done = 0;
	__block int seen = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		dispatch_group_async(group, dispatch_get_global_queue(0, 0), ^{
		  increment(&done);
		});
	}
	dispatch_group_notify(group, queue, ^{
	  seen = done;
	});
	assert_int_equal(dispatch_group_wait(group, DISPATCH_TIME_FOREVER), 0);
	drain(queue);
	assert_int_equal(seen, 20);
	dispatch_release(group);
	dispatch_release(queue);
}

/* The block refers to its own source, as handlers do; cancelling lets both go. */
static void a_source_takes_blocks_and_lets_them_go(void **state)
{
	dispatch_source_t source = dispatch_source_create(DISPATCH_SOURCE_TYPE_DATA_ADD, 0, 0,
							  NULL);
	__block uintptr_t total = 0;
	struct event event, registered, cancelled, finalized;
	struct event *events[] = {&event, &registered, &cancelled};

	(void)state;
	struct event *event_reached = events[0], *was_registered = events[1],
		     *was_cancelled = events[2];

	event_init(&event);
	event_init(&registered);
	event_init(&cancelled);
	event_init(&finalized);
	dispatch_set_context(source, &finalized);
	dispatch_set_finalizer_f(source, post);
	dispatch_source_set_event_handler(source, ^{
	  total += dispatch_source_get_data(source);
	  event_post(event_reached);
	});
	dispatch_source_set_registration_handler(source, ^{
	  event_post(was_registered);
	});
	dispatch_source_set_cancel_handler(source, ^{
	  event_post(was_cancelled);
	});
	dispatch_activate(source);
	AWAIT(&registered);
	dispatch_source_merge_data(source, 7);
	AWAIT(&event);
	assert_int_equal(total, 7);
	dispatch_source_set_event_handler(source, ^{
	  event_post(was_registered);
	});
	dispatch_source_merge_data(source, 1);
	AWAIT(&registered);
	dispatch_source_set_event_handler(source, NULL);
	dispatch_source_cancel(source);
	AWAIT(&cancelled);
	dispatch_release(source);
	AWAIT(&finalized);
}

static void a_stack_block_may_be_gone_when_it_runs(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("later", NULL);
	__block int sum = 0;

	(void)state;
	dispatch_suspend(queue);
	for (int i = 0; i < 10; i++) {
		int copy[4] = {i, i, i, i};
		struct {
			int values[4];
		} captured;

		for (int j = 0; j < 4; j++)
			captured.values[j] = copy[j];
		dispatch_async(queue, ^{
		  for (int j = 0; j < 4; j++)
			  sum += captured.values[j];
		});
	}
	dispatch_resume(queue);
	drain(queue);
	assert_int_equal(sum, 180);
	dispatch_release(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_keeps_what_it_captured),
		cmocka_unit_test(each_form_runs_its_block),
		cmocka_unit_test(a_loop_hands_its_block_the_iteration),
		cmocka_unit_test(a_block_is_done_once),
		cmocka_unit_test(groups_take_blocks),
		cmocka_unit_test(a_source_takes_blocks_and_lets_them_go),
		cmocka_unit_test(a_stack_block_may_be_gone_when_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
