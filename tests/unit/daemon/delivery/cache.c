/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer cache: what is remembered, what is not, and that it never grows beyond its limit.
 */
#include "daemon/delivery/cache.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const int64_t now = INT64_C(1700000000000000000);

static struct cache_key key(uint64_t inode)
{
	return (struct cache_key){
		.executable = {.device = 1, .inode = 2},
		.target = {.device = 1, .inode = inode, .changed_ns = 5},
		.event = 1,
	};
}

static void an_answer_is_remembered_for_its_key_alone(void **state)
{
	struct cache cache = {0};
	struct cache_key kept = key(7);
	struct cache_key other = key(7);
	uint32_t flags = 0;

	(void)state;
	cache_put(&cache, &kept, 3, now);
	assert_true(cache_find(&cache, &kept, &flags));
	assert_int_equal(flags, 3);
	other.target.changed_ns++;
	assert_false(cache_find(&cache, &other, &flags));
	other = key(7);
	other.client_index = 1;
	assert_false(cache_find(&cache, &other, &flags));
	cache_clear(&cache);
	assert_false(cache_find(&cache, &kept, &flags));
	assert_int_equal(cache_count(&cache), 0);
}

static void a_file_changed_a_moment_ago_is_not_remembered(void **state)
{
	struct cache cache = {0};
	struct cache_key fresh = key(7);
	uint32_t flags;

	(void)state;
	fresh.target.changed_ns = now - 1000000;
	cache_put(&cache, &fresh, 3, now);
	assert_false(cache_find(&cache, &fresh, &flags));
	fresh.target.changed_ns = now - 1000000000;
	cache_put(&cache, &fresh, 3, now);
	assert_true(cache_find(&cache, &fresh, &flags));
	cache_clear(&cache);
}

static void a_full_cache_forgets_the_oldest(void **state)
{
	struct cache cache = {0};
	struct cache_key oldest = key(0);
	struct cache_key newest = key(CACHE_ENTRIES_MAX);
	uint32_t flags;

	(void)state;
	for (uint64_t i = 0; i <= CACHE_ENTRIES_MAX; i++) {
		struct cache_key next = key(i);

		cache_put(&cache, &next, 1, now);
	}
	assert_int_equal(cache_count(&cache), CACHE_ENTRIES_MAX);
	assert_false(cache_find(&cache, &oldest, &flags));
	assert_true(cache_find(&cache, &newest, &flags));
	cache_clear(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_remembered_for_its_key_alone),
		cmocka_unit_test(a_file_changed_a_moment_ago_is_not_remembered),
		cmocka_unit_test(a_full_cache_forgets_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
