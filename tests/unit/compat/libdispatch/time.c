/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time: arithmetic on two clocks, and what lies beyond their ends.
 *
 * All values are computed; nothing waits.
 */
#include "tests/unit/compat/libdispatch/await.h"

static void uptime_is_counted_in_nanoseconds(void **state)
{
	uint64_t before = now_ns();
	dispatch_time_t time = dispatch_time(DISPATCH_TIME_NOW, 5);

	(void)state;
	assert_in_range(time, before + 5, now_ns() + 5);
	assert_int_equal(dispatch_time(1000, 500), 1500);
	assert_int_equal(dispatch_time(1000, -500), 500);
}

static void what_lies_too_far_ahead_is_for_ever(void **state)
{
	(void)state;
	assert_int_equal(dispatch_time(DISPATCH_TIME_FOREVER, -1), DISPATCH_TIME_FOREVER);
	assert_int_equal(dispatch_time(DISPATCH_TIME_NOW, INT64_MAX), DISPATCH_TIME_FOREVER);
	assert_int_equal(dispatch_time(DISPATCH_WALLTIME_NOW, INT64_MAX), DISPATCH_TIME_FOREVER);
	assert_int_equal(dispatch_walltime(&(struct timespec){.tv_sec = INT64_MAX}, 0),
			 DISPATCH_TIME_FOREVER);
}

static void what_lies_before_the_beginning_is_the_first_moment(void **state)
{
	(void)state;
	assert_int_equal(dispatch_time(1000, -2000), 1);
	assert_int_equal(dispatch_time(1000, INT64_MIN), 1);
	assert_int_equal(dispatch_walltime(&(struct timespec){.tv_sec = 1}, -2000000000),
			 dispatch_walltime(&(struct timespec){.tv_sec = INT64_MIN}, 0));
}

static void wall_time_is_another_clock(void **state)
{
	struct timespec when = {.tv_sec = 1700000000, .tv_nsec = 5};
	dispatch_time_t time = dispatch_walltime(&when, 10);

	(void)state;
	assert_int_equal(time, -UINT64_C(1700000000000000015));
	assert_int_equal(dispatch_time(time, 85), -UINT64_C(1700000000000000100));
	assert_int_equal(dispatch_time(time, -15), -UINT64_C(1700000000000000000));
}

static void wall_time_begins_at_now(void **state)
{
	struct timespec before, after;
	dispatch_time_t plain, added;

	(void)state;
	clock_gettime(CLOCK_REALTIME, &before);
	plain = dispatch_walltime(NULL, 0);
	added = dispatch_time(DISPATCH_WALLTIME_NOW, 0);
	clock_gettime(CLOCK_REALTIME, &after);
	/* Later is smaller. */
	assert_in_range(plain, dispatch_walltime(&after, 0), dispatch_walltime(&before, 0));
	assert_in_range(added, dispatch_walltime(&after, 0), plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uptime_is_counted_in_nanoseconds),
		cmocka_unit_test(what_lies_too_far_ahead_is_for_ever),
		cmocka_unit_test(what_lies_before_the_beginning_is_the_first_moment),
		cmocka_unit_test(wall_time_is_another_clock),
		cmocka_unit_test(wall_time_begins_at_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
