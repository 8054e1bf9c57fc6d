/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which user's slice a control group lies in, and what a named process tree is.
 */
#include "tools/esctl/preset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_slice(const char *cgroup, const char *slice)
{
	assert_int_equal(preset_user_slice(cgroup), strlen(slice));
	assert_memory_equal(cgroup, slice, strlen(slice));
}

static void a_login_lies_in_its_users_slice(void **state)
{
	(void)state;
	expect_slice("/user.slice/user-1000.slice/session-2.scope\n",
		     "/user.slice/user-1000.slice");
	expect_slice("/user.slice/user-0.slice/user@0.service/app.slice\n",
		     "/user.slice/user-0.slice");
	expect_slice("/user.slice/user-1000.slice\n", "/user.slice/user-1000.slice");
}

static void what_is_no_login_lies_in_none(void **state)
{
	(void)state;
	expect_slice("/\n", "");
	expect_slice("/system.slice/cron.service\n", "");
	expect_slice("/user.slice\n", "");
	expect_slice("/user.slice/user-1000/x.slice\n", "");
	expect_slice("/a/user.slice/user-1000.slice\n", "");
}

static void a_tree_that_is_named_is_taken(void **state)
{
	struct preset preset = {.count = 0};

	(void)state;
	assert_int_equal(preset_build(&preset, getpid()), 0);
	assert_int_equal(preset.count, 1);
	assert_int_equal(preset.subjects[0].kind, CONTROL_MUTE_TREE);
	assert_int_equal(preset.subjects[0].pid, getpid());
}

static void a_desktop_is_a_login_and_the_services_it_waits_for(void **state)
{
	struct preset preset = {.count = 0};
	unsigned int journal = 0;

	(void)state;
	assert_int_equal(preset_desktop(&preset, getpid()), 0);
	for (size_t i = 0; i < preset.count; i++)
		journal += strcmp(preset.subjects[i].cgroup,
				  "/system.slice/systemd-journald.service") == 0;
	assert_int_equal(journal, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_lies_in_its_users_slice),
		cmocka_unit_test(what_is_no_login_lies_in_none),
		cmocka_unit_test(a_tree_that_is_named_is_taken),
		cmocka_unit_test(a_desktop_is_a_login_and_the_services_it_waits_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
