/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of pidversions: what is in it survives, and what this daemon could not have left is put
 * aside, whatever it is, and does no harm.
 */
#include "daemon/engine/fanotify/versions.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { HEAD = sizeof(struct versions_head), ENTRY = sizeof(struct versions_entry) };

static const struct run run = {.start_ticks = 1, .code_start = 2, .code_end = 3, .stack_start = 4};
static char folder[] = "/tmp/versions-test-XXXXXX";
static char path[64];
static char aside[72];
static char text[CONTROL_TEXT_MAX];

static int make_folder(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/versions", folder);
	snprintf(aside, sizeof(aside), "%s.old", path);
	text[0] = '\0';
	return 0;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static struct versions *open_it(int expected)
{
	struct versions *versions = NULL;

	assert_int_equal(versions_open(&versions, path, text), expected);
	return versions;
}

/* A file with one entry, of pid 7, closed again. */
static void leave_one(void)
{
	OWNED(versions_free) struct versions *versions = open_it(VERSIONS_BEGUN);

	versions_raise(versions, 70);
	assert_int_equal(versions_put(versions, 7, 70, &run), 1);
}

static void change(off_t offset, const void *bytes, size_t size)
{
	OWNED_DESCRIPTOR int file = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(file, bytes, size, offset), size);
}

static unsigned int count(const struct versions *versions)
{
	unsigned int found = 0;

	for (uint32_t place = 1; place <= versions_places(versions); place++)
		found += versions_at(versions, place) != NULL;
	return found;
}

/* It is put aside with these words, and a new one serves. */
static void check_put_aside(const char *words)
{
	OWNED(versions_free) struct versions *versions = open_it(VERSIONS_BEGUN);
	struct stat status;

	assert_non_null(strstr(text, words));
	assert_int_equal(lstat(aside, &status), 0);
	assert_int_equal(count(versions), 0);
	assert_int_equal(versions_last(versions), 0);
	assert_int_equal(versions_put(versions, 8, 1, &run), 1);
}

static void what_is_kept_is_there_for_the_next(void **state)
{
	OWNED(versions_free) struct versions *versions = NULL;
	const struct versions_entry *entry;
	struct stat status;

	(void)state;
	leave_one();
	versions = open_it(0);
	assert_string_equal(text, "");
	assert_int_equal(versions_last(versions), 70);
	assert_int_equal(count(versions), 1);
	entry = versions_at(versions, 1);
	assert_int_equal(entry->pid, 7);
	assert_int_equal(entry->version, 70);
	assert_true(run_same(&entry->run, &run));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	assert_true(status.st_size < 64 * 1024);
}

static void what_is_dropped_is_not(void **state)
{
	OWNED(versions_free) struct versions *versions = open_it(VERSIONS_BEGUN);

	(void)state;
	assert_int_equal(versions_put(versions, 7, 70, &run), 1);
	assert_int_equal(versions_put(versions, 8, 71, &run), 2);
	versions_drop(versions, 1);
	versions_drop(versions, 1);
	assert_null(versions_at(versions, 1));
	assert_int_equal(versions_put(versions, 9, 72, &run), 1);
	assert_int_equal(versions_put(versions, 10, 73, &run), 3);
}

static void a_run_is_all_of_its_parts(void **state)
{
	struct run other[4] = {run, run, run, run};

	(void)state;
	other[0].start_ticks++;
	other[1].code_start++;
	other[2].code_end++;
	other[3].stack_start++;
	assert_true(run_same(&run, &run));
	for (size_t i = 0; i < 4; i++)
		assert_false(run_same(&run, &other[i]));
}

static void a_full_one_refuses_and_recovers(void **state)
{
	OWNED(versions_free) struct versions *versions = open_it(VERSIONS_BEGUN);

	(void)state;
	for (uint32_t place = 1; place <= VERSIONS_MAX; place++)
		assert_int_equal(versions_put(versions, place, place, &run), place);
	assert_int_equal(versions_put(versions, 1, 1, &run), 0);
	versions_drop(versions, 5000);
	assert_int_equal(versions_put(versions, 1, 1, &run), 5000);
	versions_free(TAKE(versions));
	versions = open_it(0);
	assert_int_equal(count(versions), VERSIONS_MAX);
	assert_int_equal(versions_put(versions, 1, 1, &run), 0);
}

static void one_daemon_has_it_at_a_time(void **state)
{
	OWNED(versions_free) struct versions *versions = open_it(VERSIONS_BEGUN);

	(void)state;
	assert_int_equal(versions_put(versions, 7, 70, &run), 1);
	open_it(-EBUSY);
	assert_non_null(strstr(text, "another daemon's"));
	assert_int_equal(versions_at(versions, 1)->pid, 7);
}

static void one_that_is_cut_off_is_put_aside(void **state)
{
	const off_t sizes[] = {0,
			       1,
			       HEAD - 1,
			       HEAD,
			       HEAD + ENTRY,
			       HEAD + VERSIONS_STEP * ENTRY - 1,
			       HEAD + VERSIONS_STEP * ENTRY + 1,
			       HEAD + (off_t)ENTRY * (VERSIONS_MAX + VERSIONS_STEP)};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		leave_one();
		assert_int_equal(truncate(path, sizes[i]), 0);
		check_put_aside("cut off");
		assert_int_equal(unlink(path), 0);
	}
}

static void garbage_is_put_aside(void **state)
{
	unsigned char garbage[HEAD + VERSIONS_STEP * ENTRY];

	(void)state;
	leave_one();
	memset(garbage, 0xa5, sizeof(garbage));
	change(0, garbage, sizeof(garbage));
	check_put_aside("damaged");
}

static void one_that_was_never_finished_is_put_aside(void **state)
{
	const char nothing[8] = "";

	(void)state;
	leave_one();
	change(0, nothing, sizeof(nothing));
	check_put_aside("damaged");
}

static void one_of_another_boot_version_or_namespace_is_put_aside(void **state)
{
	static const struct {
		size_t offset;
		const char *words;
	} rows[] = {
		{offsetof(struct versions_head, boot), "another boot"},
		{offsetof(struct versions_head, pid_namespace), "another boot"},
		{offsetof(struct versions_head, format), "another version"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		leave_one();
		change((off_t)rows[i].offset, "?", 1);
		check_put_aside(rows[i].words);
		assert_int_equal(unlink(path), 0);
	}
}

static void garbage_behind_a_good_head_only_raises_the_last(void **state)
{
	struct versions_entry entries[4];
	OWNED(versions_free) struct versions *versions = NULL;

	(void)state;
	leave_one();
	memset(entries, 0x5a, sizeof(entries));
	change(HEAD + ENTRY, entries, sizeof(entries));
	versions = open_it(0);
	assert_int_equal(count(versions), 5);
	assert_int_equal(versions_last(versions), 0x5a5a5a5a);
}

static void one_that_others_may_write_is_put_aside(void **state)
{
	char other[sizeof(path) + 8];

	(void)state;
	leave_one();
	assert_int_equal(chmod(path, 0660), 0);
	check_put_aside("not this user's alone");
	snprintf(other, sizeof(other), "%s.link", path);
	assert_int_equal(link(path, other), 0);
	check_put_aside("not this user's alone");
}

static void what_is_no_file_is_put_aside(void **state)
{
	(void)state;
	assert_int_equal(symlink("/dev/null", path), 0);
	check_put_aside("Too many levels");
	assert_int_equal(unlink(aside), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_put_aside("no ordinary file");
	assert_int_equal(unlink(aside), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	check_put_aside("Is a directory");
}

static void what_cannot_be_put_aside_is_left_alone(void **state)
{
	char inside[sizeof(aside) + 8];

	(void)state;
	leave_one();
	assert_int_equal(chmod(path, 0640), 0);
	snprintf(inside, sizeof(inside), "%s/x", aside);
	assert_int_equal(mkdir(aside, 0700), 0);
	assert_int_equal(mkdir(inside, 0700), 0);
	open_it(-EISDIR);
	assert_non_null(strstr(text, "nor put aside"));
	assert_int_equal(access(path, F_OK), 0);
}

static void where_there_is_no_folder_there_is_none(void **state)
{
	(void)state;
	strcat(path, "/none");
	open_it(-ENOENT);
	assert_non_null(strstr(text, "Cannot make"));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(what_is_kept_is_there_for_the_next),
		IN_FOLDER(what_is_dropped_is_not),
		cmocka_unit_test(a_run_is_all_of_its_parts),
		IN_FOLDER(a_full_one_refuses_and_recovers),
		IN_FOLDER(one_daemon_has_it_at_a_time),
		IN_FOLDER(one_that_is_cut_off_is_put_aside),
		IN_FOLDER(garbage_is_put_aside),
		IN_FOLDER(one_that_was_never_finished_is_put_aside),
		IN_FOLDER(one_of_another_boot_version_or_namespace_is_put_aside),
		IN_FOLDER(garbage_behind_a_good_head_only_raises_the_last),
		IN_FOLDER(one_that_others_may_write_is_put_aside),
		IN_FOLDER(what_is_no_file_is_put_aside),
		IN_FOLDER(what_cannot_be_put_aside_is_left_alone),
		IN_FOLDER(where_there_is_no_folder_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
