/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of attributes was, by what was seen before.
 */
#include "daemon/engine/fanotify/attributes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct file_key file = {.fsid = 1, .handle = 2};

static struct record_stat seen(void)
{
	return (struct record_stat){
		.mode = 0100644,
		.uid = 1,
		.gid = 1,
		.links = 1,
		.size = 100,
		.accessed = {.seconds = 1000},
		.modified = {.seconds = 2000},
		.changed = {.seconds = 2000},
	};
}

static struct attributes *knowing(void)
{
	struct attributes *attributes = NULL;
	struct record_stat stat = seen();

	assert_int_equal(attributes_new(&attributes, 64), 0);
	assert_int_equal(attributes_compare(attributes, &file, &stat, false), ATTRIBUTE_UNKNOWN);
	return attributes;
}

static void a_file_seen_for_the_first_time_has_no_change(void **state)
{
	OWNED(attributes_free) struct attributes *attributes = knowing();
	struct record_stat stat = seen();

	(void)state;
	assert_int_equal(attributes_compare(attributes, &file, &stat, false), 0);
}

static void each_attribute_is_told_from_the_others(void **state)
{
	OWNED(attributes_free) struct attributes *attributes = knowing();
	struct record_stat stat = seen();

	(void)state;
	stat.mode = 0100600;
	assert_int_equal(attributes_compare(attributes, &file, &stat, false), ATTRIBUTE_MODE);
	stat.gid = 7;
	assert_int_equal(attributes_compare(attributes, &file, &stat, false), ATTRIBUTE_OWNER);
	stat.modified.seconds = 500;
	assert_int_equal(attributes_compare(attributes, &file, &stat, false), ATTRIBUTE_TIMES);
	stat.links = 2;
	assert_int_equal(attributes_compare(attributes, &file, &stat, false), ATTRIBUTE_LINKS);
	stat.size = 10;
	assert_int_equal(attributes_compare(attributes, &file, &stat, true), ATTRIBUTE_SHORTER);
}

static void a_write_is_no_change_of_times(void **state)
{
	OWNED(attributes_free) struct attributes *attributes = knowing();
	struct record_stat stat = seen();

	(void)state;
	stat.modified.seconds = stat.changed.seconds = 3000;
	assert_int_equal(attributes_compare(attributes, &file, &stat, true), 0);
	stat.accessed.seconds = 4000;
	assert_int_equal(attributes_compare(attributes, &file, &stat, false), 0);
}

static void times_set_after_a_write_are_noticed(void **state)
{
	OWNED(attributes_free) struct attributes *attributes = knowing();
	struct record_stat stat = seen();

	(void)state;
	stat.changed.seconds = 3000;
	stat.modified.seconds = 1500;
	assert_int_equal(attributes_compare(attributes, &file, &stat, true), ATTRIBUTE_TIMES);
}

static void a_close_knows_whether_something_was_written(void **state)
{
	OWNED(attributes_free) struct attributes *attributes = knowing();
	const struct file_key stranger = {.fsid = 1, .handle = 3};
	struct record_stat stat = seen();

	(void)state;
	assert_false(attributes_take_written(attributes, &file));
	attributes_compare(attributes, &file, &stat, true);
	assert_true(attributes_take_written(attributes, &file));
	assert_false(attributes_take_written(attributes, &file));
	assert_true(attributes_take_written(attributes, &stranger));
}

static void a_full_table_forgets_what_was_not_used(void **state)
{
	OWNED(attributes_free) struct attributes *attributes = NULL;
	struct record_stat stat = seen();
	struct file_key key = {.fsid = 1};

	(void)state;
	assert_int_equal(attributes_new(&attributes, 4), 0);
	for (key.handle = 1; key.handle <= 5; key.handle++)
		assert_int_equal(attributes_compare(attributes, &key, &stat, false),
				 ATTRIBUTE_UNKNOWN);
	key.handle = 1;
	assert_false(attributes_known(attributes, &key, &stat));
	key.handle = 5;
	assert_true(attributes_known(attributes, &key, &stat));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_seen_for_the_first_time_has_no_change),
		cmocka_unit_test(each_attribute_is_told_from_the_others),
		cmocka_unit_test(a_write_is_no_change_of_times),
		cmocka_unit_test(times_set_after_a_write_are_noticed),
		cmocka_unit_test(a_close_knows_whether_something_was_written),
		cmocka_unit_test(a_full_table_forgets_what_was_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
