/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/service/watchdog.h: it says alive while every thread gets on, and who is stuck when one
 * does not. Engine and deadline thread are made up, so that they can be stuck.
 */
#include "daemon/service/watchdog.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PERIOD_US = 1000 };

struct engine {
	void (*done)(void *context); /* a fence that waits */
	void *context;
	bool stuck;
	int result;
};

static struct engine engine;
static uint64_t beats;
static bool beating;
static unsigned int alive;
static unsigned int stuck;
static char who[64];

uint64_t deadline_clock_beats(const struct deadline_clock *clock)
{
	(void)clock;
	return beating ? ++beats : beats;
}

static int engine_fence(struct engine *given, void (*done)(void *context), void *context)
{
	if (given->result < 0)
		return given->result;
	if (!given->stuck)
		done(context);
	given->done = given->stuck ? done : NULL;
	given->context = context;
	return 0;
}

static const struct engine_operations operations = {.fence = engine_fence};

static void say_alive(void *context)
{
	(void)context;
	alive++;
}

static void say_stuck(void *context, const char *name)
{
	(void)context;
	stuck++;
	strncpy(who, name, sizeof(who) - 1);
}

static struct watchdog *make(sd_event *event)
{
	const struct watchdog_options options = {
		.event = event,
		.operations = &operations,
		.engine = &engine,
		.period_us = PERIOD_US,
		.alive = say_alive,
		.stuck = say_stuck,
	};
	struct watchdog *watchdog = NULL;

	alive = stuck = 0;
	beating = true;
	assert_int_equal(watchdog_new(&watchdog, &options), 0);
	return watchdog;
}

static void look(sd_event *event)
{
	assert_true(sd_event_run(event, 10 * 1000 * 1000) > 0);
}

static int make_event(void **state)
{
	engine = (struct engine){.done = NULL};
	return sd_event_new((sd_event **)state) < 0;
}

static int free_event(void **state)
{
	sd_event_unref(*state);
	return 0;
}

static void it_is_alive_while_all_get_on(void **state)
{
	OWNED(watchdog_free) struct watchdog *watchdog = make(*state);

	assert_non_null(watchdog);
	look(*state);
	look(*state);
	assert_int_equal(alive, 2);
	assert_int_equal(stuck, 0);
}

static void an_engine_that_passes_no_fence_is_stuck_until_it_does(void **state)
{
	OWNED(watchdog_free) struct watchdog *watchdog = NULL;

	engine.stuck = true;
	watchdog = make(*state);
	look(*state);
	look(*state);
	assert_int_equal(alive, 0);
	assert_int_equal(stuck, 2);
	assert_string_equal(who, "the engine");
	engine.stuck = false;
	engine.done(engine.context);
	look(*state);
	assert_int_equal(alive, 1);
}

static void a_deadline_thread_that_does_not_beat_is_stuck(void **state)
{
	OWNED(watchdog_free) struct watchdog *watchdog = make(*state);

	assert_non_null(watchdog);
	look(*state);
	beating = false;
	look(*state);
	assert_int_equal(alive, 1);
	assert_int_equal(stuck, 1);
	assert_string_equal(who, "the deadline thread");
}

static void an_engine_without_fences_is_not_asked_for_any(void **state)
{
	OWNED(watchdog_free) struct watchdog *watchdog = NULL;

	engine.result = -ENOSPC;
	watchdog = make(*state);
	look(*state);
	assert_int_equal(alive, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_event, free_event)
		CASE(it_is_alive_while_all_get_on),
		CASE(an_engine_that_passes_no_fence_is_stuck_until_it_does),
		CASE(a_deadline_thread_that_does_not_beat_is_stuck),
		CASE(an_engine_without_fences_is_not_asked_for_any),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
