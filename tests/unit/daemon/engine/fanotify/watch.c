/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of fanotify's events an event of ours needs.
 */
#include "daemon/engine/fanotify/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/fanotify.h>

#include <cmocka.h>

static struct watch_masks masks_for(unsigned int event)
{
	struct event_set events = {{0}};

	event_set_add(&events, event);
	return watch_masks_of(&events);
}

static void nothing_wanted_is_nothing_marked(void **state)
{
	struct event_set none = {{0}};
	struct watch_masks masks = watch_masks_of(&none);

	(void)state;
	assert_int_equal(masks.permission | masks.name, 0);
}

static void telling_never_holds(void **state)
{
	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++)
		if (event_describe(event)->action == EVENT_ACTION_NOTIFY)
			assert_int_equal(masks_for(event).permission, 0);
}

static void only_directories_are_held_for_listings(void **state)
{
	struct watch_masks masks = masks_for(EVENT_AUTH_READDIR);

	(void)state;
	assert_true(masks.permission & FAN_ACCESS_PERM);
	assert_int_equal(masks.permission_ignore, FAN_ACCESS_PERM);
	assert_int_equal(masks_for(EVENT_AUTH_OPEN).permission_ignore, 0);
}

static void masks_of_several_events_join(void **state)
{
	struct event_set events = {{0}};
	struct watch_masks masks;

	(void)state;
	event_set_add(&events, EVENT_AUTH_OPEN);
	event_set_add(&events, EVENT_AUTH_EXEC);
	event_set_add(&events, EVENT_NOTIFY_UNLINK);
	masks = watch_masks_of(&events);
	assert_int_equal(masks.permission, FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM | FAN_ONDIR);
	assert_int_equal(masks.name, FAN_DELETE | FAN_ONDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wanted_is_nothing_marked),
		cmocka_unit_test(telling_never_holds),
		cmocka_unit_test(only_directories_are_held_for_listings),
		cmocka_unit_test(masks_of_several_events_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
