/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of processes: who a pid is, was, and comes from.
 */
#include "daemon/engine/fanotify/process.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct process_limits small = {.living = 4, .gone = 2, .threads = 2};

static struct process_table *table_of(const struct process_limits *limits)
{
	struct process_table *table = NULL;

	assert_int_equal(process_table_new(&table, limits), 0);
	return table;
}

static void a_child_inherits_but_is_another(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);
	struct process *parent = process_table_add(table, 10);
	struct record_stat stat = {0};
	struct process *child;

	(void)state;
	parent->token.words[RECORD_TOKEN_EUID] = 7;
	parent->group = 9;
	parent->image = image_new("/bin/x", 6, &stat, RECORD_FILE_PRESENT);
	parent->subtrees.words[1] = 4;
	child = process_table_fork(table, parent, 11);
	assert_int_equal(child->token.words[RECORD_TOKEN_EUID], 7);
	assert_int_equal(child->token.words[RECORD_TOKEN_PID], 11);
	assert_int_not_equal(child->token.words[RECORD_TOKEN_PIDVERSION],
			     parent->token.words[RECORD_TOKEN_PIDVERSION]);
	assert_memory_equal(&child->parent, &parent->token, sizeof(child->parent));
	assert_int_equal(child->original_parent_pid, 10);
	assert_int_equal(child->group, 9);
	assert_ptr_equal(child->image, parent->image);
	assert_int_equal(child->subtrees.words[1], 4);
}

static void a_pid_used_again_is_another_process(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);
	struct process *first = process_table_add(table, 10);
	struct record_token token = first->token;
	struct process *second;

	(void)state;
	process_table_end(table, first);
	assert_null(process_table_find(table, 10));
	assert_ptr_equal(process_table_gone(table, 10), first);
	second = process_table_add(table, 10);
	assert_ptr_equal(process_table_find(table, 10), second);
	assert_ptr_equal(process_table_gone(table, 10), first);
	assert_ptr_equal(process_table_exact(table, &token), first);
	assert_ptr_equal(process_table_exact(table, &second->token), second);
}

static void a_pid_that_is_taken_over_ends_its_owner(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);
	struct process *first = process_table_add(table, 10);
	struct process *second = process_table_add(table, 10);

	(void)state;
	assert_true(first->gone);
	assert_ptr_equal(process_table_find(table, 10), second);
	assert_int_equal(process_table_living(table), 1);
}

static void a_full_table_refuses_and_recovers(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);

	(void)state;
	for (pid_t pid = 1; pid <= 4; pid++)
		assert_non_null(process_table_add(table, pid));
	assert_null(process_table_add(table, 5));
	process_table_end(table, process_table_find(table, 2));
	assert_non_null(process_table_add(table, 5));
}

static void the_oldest_of_the_gone_make_room(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);

	(void)state;
	for (pid_t pid = 1; pid <= 3; pid++)
		process_table_end(table, process_table_add(table, pid));
	assert_null(process_table_gone(table, 1));
	assert_non_null(process_table_gone(table, 2));
	assert_non_null(process_table_gone(table, 3));
}

static void a_reference_outlives_the_table(void **state)
{
	struct process_table *table = table_of(&small);
	struct process *process = process_ref(process_table_add(table, 10));

	(void)state;
	process_table_free(table);
	assert_int_equal(process_pid(process), 10);
	process_unref(process);
}

static void threads_lead_to_their_process_until_it_ends(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);
	struct process *process = process_table_add(table, 10);

	(void)state;
	assert_int_equal(process_table_thread_add(table, 11, process), 0);
	assert_int_equal(process_table_thread_add(table, 12, process), 0);
	assert_int_equal(process_table_thread_add(table, 13, process), -ENOSPC);
	assert_ptr_equal(process_table_thread(table, 11), process);
	process_table_thread_remove(table, 11);
	assert_null(process_table_thread(table, 11));
	process_table_end(table, process);
	assert_null(process_table_thread(table, 12));
}

static void end_it(void *context, struct process *process)
{
	process_table_end(context, process);
}

static void processes_may_end_while_all_are_visited(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);

	(void)state;
	/* All in one chain. */
	for (pid_t i = 0; i < 4; i++)
		process_table_add(table, 7 + i * 16384);
	process_table_each(table, end_it, table);
	assert_int_equal(process_table_living(table), 0);
}

/* ---- What the daemon before has left ---- */

static char file[] = "/tmp/process-test-XXXXXX";

static int name_file(void **state)
{
	int made = mkstemp(file);

	(void)state;
	if (made < 0 || unlink(file) < 0)
		return -1;
	return close(made);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(file);
	strcpy(strrchr(file, '-'), "-XXXXXX");
	return 0;
}

static uint32_t version_of(const struct process *process)
{
	return process->token.words[RECORD_TOKEN_PIDVERSION];
}

/* What /proc would say: every process has started at its pid; 13 has executed something since, and
 * 14 is gone. */
static int look(const struct gather *gather, struct process *process)
{
	pid_t pid = process_pid(process);

	(void)gather;
	process->run = (struct run){.start_ticks = (uint64_t)pid, .stack_start = pid == 13};
	process->run_known = true;
	return pid == 14 ? -ESRCH : 0;
}

static void adopt(struct process_table *table)
{
	struct versions *versions = NULL;
	char text[CONTROL_TEXT_MAX];

	assert_true(versions_open(&versions, file, text) >= 0);
	process_table_adopt(table, versions, look, NULL);
}

static struct process *add_kept(struct process_table *table, pid_t pid)
{
	struct process *process = process_table_add(table, pid);

	process->run = (struct run){.start_ticks = (uint64_t)pid};
	process->run_known = true;
	process_table_keep(table, process);
	assert_true(process->kept != 0);
	return process;
}

static const struct process_limits several = {.living = 64, .gone = 2, .threads = 2};

/* A daemon that knew the pids 10 to 15, of which it did not tell 15. Returns the highest version.
 */
static uint32_t live_before(uint32_t ret_versions[16])
{
	OWNED(process_table_free) struct process_table *table = table_of(&several);
	struct process *last;

	adopt(table);
	for (pid_t pid = 1; pid < 10; pid++)
		process_table_end(table, process_table_add(table, pid));
	for (pid_t pid = 10; pid < 15; pid++)
		ret_versions[pid] = version_of(add_kept(table, pid));
	process_table_end(table, process_table_find(table, 12));
	last = process_table_add(table, 15);
	return ret_versions[15] = version_of(last);
}

static void the_same_run_has_the_same_version(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&several);
	uint32_t versions[16];
	uint32_t highest = live_before(versions);
	struct process *child, *process;

	(void)state;
	for (pid_t pid = 10; pid < 16; pid++)
		process_table_add(table, pid);
	child = process_table_fork(table, process_table_find(table, 11), 16);
	adopt(table);
	assert_int_equal(version_of(process_table_find(table, 10)), versions[10]);
	assert_int_equal(version_of(process_table_find(table, 11)), versions[11]);
	assert_int_equal(child->parent.words[RECORD_TOKEN_PIDVERSION], versions[11]);
	/* Ended, executed, gone, not told of, new: none of them is who it was. */
	for (pid_t pid = 12; pid < 17; pid++)
		assert_true(version_of(process_table_find(table, pid)) > highest);
	process = process_table_add(table, 17);
	assert_true(version_of(process) > version_of(child));
}

static void an_exec_or_an_end_is_not_the_same(void **state)
{
	struct process_table *table = table_of(&several);
	struct process *process;
	uint32_t version, promised;

	(void)state;
	adopt(table);
	process = add_kept(table, 10);
	version = version_of(process);
	promised = process_table_promise(table, process);
	assert_true(promised > version);
	assert_int_equal(process_table_promise(table, process), promised);
	assert_int_equal(version_of(process), version);
	process_table_exec(table, process);
	assert_int_equal(version_of(process), promised);
	assert_int_equal(process->kept, 0);
	process_table_keep(table, process); /* its run is not known */
	assert_int_equal(process->kept, 0);
	process_table_exec(table, process);
	assert_true(version_of(process) > promised);
	process_table_end(table, add_kept(table, 11));
	process_table_free(table);

	table = table_of(&several);
	process_table_add(table, 10);
	process_table_add(table, 11);
	adopt(table);
	assert_int_equal(process_table_find(table, 10)->kept, 0);
	assert_int_equal(process_table_find(table, 11)->kept, 0);
	process_table_free(table);
}

static void without_a_file_nothing_is_kept(void **state)
{
	OWNED(process_table_free) struct process_table *table = table_of(&small);
	struct process *process = process_table_add(table, 10);

	(void)state;
	process->run_known = true;
	process_table_keep(table, process);
	assert_int_equal(process->kept, 0);
	process_table_exec(table, process);
	process_table_end(table, process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_inherits_but_is_another),
		cmocka_unit_test(a_pid_used_again_is_another_process),
		cmocka_unit_test(a_pid_that_is_taken_over_ends_its_owner),
		cmocka_unit_test(a_full_table_refuses_and_recovers),
		cmocka_unit_test(the_oldest_of_the_gone_make_room),
		cmocka_unit_test(a_reference_outlives_the_table),
		cmocka_unit_test(threads_lead_to_their_process_until_it_ends),
		cmocka_unit_test(processes_may_end_while_all_are_visited),
		cmocka_unit_test_setup_teardown(the_same_run_has_the_same_version, name_file,
						remove_file),
		cmocka_unit_test_setup_teardown(an_exec_or_an_end_is_not_the_same, name_file,
						remove_file),
		cmocka_unit_test(without_a_file_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
