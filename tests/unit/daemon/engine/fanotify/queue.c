/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process events in their queue: in order, bounded, owned.
 */
#include "daemon/engine/fanotify/queue.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void events_leave_in_the_order_they_came(void **state)
{
	OWNED(event_queue_free) struct event_queue *queue = NULL;
	struct process_event event = {.kind = CONNECTOR_FORK};

	(void)state;
	assert_int_equal(event_queue_new(&queue, 3), 0);
	for (unsigned int round = 0; round < 5; round++) {
		event.status = round;
		assert_int_equal(event_queue_put(queue, &event), 0);
		event.status = round + 100;
		assert_int_equal(event_queue_put(queue, &event), 0);
		assert_int_equal(event_queue_count(queue), 2);
		assert_true(event_queue_take(queue, &event));
		assert_int_equal(event.status, round);
		assert_true(event_queue_take(queue, &event));
		assert_int_equal(event.status, round + 100);
	}
	assert_false(event_queue_take(queue, &event));
}

static void a_full_queue_leaves_the_event_to_its_owner(void **state)
{
	OWNED(process_table_free) struct process_table *table = NULL;
	const struct process_limits limits = {4, 4, 4};
	struct event_queue *queue = NULL;
	struct process_event event = {.kind = CONNECTOR_EXIT};

	(void)state;
	assert_int_equal(process_table_new(&table, &limits), 0);
	event.process = process_ref(process_table_add(table, 10));
	assert_int_equal(event_queue_new(&queue, 1), 0);
	assert_int_equal(event_queue_put(queue, &event), 0);
	assert_int_equal(event_queue_put(queue, &event), -ENOSPC);
	/* What is left in a queue is let go with it. */
	assert_int_equal(event.process->references, 2);
	event_queue_free(queue);
	assert_int_equal(process_table_find(table, 10)->references, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_leave_in_the_order_they_came),
		cmocka_unit_test(a_full_queue_leaves_the_event_to_its_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
