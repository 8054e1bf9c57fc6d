/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers: never early, and not later than a loaded machine explains.
 *
 * Early is a fault of one nanosecond; late is judged with a wide tolerance.
 */
#include "tests/unit/compat/libdispatch/await.h"

#define TOLERANCE (5 * NSEC_PER_SEC)

struct appointment {
	uint64_t came;
	struct event event;
};

static void keep(void *context)
{
	struct appointment *appointment = context;

	appointment->came = now_ns();
	event_post(&appointment->event);
}

static void work_for_later_comes_when_it_is_time(void **state)
{
	uint64_t deadline = now_ns() + 3 * NSEC_PER_MSEC;
	struct appointment appointment;

	(void)state;
	event_init(&appointment.event);
	dispatch_after_f(deadline, dispatch_get_global_queue(0, 0), &appointment, keep);
	AWAIT(&appointment.event);
	assert_in_range(appointment.came, deadline, deadline + TOLERANCE);
}

static void the_wall_clock_is_kept_too(void **state)
{
	struct appointment appointment;
	struct timespec now;
	dispatch_time_t deadline = dispatch_walltime(NULL, 3 * NSEC_PER_MSEC);

	(void)state;
	event_init(&appointment.event);
	dispatch_after_f(deadline, dispatch_get_global_queue(0, 0), &appointment, keep);
	AWAIT(&appointment.event);
	clock_gettime(CLOCK_REALTIME, &now);
	assert_true(dispatch_walltime(&now, 0) <= deadline);
}

static void what_is_due_already_comes_at_once(void **state)
{
	struct appointment appointment;

	(void)state;
	event_init(&appointment.event);
	dispatch_after_f(DISPATCH_TIME_NOW, dispatch_get_global_queue(0, 0), &appointment, keep);
	AWAIT(&appointment.event);
	dispatch_after_f(1, dispatch_get_global_queue(0, 0), &appointment, keep);
	AWAIT(&appointment.event);
	dispatch_after_f(DISPATCH_TIME_FOREVER, dispatch_get_global_queue(0, 0), NULL, keep);
}

enum { MANY = 500 };

struct rank {
	int number;
	int *order;
	int *count;
	struct event *event;
};

static void note_rank(void *context)
{
	struct rank *rank = context;

	rank->order[(*rank->count)++] = rank->number;
	event_post(rank->event);
}

static void many_timers_come_in_the_order_of_their_times(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("order", NULL);
	uint64_t start = now_ns() + 20 * NSEC_PER_MSEC;
	struct rank ranks[MANY];
	int order[MANY];
	int count = 0;
	struct event event;

	(void)state;
	event_init(&event);
	for (int i = 0; i < MANY; i++) {
		/* 7 has no divisor in common with MANY, so this is a permutation. */
		int number = i * 7 % MANY;

		ranks[i] = (struct rank){number, order, &count, &event};
		dispatch_after_f(start + (uint64_t)number * 10000, queue, &ranks[i], note_rank);
	}
	for (int i = 0; i < MANY; i++)
		AWAIT(&event);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(order[i], i);
	dispatch_release(queue);
}

struct beat {
	dispatch_source_t source;
	uint64_t fired;
	uint64_t first;
	struct event event, cancelled;
};

static void take_beat(void *context)
{
	struct beat *beat = context;

	if (!beat->fired)
		beat->first = now_ns();
	beat->fired += dispatch_source_get_data(beat->source);
	event_post(&beat->event);
}

static void note_cancel(void *context)
{
	event_post(&((struct beat *)context)->cancelled);
}

static void make_beat(struct beat *beat)
{
	*beat = (struct beat){
		.source = dispatch_source_create(DISPATCH_SOURCE_TYPE_TIMER, 0, 0, NULL)};
	assert_non_null(beat->source);
	event_init(&beat->event);
	event_init(&beat->cancelled);
	dispatch_set_context(beat->source, beat);
	dispatch_source_set_event_handler_f(beat->source, take_beat);
	dispatch_source_set_cancel_handler_f(beat->source, note_cancel);
}

/* Afterwards the beat does not change any more. */
static void end_beat(struct beat *beat)
{
	dispatch_source_cancel(beat->source);
	AWAIT(&beat->cancelled);
	dispatch_release(beat->source);
}

/* Returns at that time, by another timer. */
static void await_time(uint64_t when)
{
	struct event event;

	event_init(&event);
	dispatch_after_f(when, dispatch_get_global_queue(0, 0), &event, post);
	AWAIT(&event);
}

static void a_timer_fires_again_and_again(void **state)
{
	uint64_t start = now_ns() + 2 * NSEC_PER_MSEC;
	struct beat beat;

	(void)state;
	make_beat(&beat);
	dispatch_source_set_timer(beat.source, start, NSEC_PER_MSEC, 0);
	dispatch_activate(beat.source);
	for (int i = 0; i < 10; i++)
		AWAIT(&beat.event);
	end_beat(&beat);
	assert_in_range(beat.first, start, start + TOLERANCE);
	assert_in_range(beat.fired, 10, (now_ns() - start) / NSEC_PER_MSEC + 1);
}

static void a_timer_without_interval_fires_once(void **state)
{
	uint64_t start = now_ns() + NSEC_PER_MSEC;
	struct beat beat;

	(void)state;
	make_beat(&beat);
	dispatch_source_set_timer(beat.source, start, DISPATCH_TIME_FOREVER, 0);
	dispatch_activate(beat.source);
	AWAIT(&beat.event);
	await_time(start + 5 * NSEC_PER_MSEC);
	end_beat(&beat);
	assert_int_equal(beat.fired, 1);
}

static void a_wall_clock_timer_fires(void **state)
{
	dispatch_time_t start = dispatch_walltime(NULL, NSEC_PER_MSEC);
	struct timespec now;
	struct beat beat;

	(void)state;
	make_beat(&beat);
	dispatch_source_set_timer(beat.source, start, NSEC_PER_MSEC, 0);
	dispatch_activate(beat.source);
	AWAIT(&beat.event);
	AWAIT(&beat.event);
	clock_gettime(CLOCK_REALTIME, &now);
	assert_true(dispatch_walltime(&now, 0) <= start);
	end_beat(&beat);
}

static void what_a_suspended_timer_misses_is_counted(void **state)
{
	uint64_t start = now_ns();
	struct beat beat;

	(void)state;
	make_beat(&beat);
	dispatch_source_set_timer(beat.source, start, NSEC_PER_MSEC, 0);
	dispatch_activate(beat.source);
	AWAIT(&beat.event);
	dispatch_suspend(beat.source);
	await_time(start + 20 * NSEC_PER_MSEC);
	while (event_try(&beat.event))
		;
	dispatch_resume(beat.source);
	AWAIT(&beat.event);
	end_beat(&beat);
	assert_true(beat.fired >= 19);
}

static void a_timer_can_be_set_anew(void **state)
{
	uint64_t start = now_ns() + NSEC_PER_MSEC;
	struct beat beat;

	(void)state;
	make_beat(&beat);
	dispatch_source_set_timer(beat.source, start + 3600 * NSEC_PER_SEC, 1, 0);
	dispatch_activate(beat.source);
	dispatch_source_set_timer(beat.source, start, DISPATCH_TIME_FOREVER, 0);
	AWAIT(&beat.event);
	dispatch_source_set_timer(beat.source, DISPATCH_TIME_NOW, DISPATCH_TIME_FOREVER, 0);
	AWAIT(&beat.event);
	dispatch_source_set_timer(beat.source, DISPATCH_TIME_FOREVER, 1, 0);
	end_beat(&beat);
	assert_int_equal(beat.fired, 2);
}

static void a_cancelled_timer_fires_no_more(void **state)
{
	struct beat beat;
	uint64_t fired;

	(void)state;
	make_beat(&beat);
	dispatch_source_set_timer(beat.source, DISPATCH_TIME_NOW, 100000, 0);
	dispatch_activate(beat.source);
	AWAIT(&beat.event);
	end_beat(&beat);
	fired = beat.fired;
	await_time(now_ns() + 3 * NSEC_PER_MSEC);
	assert_int_equal(beat.fired, fired);
}

static void a_released_timer_fires_no_more(void **state)
{
	dispatch_source_t source;
	struct event finalized;

	(void)state;
	for (int i = 0; i < 200; i++) {
		event_init(&finalized);
		source = dispatch_source_create(DISPATCH_SOURCE_TYPE_TIMER, 0, 0, NULL);
		dispatch_source_set_timer(source, DISPATCH_TIME_NOW, 10000, 0);
		dispatch_set_context(source, &finalized);
		dispatch_set_finalizer_f(source, post);
		dispatch_activate(source);
		dispatch_release(source);
		AWAIT(&finalized);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_for_later_comes_when_it_is_time),
		cmocka_unit_test(the_wall_clock_is_kept_too),
		cmocka_unit_test(what_is_due_already_comes_at_once),
		cmocka_unit_test(many_timers_come_in_the_order_of_their_times),
		cmocka_unit_test(a_timer_fires_again_and_again),
		cmocka_unit_test(a_timer_without_interval_fires_once),
		cmocka_unit_test(a_wall_clock_timer_fires),
		cmocka_unit_test(what_a_suspended_timer_misses_is_counted),
		cmocka_unit_test(a_timer_can_be_set_anew),
		cmocka_unit_test(a_cancelled_timer_fires_no_more),
		cmocka_unit_test(a_released_timer_fires_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
