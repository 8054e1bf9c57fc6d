/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch_apply: each iteration once, all over at the end.
 *
 * Nested loops fill the pool with loops that wait for one another.
 */
#include <string.h>

#include "tests/unit/compat/libdispatch/await.h"

enum { ITERATIONS = 10000 };

static int counts[ITERATIONS];

static void count(void *context, size_t iteration)
{
	(void)context;
	increment(&counts[iteration]);
}

static void each_iteration_runs_once(void **state)
{
	dispatch_queue_t serial = dispatch_queue_create("serial", NULL);
	dispatch_queue_t wide = dispatch_queue_create("wide", DISPATCH_QUEUE_CONCURRENT);
	dispatch_queue_t narrow = dispatch_queue_create_with_target(
		"narrow", DISPATCH_QUEUE_CONCURRENT, serial);
	dispatch_queue_t queues[] = {DISPATCH_APPLY_AUTO, serial, wide, narrow,
				     dispatch_get_global_queue(0, 0)};

	(void)state;
	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		memset(counts, 0, sizeof(counts));
		dispatch_apply_f(ITERATIONS, queues[i], NULL, count);
		for (int j = 0; j < ITERATIONS; j++)
			assert_int_equal(counts[j], 1);
	}
	dispatch_release(narrow);
	dispatch_release(wide);
	dispatch_release(serial);
}

static void no_iterations_are_none(void **state)
{
	(void)state;
	dispatch_apply_f(0, DISPATCH_APPLY_AUTO, NULL, NULL);
}

struct order {
	size_t next;
	int wrong;
};

static void check_order(void *context, size_t iteration)
{
	struct order *order = context;

	order->wrong += order->next++ != iteration;
}

static void on_a_serial_queue_iterations_are_in_order(void **state)
{
	dispatch_queue_t serial = dispatch_queue_create("serial", NULL);
	struct order order = {0};

	(void)state;
	dispatch_apply_f(1000, serial, &order, check_order);
	assert_int_equal(order.next, 1000);
	assert_int_equal(order.wrong, 0);
	dispatch_release(serial);
}

static void add_one(void *context, size_t iteration)
{
	(void)iteration;
	increment(context);
}

static void loop_within(void *context, size_t iteration)
{
	(void)iteration;
	dispatch_apply_f(20, DISPATCH_APPLY_AUTO, context, add_one);
}

static void loops_may_be_nested(void **state)
{
	int total = 0;

	(void)state;
	dispatch_apply_f(200, DISPATCH_APPLY_AUTO, &total, loop_within);
	assert_int_equal(total, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_iteration_runs_once),
		cmocka_unit_test(no_iterations_are_none),
		cmocka_unit_test(on_a_serial_queue_iterations_are_in_order),
		cmocka_unit_test(loops_may_be_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
