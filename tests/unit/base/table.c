/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/table.h: what is added is found until it is removed, at every size; and a walk meets what
 * stays, once, whatever comes and goes meanwhile.
 */
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 20000 };

struct thing {
	struct table_link link;
	uint32_t number;
	bool in;
	unsigned int met;
};

/* Numbers that look like hashes; and, with `same`, many things to each of them. */
static uint32_t hash(uint32_t number, uint32_t same)
{
	uint64_t wide = number / same;

	return table_hash(1, &wide, 1);
}

static struct thing *find(const struct table *table, uint32_t number, uint32_t same)
{
	struct table_link *link = table_find(table, hash(number, same));

	while (link && ((struct thing *)link)->number != number)
		link = table_find_next(link);
	return (struct thing *)link;
}

static struct thing *things_new(void)
{
	struct thing *things = calloc(MANY, sizeof(*things));

	assert_non_null(things);
	for (uint32_t i = 0; i < MANY; i++)
		things[i].number = i;
	return things;
}

static void add(struct table *table, struct thing *thing, uint32_t same)
{
	assert_int_equal(table_add(table, &thing->link, hash(thing->number, same)), 0);
	thing->in = true;
}

static void take_out(struct table *table, struct thing *thing)
{
	table_remove(table, &thing->link);
	thing->in = false;
}

static void all_is_found_at_every_size(uint32_t same)
{
	struct thing *things = things_new();
	struct table table = {.count = 0};

	for (uint32_t i = 0; i < MANY; i++) {
		assert_null(find(&table, i, same));
		add(&table, &things[i], same);
		assert_ptr_equal(find(&table, i, same), &things[i]);
		assert_ptr_equal(find(&table, i / 2, same), &things[i / 2]);
	}
	assert_int_equal(table.count, MANY);
	for (uint32_t i = 0; i < MANY; i += 3)
		take_out(&table, &things[i]);
	for (uint32_t i = 0; i < MANY; i++)
		assert_ptr_equal(find(&table, i, same), things[i].in ? &things[i] : NULL);
	for (uint32_t i = 0; i < MANY; i++)
		if (things[i].in)
			take_out(&table, &things[i]);
	assert_int_equal(table.count, 0);
	assert_null(find(&table, 1, same));
	table_done(&table, NULL);
	free(things);
}

static void what_is_added_is_found_until_it_is_removed(void **state)
{
	(void)state;
	all_is_found_at_every_size(1);
}

static void things_of_one_hash_are_told_apart(void **state)
{
	(void)state;
	all_is_found_at_every_size(100);
}

static void nothing_is_found_in_nothing(void **state)
{
	struct table table = {.count = 0};
	struct table_link *link = NULL;
	uint64_t place = 0;

	(void)state;
	assert_null(table_find(&table, 0));
	assert_false(table_step(&table, &place, &link));
	table_done(&table, NULL);
}

/* Walks to the end; after each step something changes. Returns the steps. */
static size_t walk(struct table *table, void (*change)(struct table *table, struct thing *things),
		   struct thing *things)
{
	struct table_link *link = NULL;
	uint64_t place = 0;
	size_t steps = 0;

	while (table_step(table, &place, &link)) {
		if (link)
			((struct thing *)link)->met++;
		change(table, things);
		steps++;
	}
	return steps;
}

static void nothing(struct table *table, struct thing *things)
{
	(void)table;
	(void)things;
}

/* The even ones stay, of the odd ones one comes or goes. */
static void an_odd_one(struct table *table, struct thing *things)
{
	static uint32_t next;
	struct thing *thing = &things[(next += 7919 * 2) % MANY | 1];

	if (thing->in)
		take_out(table, thing);
	else
		add(table, thing, 1);
}

static void a_walk_meets_everything_once(void **state)
{
	struct thing *things = things_new();
	struct table table = {.count = 0};

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		add(&table, &things[i], 10);
	assert_in_range(walk(&table, nothing, things), MANY, 2 * MANY);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(things[i].met, 1);
	table_done(&table, NULL);
	free(things);
}

static void a_walk_meets_what_stays_once_whatever_changes(void **state)
{
	struct thing *things = things_new();
	struct table table = {.count = 0};

	(void)state;
	/* It begins small, and grows under the walk. */
	for (uint32_t i = 0; i < MANY; i += 2)
		add(&table, &things[i], 1);
	walk(&table, an_odd_one, things);
	assert_in_range(table.count, MANY / 2 + 100, MANY);
	for (uint32_t i = 0; i < MANY; i++)
		assert_in_range(things[i].met, i % 2 ? 0 : 1, 1);
	table_done(&table, NULL);
	free(things);
}

static void a_walk_goes_on_in_a_table_that_was_made_anew(void **state)
{
	struct thing *things = things_new();
	struct table table = {.count = 0};
	struct table_link *link = NULL;
	uint64_t place = 0;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		add(&table, &things[i], 1);
	for (int i = 0; i < MANY / 2; i++) {
		assert_true(table_step(&table, &place, &link));
		if (link)
			((struct thing *)link)->met++;
	}
	table_done(&table, NULL);
	for (uint32_t i = 0; i < MANY; i += 100)
		add(&table, &things[i], 1);
	while (table_step(&table, &place, &link))
		if (link)
			((struct thing *)link)->met++;
	for (uint32_t i = 0; i < MANY; i++)
		assert_in_range(things[i].met, i % 100 ? 0 : 1, 1);
	table_done(&table, NULL);
	free(things);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_is_found_until_it_is_removed),
		cmocka_unit_test(things_of_one_hash_are_told_apart),
		cmocka_unit_test(nothing_is_found_in_nothing),
		cmocka_unit_test(a_walk_meets_everything_once),
		cmocka_unit_test(a_walk_meets_what_stays_once_whatever_changes),
		cmocka_unit_test(a_walk_goes_on_in_a_table_that_was_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
