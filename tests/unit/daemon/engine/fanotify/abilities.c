/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of each event, on machines that can do more and less.
 */
#include "daemon/engine/fanotify/abilities.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct engine_support support(const struct abilities *abilities, unsigned int event)
{
	struct engine_support support;

	memset(&support, 0xff, sizeof(support));
	abilities_support(abilities, event, &support);
	return support;
}

static void a_machine_with_everything_holds_opens_and_execs(void **state)
{
	const struct abilities everything = {0};

	(void)state;
	assert_int_equal(support(&everything, EVENT_AUTH_OPEN).level, CONTROL_SUPPORT_AUTH);
	assert_int_equal(support(&everything, EVENT_AUTH_EXEC).level, CONTROL_SUPPORT_AUTH);
	assert_int_equal(support(&everything, EVENT_NOTIFY_EXEC).level, CONTROL_SUPPORT_NOTIFY);
}

static void what_cannot_be_held_says_so(void **state)
{
	const struct abilities everything = {0};
	struct engine_support unlink = support(&everything, EVENT_AUTH_UNLINK);

	(void)state;
	assert_int_equal(unlink.level, CONTROL_SUPPORT_NONE);
	assert_non_null(strstr(unlink.reason, "cannot hold"));
}

static void every_event_that_is_refused_has_a_reason(void **state)
{
	static const struct abilities machines[] = {
		{0},
		{.permission_error = -EPERM, .name_error = -EPERM, .connector_error = -EPERM},
		{.permission_error = -EINVAL, .ignore_error = -EINVAL, .connector_error = -ENOSYS},
		{.name_error = -EMFILE},
	};

	(void)state;
	for (size_t machine = 0; machine < sizeof(machines) / sizeof(machines[0]); machine++) {
		for (unsigned int event = 0; event < EVENT_LAST; event++) {
			struct engine_support told = support(&machines[machine], event);

			if (told.level == CONTROL_SUPPORT_NONE)
				assert_true(strlen(told.reason) > 0);
			if (event_describe(event)->action == EVENT_ACTION_AUTH)
				assert_int_not_equal(told.level, CONTROL_SUPPORT_NOTIFY);
		}
	}
}

static void a_machine_without_the_right_says_what_to_do(void **state)
{
	const struct abilities nothing = {.permission_error = -EPERM, .name_error = -EPERM};
	const struct abilities full = {.permission_error = -EMFILE, .name_error = -EMFILE};
	const struct abilities half = {.permission_error = -EINVAL};
	char error[CONTROL_TEXT_MAX] = "";

	(void)state;
	assert_int_equal(abilities_sufficient(&nothing, error), -EPERM);
	assert_non_null(strstr(error, "CAP_SYS_ADMIN"));
	assert_int_equal(abilities_sufficient(&full, error), -EMFILE);
	assert_non_null(strstr(error, "max_user_groups"));
	assert_int_equal(abilities_sufficient(&half, error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_with_everything_holds_opens_and_execs),
		cmocka_unit_test(what_cannot_be_held_says_so),
		cmocka_unit_test(every_event_that_is_refused_has_a_reason),
		cmocka_unit_test(a_machine_without_the_right_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
