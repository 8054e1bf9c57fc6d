/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of paths: literals, prefixes, and that a look-up costs the path's length, not the number of
 * entries.
 */
#include "daemon/policy/paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(struct path_set *set, const char *path, unsigned int event)
{
	struct event_set events = {{0}};

	event_set_add(&events, event);
	assert_true(path_set_add(set, path, strlen(path), &events) >= 0);
}

static bool has_prefix(const struct path_set *set, const char *path)
{
	return path_set_has_prefix(set, path, strlen(path), 1);
}

static void a_prefix_matches_bytes_from_the_start(void **state)
{
	struct path_set set = {0};

	(void)state;
	add(&set, "/usr/b", 1);
	add(&set, "/opt/", 1);
	assert_true(has_prefix(&set, "/usr/bin/ls"));
	assert_true(has_prefix(&set, "/usr/b"));
	assert_true(has_prefix(&set, "/opt/x"));
	assert_false(has_prefix(&set, "/usr/"));
	assert_false(has_prefix(&set, "/opt"));
	assert_false(has_prefix(&set, "/x/usr/bin"));
	assert_false(has_prefix(&set, ""));
	path_set_done(&set);
}

static void the_empty_prefix_matches_everything(void **state)
{
	struct path_set set = {0};

	(void)state;
	add(&set, "", 1);
	assert_true(has_prefix(&set, ""));
	assert_true(has_prefix(&set, "/any"));
	path_set_done(&set);
}

static void an_entry_speaks_for_its_events_alone(void **state)
{
	struct path_set set = {0};

	(void)state;
	add(&set, "/a", 1);
	assert_true(path_set_has_literal(&set, "/a", 2, 1));
	assert_false(path_set_has_literal(&set, "/a", 2, 2));
	assert_false(path_set_has_literal(&set, "/ab", 3, 1));
	path_set_done(&set);
}

static void a_shorter_prefix_of_other_events_does_not_hide_a_longer_one(void **state)
{
	struct path_set set = {0};

	(void)state;
	add(&set, "/a", 2);
	add(&set, "/a/b", 1);
	assert_true(has_prefix(&set, "/a/b/c"));
	path_set_done(&set);
}

static void every_prefix_is_found_among_many_and_none_after_removal(void **state)
{
	struct path_set set = {0};
	struct event_set events = {{2}};
	char path[256];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		memset(path, 'x', sizeof(path));
		snprintf(path + i % 200, sizeof(path) - 200, "/%d/", i);
		add(&set, path, 1);
	}
	assert_int_equal(path_set_count(&set), 5000);
	for (int i = 0; i < 5000; i++) {
		memset(path, 'x', sizeof(path));
		snprintf(path + i % 200, sizeof(path) - 200, "/%d/more", i);
		assert_true(has_prefix(&set, path));
		path[strlen(path) - 4] = '\0';
		path_set_remove(&set, path, strlen(path), &events);
		assert_false(has_prefix(&set, path));
	}
	assert_int_equal(path_set_count(&set), 0);
	assert_int_equal(set.length_count, 0);
	path_set_done(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefix_matches_bytes_from_the_start),
		cmocka_unit_test(the_empty_prefix_matches_everything),
		cmocka_unit_test(an_entry_speaks_for_its_events_alone),
		cmocka_unit_test(a_shorter_prefix_of_other_events_does_not_hide_a_longer_one),
		cmocka_unit_test(every_prefix_is_found_among_many_and_none_after_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
