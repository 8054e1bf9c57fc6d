/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/deadline/clock.h around a delivery that is made up: it hands out deadlines and notes when
 * it was called. (What delivery does at a deadline is tested with delivery.)
 */
#include "daemon/deadline/clock.h"

#include "base/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

struct delivery {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t next_ns; /* what delivery_expire returns */
	uint64_t awaited_ns; /* what it was last asked to wait for */
	unsigned int expirations;
	unsigned int waits;
	bool awake; /* lets one wait return */
	bool stopped;
};

static struct delivery made_up;

uint64_t delivery_expire(struct delivery *delivery, uint64_t now_ns)
{
	uint64_t next_ns;

	pthread_mutex_lock(&delivery->lock);
	delivery->expirations++;
	next_ns = delivery->next_ns;
	pthread_mutex_unlock(&delivery->lock);
	assert_true(now_ns <= clock_now_ns());
	return next_ns;
}

bool delivery_await_deadline(struct delivery *delivery, uint64_t deadline_ns)
{
	bool stopped;

	pthread_mutex_lock(&delivery->lock);
	delivery->awaited_ns = deadline_ns;
	delivery->waits++;
	pthread_cond_broadcast(&delivery->changed);
	while (!delivery->awake && !delivery->stopped)
		pthread_cond_wait(&delivery->changed, &delivery->lock);
	delivery->awake = false;
	stopped = delivery->stopped;
	pthread_mutex_unlock(&delivery->lock);
	return !stopped;
}

void delivery_stop(struct delivery *delivery)
{
	pthread_mutex_lock(&delivery->lock);
	delivery->stopped = true;
	pthread_cond_broadcast(&delivery->changed);
	pthread_mutex_unlock(&delivery->lock);
}

static int make_delivery(void **state)
{
	(void)state;
	made_up = (struct delivery){.lock = PTHREAD_MUTEX_INITIALIZER,
				    .changed = PTHREAD_COND_INITIALIZER};
	return 0;
}

/* Waits until the thread waits for the n-th time; returns for when. */
static uint64_t await_wait(unsigned int count)
{
	const struct timespec limit = clock_timespec(clock_now_ns() + 10 * NANOSECONDS_PER_SECOND);
	uint64_t awaited_ns;

	pthread_mutex_lock(&made_up.lock);
	while (made_up.waits < count)
		assert_int_equal(pthread_cond_clockwait(&made_up.changed, &made_up.lock,
							CLOCK_MONOTONIC, &limit),
				 0);
	awaited_ns = made_up.awaited_ns;
	pthread_mutex_unlock(&made_up.lock);
	return awaited_ns;
}

static void wake(uint64_t next_ns)
{
	pthread_mutex_lock(&made_up.lock);
	made_up.next_ns = next_ns;
	made_up.awake = true;
	pthread_cond_broadcast(&made_up.changed);
	pthread_mutex_unlock(&made_up.lock);
}

static void it_sleeps_until_the_next_deadline(void **state)
{
	OWNED(deadline_clock_free) struct deadline_clock *clock = NULL;
	uint64_t soon = clock_now_ns() + NANOSECONDS_PER_SECOND / 10;

	(void)state;
	made_up.next_ns = soon;
	assert_int_equal(deadline_clock_new(&clock, &made_up), 0);
	assert_true(await_wait(1) == soon);
	wake(soon + 1);
	assert_true(await_wait(2) == soon + 1);
	assert_int_equal(made_up.expirations, 2);
}

static void with_nothing_asked_it_still_beats(void **state)
{
	OWNED(deadline_clock_free) struct deadline_clock *clock = NULL;
	uint64_t begin = clock_now_ns();
	uint64_t beats;
	uint64_t awaited;

	(void)state;
	made_up.next_ns = UINT64_MAX;
	assert_int_equal(deadline_clock_new(&clock, &made_up), 0);
	awaited = await_wait(1);
	assert_true(awaited >= begin + CLOCK_BEAT_MS * NANOSECONDS_PER_MILLISECOND);
	assert_true(awaited <= clock_now_ns() + CLOCK_BEAT_MS * NANOSECONDS_PER_MILLISECOND);
	beats = deadline_clock_beats(clock);
	wake(UINT64_MAX);
	await_wait(2);
	assert_int_equal(deadline_clock_beats(clock), beats + 1);
}

static void freeing_it_stops_the_wait(void **state)
{
	struct deadline_clock *clock = NULL;

	(void)state;
	made_up.next_ns = UINT64_MAX;
	assert_int_equal(deadline_clock_new(&clock, &made_up), 0);
	await_wait(1);
	assert_null(deadline_clock_free(clock));
	assert_true(made_up.stopped);
	assert_null(deadline_clock_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_sleeps_until_the_next_deadline, make_delivery),
		cmocka_unit_test_setup(with_nothing_asked_it_still_beats, make_delivery),
		cmocka_unit_test_setup(freeing_it_stops_the_wait, make_delivery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
