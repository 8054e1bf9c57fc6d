/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libproc says of this process and of a child it made.
 *
 * Facts are compared with what the process knows of itself.
 */
#include <errno.h>
#include <libproc.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A child that waits to be told, and its end. */
struct helper {
	pid_t pid;
	int end;
};

static int start_helper(void **state)
{
	static struct helper helper;
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		return -1;
	helper.pid = fork();
	if (helper.pid == 0) {
		close(ends[1]);
		/* The name has what a careless reader of the file stumbles over. */
		prctl(PR_SET_NAME, "a) R 1 (b c");
		_exit(read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	helper.end = ends[1];
	*state = &helper;
	return helper.pid < 0 ? -1 : 0;
}

static int stop_helper(void **state)
{
	struct helper *helper = *state;

	close(helper->end);
	return waitpid(helper->pid, NULL, 0) == helper->pid ? 0 : -1;
}

static bool contains(const int *pids, int count, int pid)
{
	for (int i = 0; i < count; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

static void the_path_is_that_of_the_executable(void **state)
{
	char expected[PATH_MAX] = "", path[PROC_PIDPATHINFO_MAXSIZE];
	audit_token_t token = {.val = {[5] = (unsigned int)getpid()}};

	(void)state;
	assert_true(readlink("/proc/self/exe", expected, sizeof(expected) - 1) > 0);
	assert_int_equal(proc_pidpath(getpid(), path, sizeof(path)), strlen(expected));
	assert_string_equal(path, expected);
	path[0] = '\0';
	assert_int_equal(proc_pidpath_audittoken(&token, path, sizeof(path)), strlen(expected));
	assert_string_equal(path, expected);
}

static void a_small_buffer_stays_as_it_was(void **state)
{
	char buffer[2] = "x";

	(void)state;
	errno = 0;
	assert_int_equal(proc_pidpath(getpid(), buffer, sizeof(buffer)), 0);
	assert_int_equal(errno, ENOMEM);
	errno = 0;
	assert_int_equal(proc_name(getpid(), buffer, sizeof(buffer)), 0);
	assert_int_equal(errno, ENOMEM);
	errno = 0;
	assert_int_equal(proc_pidinfo(getpid(), PROC_PIDTBSDINFO, 0, buffer, sizeof(buffer)), 0);
	assert_int_equal(errno, ENOMEM);
	assert_string_equal(buffer, "x");
}

static void a_process_that_is_gone_is_not_found(void **state)
{
	struct proc_bsdinfo facts;
	char buffer[PATH_MAX];
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	errno = 0;
	assert_int_equal(proc_pidpath(pid, buffer, sizeof(buffer)), 0);
	assert_int_equal(errno, ESRCH);
	errno = 0;
	assert_int_equal(proc_name(pid, buffer, sizeof(buffer)), 0);
	assert_int_equal(errno, ESRCH);
	errno = 0;
	assert_int_equal(proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &facts, sizeof(facts)), 0);
	assert_int_equal(errno, ESRCH);
}

static void the_name_is_the_short_one(void **state)
{
	char name[16], before[16];

	(void)state;
	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, "a name\nof two");
	assert_int_equal(proc_name(getpid(), name, sizeof(name)), strlen("a name\nof two"));
	assert_string_equal(name, "a name\nof two");
	prctl(PR_SET_NAME, before);
}

static void the_basic_facts_are_those_of_the_process(void **state)
{
	const struct helper *helper = *state;
	struct proc_bsdinfo facts;
	struct timeval now;

	assert_int_equal(proc_pidinfo(helper->pid, PROC_PIDTBSDINFO, 0, &facts, sizeof(facts)),
			 sizeof(facts));
	assert_int_equal(facts.pbi_pid, helper->pid);
	assert_int_equal(facts.pbi_ppid, getpid());
	assert_int_equal(facts.pbi_pgid, getpgrp());
	assert_int_equal(facts.pbi_uid, geteuid());
	assert_int_equal(facts.pbi_ruid, getuid());
	assert_int_equal(facts.pbi_gid, getegid());
	assert_int_equal(facts.pbi_rgid, getgid());
	assert_int_equal(facts.pbi_nice, getpriority(PRIO_PROCESS, 0));
	assert_in_range(facts.pbi_status, SRUN, SSLEEP);
	assert_true(facts.pbi_nfiles >= 1);
	gettimeofday(&now, NULL);
	assert_in_range(facts.pbi_start_tvsec, (unsigned long)now.tv_sec - 600,
			(unsigned long)now.tv_sec + 2);
	assert_true(facts.pbi_start_tvusec < 1000000);
}

static void the_facts_of_a_process_do_not_change_between_calls(void **state)
{
	struct proc_bsdinfo first, second;

	(void)state;
	assert_int_equal(proc_pidinfo(1, PROC_PIDTBSDINFO, 0, &first, sizeof(first)),
			 sizeof(first));
	assert_int_equal(proc_pidinfo(1, PROC_PIDTBSDINFO, 0, &second, sizeof(second)),
			 sizeof(second));
	assert_int_equal(first.pbi_start_tvsec, second.pbi_start_tvsec);
	assert_int_equal(first.pbi_start_tvusec, second.pbi_start_tvusec);
}

static void an_unknown_question_is_refused(void **state)
{
	struct proc_bsdinfo facts;
	int pids[4];

	(void)state;
	errno = 0;
	assert_int_equal(proc_pidinfo(getpid(), PROC_PIDTBSDINFO + 1, 0, &facts, sizeof(facts)), 0);
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_int_equal(proc_listpids(99, 0, pids, sizeof(pids)), 0);
	assert_int_equal(errno, EINVAL);
}

static void all_processes_are_listed(void **state)
{
	const struct helper *helper = *state;
	int size = proc_listpids(PROC_ALL_PIDS, 0, NULL, 0);
	int *pids = malloc((size_t)size);
	int count;

	assert_non_null(pids);
	count = proc_listallpids(pids, size);
	assert_in_range(count, 2, size / (int)sizeof(int));
	assert_true(contains(pids, count, getpid()));
	assert_true(contains(pids, count, helper->pid));
	free(pids);
}

static void a_list_is_cut_to_its_buffer(void **state)
{
	int pids[3] = {0, 0, -1};

	(void)state;
	assert_int_equal(proc_listpids(PROC_ALL_PIDS, 0, pids, 2 * sizeof(int)), 2 * sizeof(int));
	assert_true(pids[0] > 0);
	assert_true(pids[1] > 0);
	assert_int_equal(pids[2], -1);
}

static void a_list_can_be_chosen_by_parent_group_and_user(void **state)
{
	const struct helper *helper = *state;
	int pids[4096];
	int count;

	assert_int_equal(proc_listchildpids(getpid(), pids, sizeof(pids)), 1);
	assert_int_equal(pids[0], helper->pid);

	count = proc_listpids(PROC_PGRP_ONLY, (uint32_t)getpgrp(), pids, sizeof(pids));
	assert_true(contains(pids, count / (int)sizeof(int), helper->pid));
	count = proc_listpids(PROC_UID_ONLY, geteuid(), pids, sizeof(pids));
	assert_true(contains(pids, count / (int)sizeof(int), helper->pid));
	count = proc_listpids(PROC_RUID_ONLY, 4000000000u, pids, sizeof(pids));
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_is_that_of_the_executable),
		cmocka_unit_test(a_small_buffer_stays_as_it_was),
		cmocka_unit_test(a_process_that_is_gone_is_not_found),
		cmocka_unit_test(the_name_is_the_short_one),
		cmocka_unit_test(the_basic_facts_are_those_of_the_process),
		cmocka_unit_test(the_facts_of_a_process_do_not_change_between_calls),
		cmocka_unit_test(an_unknown_question_is_refused),
		cmocka_unit_test(all_processes_are_listed),
		cmocka_unit_test(a_list_is_cut_to_its_buffer),
		cmocka_unit_test(a_list_can_be_chosen_by_parent_group_and_user),
	};

	return cmocka_run_group_tests(tests, start_helper, stop_helper);
}
