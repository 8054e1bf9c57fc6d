/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscribing: what is watched before it is promised, what is let go, and what is refused with
 * which words.
 */
#include "base/cleanup.h"
#include "daemon/delivery/clients.h"
#include "tests/unit/daemon/control/scene.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct scene_answer answer;

static struct event_set set_of(unsigned int event)
{
	struct event_set set = {{0}};

	event_set_add(&set, event);
	return set;
}

static int subscribe(struct scene *scene, struct event_set events)
{
	return scene_ask(scene, CONTROL_SUBSCRIBE, &events, sizeof(events), &answer);
}

static void what_is_subscribed_to_is_watched_first(void **state)
{
	struct scene *scene = *state;
	struct event_set subscribed;

	assert_int_equal(subscribe(scene, set_of(EVENT_AUTH_OPEN)), 0);
	assert_true(event_set_has(&scene->engine.watched, EVENT_AUTH_OPEN));
	assert_int_equal(subscribe(scene, set_of(EVENT_NOTIFY_EXIT)), 0);
	assert_true(event_set_has(&scene->engine.watched, EVENT_AUTH_OPEN));
	assert_true(event_set_has(&scene->engine.watched, EVENT_NOTIFY_EXIT));

	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), 0);
	memcpy(&subscribed, answer.body, sizeof(subscribed));
	assert_true(event_set_has(&subscribed, EVENT_AUTH_OPEN));
	assert_true(event_set_has(&subscribed, EVENT_NOTIFY_EXIT));
}

static void what_nobody_subscribes_to_any_more_is_let_go(void **state)
{
	struct scene *scene = *state;
	struct event_set open = set_of(EVENT_AUTH_OPEN);

	assert_int_equal(subscribe(scene, open), 0);
	assert_int_equal(scene_ask(scene, CONTROL_UNSUBSCRIBE, &open, sizeof(open), &answer), 0);
	while (!event_set_empty(&scene->engine.watched))
		assert_true(scene_turn(scene));
	/* The same when the client goes. */
	assert_int_equal(subscribe(scene, open), 0);
	close(TAKE_DESCRIPTOR(scene->socket));
	while (!event_set_empty(&scene->engine.watched))
		scene_turn(scene);
	assert_int_equal(scene->idle, 1);
}

static void what_cannot_be_enforced_is_refused_with_the_reason(void **state)
{
	struct scene *scene = *state;
	struct event_set events = set_of(EVENT_AUTH_OPEN);

	scene->engine.support[EVENT_AUTH_UNLINK] = CONTROL_SUPPORT_NOTIFY;
	event_set_add(&events, EVENT_AUTH_UNLINK);
	assert_int_equal(subscribe(scene, events), -EOPNOTSUPP);
	assert_non_null(strstr(answer.text, "AUTH_UNLINK (made up for event 8)"));
	assert_null(strstr(answer.text, "AUTH_OPEN"));
	assert_true(event_set_empty(&scene->engine.watched));
}

static void all_that_is_not_available_is_named_as_far_as_there_is_room(void **state)
{
	struct scene *scene = *state;
	struct event_set events = {{~0ULL, ~0ULL, 0}};

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		scene->engine.support[event] = CONTROL_SUPPORT_NONE;
	assert_int_equal(subscribe(scene, events), -EOPNOTSUPP);
	assert_non_null(strstr(answer.text, "AUTH_EXEC"));
	assert_non_null(strstr(answer.text, "and more."));
	assert_true(strlen(answer.text) < CONTROL_TEXT_MAX);
}

static void a_notify_event_needs_no_more_than_to_be_told(void **state)
{
	struct scene *scene = *state;

	scene->engine.support[EVENT_NOTIFY_UNLINK] = CONTROL_SUPPORT_NOTIFY;
	assert_int_equal(subscribe(scene, set_of(EVENT_NOTIFY_UNLINK)), 0);
	scene->engine.support[EVENT_NOTIFY_LINK] = CONTROL_SUPPORT_NONE;
	assert_int_equal(subscribe(scene, set_of(EVENT_NOTIFY_LINK)), -EOPNOTSUPP);
}

static void reserved_numbers_are_an_error_and_unknown_ones_are_nothing(void **state)
{
	struct scene *scene = *state;
	struct event_set events = {{0, 0, 1ULL << 63}}; /* 191: past the list */

	assert_int_equal(subscribe(scene, events), 0);
	assert_int_equal(subscribe(scene, set_of(EVENT_RESERVED_3)), -EINVAL);
}

static void an_engine_that_cannot_watch_refuses_in_its_own_words(void **state)
{
	struct scene *scene = *state;

	scene->engine.set_events_result = -ENOSPC;
	assert_int_equal(subscribe(scene, set_of(EVENT_AUTH_OPEN)), -ENOSPC);
	assert_string_equal(answer.text, "no room for marks");
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), 0);
	assert_int_equal(((const struct event_set *)(const void *)answer.body)->words[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CLIENT(test) cmocka_unit_test_setup_teardown(test, scene_make_client, scene_free)
		CLIENT(what_is_subscribed_to_is_watched_first),
		CLIENT(what_nobody_subscribes_to_any_more_is_let_go),
		CLIENT(what_cannot_be_enforced_is_refused_with_the_reason),
		CLIENT(all_that_is_not_available_is_named_as_far_as_there_is_room),
		CLIENT(a_notify_event_needs_no_more_than_to_be_told),
		CLIENT(reserved_numbers_are_an_error_and_unknown_ones_are_nothing),
		CLIENT(an_engine_that_cannot_watch_refuses_in_its_own_words),
#undef CLIENT
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
