/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each function of libbsm reads the word of a token that macOS keeps that part in.
 *
 * The token has eight different words, so a mix-up of two shows.
 */
#include <bsm/libbsm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const audit_token_t token = {{10, 11, 12, 13, 14, 15, 16, 17}};

static void each_part_is_in_its_own_word(void **state)
{
	(void)state;
	assert_int_equal(audit_token_to_auid(token), 10);
	assert_int_equal(audit_token_to_euid(token), 11);
	assert_int_equal(audit_token_to_egid(token), 12);
	assert_int_equal(audit_token_to_ruid(token), 13);
	assert_int_equal(audit_token_to_rgid(token), 14);
	assert_int_equal(audit_token_to_pid(token), 15);
	assert_int_equal(audit_token_to_asid(token), 16);
	assert_int_equal(audit_token_to_pidversion(token), 17);
}

static void all_parts_come_at_once(void **state)
{
	uid_t auid, euid, ruid;
	gid_t egid, rgid;
	pid_t pid;
	au_asid_t asid;
	au_tid_t tid = {.port = 1, .machine = 1};

	(void)state;
	audit_token_to_au32(token, &auid, &euid, &egid, &ruid, &rgid, &pid, &asid, &tid);
	assert_int_equal(auid, 10);
	assert_int_equal(euid, 11);
	assert_int_equal(egid, 12);
	assert_int_equal(ruid, 13);
	assert_int_equal(rgid, 14);
	assert_int_equal(pid, 15);
	assert_int_equal(asid, 16);
	assert_int_equal(tid.port, 0);
	assert_int_equal(tid.machine, 0);
}

static void a_part_nobody_wants_is_left_out(void **state)
{
	pid_t pid = 0;

	(void)state;
	audit_token_to_au32(token, NULL, NULL, NULL, NULL, NULL, &pid, NULL, NULL);
	assert_int_equal(pid, 15);
}

static void an_unset_login_is_minus_one(void **state)
{
	audit_token_t nobody = token;

	(void)state;
	nobody.val[0] = UINT32_MAX;
	assert_true(audit_token_to_auid(nobody) == AU_DEFAUDITID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_is_in_its_own_word),
		cmocka_unit_test(all_parts_come_at_once),
		cmocka_unit_test(a_part_nobody_wants_is_left_out),
		cmocka_unit_test(an_unset_login_is_minus_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
