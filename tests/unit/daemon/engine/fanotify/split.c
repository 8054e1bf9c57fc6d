/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merged masks taken apart.
 */
#include "daemon/engine/fanotify/split.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/fanotify.h>

#include <cmocka.h>

static void a_file_lives_before_it_dies(void **state)
{
	uint64_t events[SPLIT_MAX];

	(void)state;
	assert_int_equal(
		split_mask(FAN_DELETE | FAN_CLOSE_WRITE | FAN_MODIFY | FAN_OPEN | FAN_CREATE,
			   events),
		5);
	assert_int_equal(events[0], FAN_CREATE);
	assert_int_equal(events[1], FAN_OPEN);
	assert_int_equal(events[2], FAN_MODIFY);
	assert_int_equal(events[3], FAN_CLOSE_WRITE);
	assert_int_equal(events[4], FAN_DELETE);
}

static void flags_are_no_events(void **state)
{
	uint64_t events[SPLIT_MAX];

	(void)state;
	assert_int_equal(split_mask(FAN_ONDIR | FAN_Q_OVERFLOW, events), 0);
	assert_int_equal(split_mask(~UINT64_C(0), events), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_lives_before_it_dies),
		cmocka_unit_test(flags_are_no_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
