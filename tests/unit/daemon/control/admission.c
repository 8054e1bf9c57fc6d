/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/control/admission.h and entries.h: the rule of who may have a client, and the directory it
 * is read from.
 */
#include "daemon/control/admission.h"

#include "daemon/control/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/admission-test-XXXXXX";
static unsigned int complaints;
static char last_complaint[1024];

static void count_complaint(void *context, const char *text)
{
	(void)context;
	complaints++;
	snprintf(last_complaint, sizeof(last_complaint), "%s", text);
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	complaints = 0;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void write_entry(const char *name, const char *text, mode_t mode)
{
	char path[256];
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(file, mode), 0);
	close(file);
}

static struct entries *load(void)
{
	struct entries *entries = NULL;

	assert_int_equal(entries_load(&entries, folder, count_complaint, NULL), 0);
	return entries;
}

static void the_rule_without_entries(void **state)
{
	static const struct {
		struct applicant applicant;
		enum admission_result result;
		bool unprivileged;
	} cases[] = {
		{{0, true, "", CONTROL_CLIENT_ORDINARY}, ADMISSION_GRANTED, false},
		{{0, false, "", CONTROL_CLIENT_ORDINARY}, ADMISSION_NOT_PERMITTED, false},
		{{1000, false, "", CONTROL_CLIENT_ORDINARY}, ADMISSION_NOT_PRIVILEGED, false},
		{{1000, true, "", CONTROL_CLIENT_ORDINARY}, ADMISSION_NOT_PRIVILEGED, false},
		{{0, true, "", CONTROL_CLIENT_DESCENDANTS}, ADMISSION_GRANTED, false},
		{{0, false, "", CONTROL_CLIENT_DESCENDANTS}, ADMISSION_GRANTED, true},
		{{1000, false, "", CONTROL_CLIENT_DESCENDANTS}, ADMISSION_GRANTED, true},
	};
	struct admission admission;
	char text[CONTROL_TEXT_MAX];

	(void)state;
	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		text[0] = '\0';
		assert_int_equal(admission_decide(NULL, &cases[index].applicant, &admission, text),
				 cases[index].result);
		if (cases[index].result == ADMISSION_GRANTED)
			assert_int_equal(admission.unprivileged, cases[index].unprivileged);
		else
			assert_true(strlen(text) > 40);
	}
}

static void an_entry_decides_before_the_rule(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;
	struct applicant applicant = {.uid = 1000, .unit = "a.service"};
	struct admission admission;
	char text[CONTROL_TEXT_MAX];

	(void)state;
	write_entry("10-unit.conf", "unit = a.service\nallow = yes\ndebuggable = yes\n", 0600);
	write_entry("20-user.conf", "uid = 1000\nallow = no\n", 0644);
	write_entry("30-quiet.conf", "uid = 1001\nallow = yes\ndescendants = no\n", 0644);
	write_entry("readme.txt", "not read", 0644);
	entries = load();
	assert_int_equal(complaints, 0);
	assert_int_equal(entries->count, 3);

	assert_int_equal(admission_decide(entries, &applicant, &admission, text),
			 ADMISSION_GRANTED);
	assert_string_equal(admission.entry->name, "10-unit.conf");
	assert_true(admission.debuggable);
	assert_false(admission.unprivileged);

	applicant.unit = "";
	assert_int_equal(admission_decide(entries, &applicant, &admission, text),
			 ADMISSION_NOT_ENTITLED);
	assert_non_null(strstr(text, "20-user.conf"));

	applicant.uid = 1001;
	assert_int_equal(admission_decide(entries, &applicant, &admission, text),
			 ADMISSION_GRANTED);
	applicant.kind = CONTROL_CLIENT_DESCENDANTS;
	assert_int_equal(admission_decide(entries, &applicant, &admission, text),
			 ADMISSION_NOT_ENTITLED);
}

static void root_too_can_be_refused(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;
	const struct applicant applicant = {.uid = 0, .capable = true, .unit = "b.service"};
	struct admission admission;
	char text[CONTROL_TEXT_MAX];

	(void)state;
	write_entry("b.conf", "unit = b.service\nallow = no\n", 0600);
	entries = load();
	assert_int_equal(admission_decide(entries, &applicant, &admission, text),
			 ADMISSION_NOT_ENTITLED);
}

static void a_user_is_looked_up_by_name(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;

	(void)state;
	write_entry("a.conf", "user = daemon\nallow = yes\n", 0600);
	write_entry("b.conf", "user = nobody-of-that-name\nallow = yes\n", 0600);
	entries = load();
	assert_int_equal(entries->count, 1);
	assert_non_null(entries_find(entries, 1, ""));
	assert_int_equal(complaints, 1);
	assert_non_null(strstr(last_complaint, "nobody-of-that-name"));
}

static void files_that_others_could_change_are_left_out(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;

	(void)state;
	write_entry("a.conf", "uid = 7\nallow = yes\n", 0664);
	write_entry("b.conf", "uid = 7\nallow = yes\n", 0602);
	entries = load();
	assert_int_equal(entries->count, 0);
	assert_int_equal(complaints, 2);
}

static void what_cannot_be_understood_is_left_out_and_told(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;
	char path[128];

	(void)state;
	write_entry("a.conf", "uid = 7\nallow = maybe\n", 0600);
	snprintf(path, sizeof(path), "%s/folder.conf", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	entries = load();
	assert_int_equal(entries->count, 0);
	assert_int_equal(complaints, 2);
}

static void a_file_that_is_too_large_is_left_out(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;
	OWNED_MEMORY char *text = malloc(LIMIT_ENTRY_BYTES + 2);

	(void)state;
	memset(text, '\n', LIMIT_ENTRY_BYTES + 1);
	text[LIMIT_ENTRY_BYTES + 1] = '\0';
	memcpy(text, "uid = 7\nallow = yes\n", 20);
	write_entry("a.conf", text, 0600);
	entries = load();
	assert_int_equal(entries->count, 0);
	assert_int_equal(complaints, 1);
}

static void more_files_than_the_limit_are_left_out(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;
	char name[32];

	(void)state;
	for (int index = 0; index < LIMIT_ENTRIES + 2; index++) {
		snprintf(name, sizeof(name), "%04d.conf", index);
		write_entry(name, "uid = 7\nallow = yes\n", 0600);
	}
	entries = load();
	assert_int_equal(entries->count, LIMIT_ENTRIES);
	assert_int_equal(complaints, 1);
	assert_non_null(strstr(last_complaint, "0256.conf"));
}

static void no_directory_is_no_entry(void **state)
{
	OWNED(entries_free) struct entries *entries = NULL;

	(void)state;
	assert_int_equal(entries_load(&entries, "/nonexistent/clients.d", count_complaint, NULL),
			 0);
	assert_int_equal(entries->count, 0);
	assert_null(entries_find(entries, 0, ""));
	entries = entries_free(entries);
	assert_int_equal(entries_load(&entries, "/etc/passwd", count_complaint, NULL), -ENOTDIR);
	assert_null(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
		CASE(the_rule_without_entries),
		CASE(an_entry_decides_before_the_rule),
		CASE(root_too_can_be_refused),
		CASE(a_user_is_looked_up_by_name),
		CASE(files_that_others_could_change_are_left_out),
		CASE(what_cannot_be_understood_is_left_out_and_told),
		CASE(a_file_that_is_too_large_is_left_out),
		CASE(more_files_than_the_limit_are_left_out),
		CASE(no_directory_is_no_entry),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
