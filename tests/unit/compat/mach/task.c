/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process can learn its own audit token, and nothing else is pretended to be known.
 *
 * Read back through libbsm, so the two agree on the order of the words.
 */
#include <bsm/libbsm.h>
#include <mach/mach.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void a_process_knows_its_own_token(void **state)
{
	mach_msg_type_number_t count = TASK_AUDIT_TOKEN_COUNT;
	audit_token_t token;

	(void)state;
	assert_int_equal(task_info(mach_task_self(), TASK_AUDIT_TOKEN, (task_info_t)&token, &count),
			 KERN_SUCCESS);
	assert_int_equal(count, TASK_AUDIT_TOKEN_COUNT);
	assert_int_equal(audit_token_to_pid(token), getpid());
	assert_int_equal(audit_token_to_euid(token), geteuid());
	assert_int_equal(audit_token_to_egid(token), getegid());
	assert_int_equal(audit_token_to_ruid(token), getuid());
	assert_int_equal(audit_token_to_rgid(token), getgid());
	assert_int_equal(audit_token_to_pidversion(token), 0);
}

static void what_is_not_known_is_refused_and_nothing_written(void **state)
{
	mach_msg_type_number_t enough = TASK_AUDIT_TOKEN_COUNT;
	mach_msg_type_number_t too_few = TASK_AUDIT_TOKEN_COUNT - 1;
	audit_token_t token, before;
	task_info_t info = (task_info_t)&token;

	(void)state;
	memset(&token, 0x5a, sizeof(token));
	before = token;
	assert_int_equal(task_info(MACH_PORT_NULL, TASK_AUDIT_TOKEN, info, &enough),
			 KERN_INVALID_ARGUMENT);
	assert_int_equal(task_info(mach_task_self(), TASK_AUDIT_TOKEN + 1, info, &enough),
			 KERN_INVALID_ARGUMENT);
	assert_int_equal(task_info(mach_task_self(), TASK_AUDIT_TOKEN, info, &too_few),
			 KERN_INVALID_ARGUMENT);
	assert_memory_equal(&token, &before, sizeof(token));
	assert_int_equal(enough, TASK_AUDIT_TOKEN_COUNT);
}

static void an_error_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(mach_error_string(KERN_INVALID_ARGUMENT), "(os/kern) invalid argument");
	assert_string_equal(mach_error_string(-12345), "unknown error code");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_knows_its_own_token),
		cmocka_unit_test(what_is_not_known_is_refused_and_nothing_written),
		cmocka_unit_test(an_error_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
