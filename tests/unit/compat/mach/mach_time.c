/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mach time is nanoseconds of the two clocks it says it is.
 *
 * Readings are compared with readings of the clock itself taken before and after.
 */
#include <mach/mach_time.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <cmocka.h>

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void a_tick_is_a_nanosecond(void **state)
{
	mach_timebase_info_data_t base = {0, 0};

	(void)state;
	assert_int_equal(mach_timebase_info(&base), KERN_SUCCESS);
	assert_int_equal(base.numer, 1);
	assert_int_equal(base.denom, 1);
}

static void absolute_time_is_the_monotonic_clock(void **state)
{
	uint64_t before = nanoseconds(CLOCK_MONOTONIC);
	uint64_t now = mach_absolute_time();
	uint64_t after = nanoseconds(CLOCK_MONOTONIC);

	(void)state;
	assert_in_range(now, before, after);
}

static void continuous_time_is_the_boot_clock(void **state)
{
	uint64_t before = nanoseconds(CLOCK_BOOTTIME);
	uint64_t now = mach_continuous_time();
	uint64_t after = nanoseconds(CLOCK_BOOTTIME);

	(void)state;
	assert_in_range(now, before, after);
}

static void approximate_time_is_at_most_a_tick_behind(void **state)
{
	struct timespec tick;
	uint64_t exact = mach_absolute_time();
	uint64_t approximate = mach_approximate_time();

	(void)state;
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	assert_true(approximate + 2 * (uint64_t)tick.tv_nsec >= exact);
}

static void waiting_ends_at_its_deadline(void **state)
{
	uint64_t deadline = mach_absolute_time() + 2000000;

	(void)state;
	assert_int_equal(mach_wait_until(deadline), KERN_SUCCESS);
	assert_true(mach_absolute_time() >= deadline);
}

static void a_deadline_that_has_passed_does_not_wait(void **state)
{
	(void)state;
	assert_int_equal(mach_wait_until(1), KERN_SUCCESS);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals = signals + 1;
}

static void a_signal_does_not_end_the_wait(void **state)
{
	struct itimerval soon = {.it_value.tv_usec = 1000};
	struct sigaction action, before;
	uint64_t deadline;

	(void)state;
	memset(&action, 0, sizeof(action));
	action.sa_handler = count_signal;
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!signals) {
		deadline = mach_absolute_time() + 20000000;
		mach_wait_until(deadline);
		assert_true(mach_absolute_time() >= deadline);
	}
	sigaction(SIGALRM, &before, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_is_a_nanosecond),
		cmocka_unit_test(absolute_time_is_the_monotonic_clock),
		cmocka_unit_test(continuous_time_is_the_boot_clock),
		cmocka_unit_test(approximate_time_is_at_most_a_tick_behind),
		cmocka_unit_test(waiting_ends_at_its_deadline),
		cmocka_unit_test(a_deadline_that_has_passed_does_not_wait),
		cmocka_unit_test(a_signal_does_not_end_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
