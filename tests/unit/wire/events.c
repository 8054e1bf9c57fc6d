/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of events says what it should, sets of events hold each of them; verdict words keep
 * their parts apart.
 */
#include "wire/events.h"
#include "wire/ring.h"
#include "wire/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_list_has_every_number_once(void **state)
{
	(void)state;
	assert_int_equal(EVENT_LAST, 162);
	for (unsigned int event = 0; event < EVENT_LAST; event++)
		assert_non_null(event_describe(event));
	assert_null(event_describe(EVENT_LAST));
	assert_string_equal(event_describe(EVENT_AUTH_OPEN)->constant, "AUTH_OPEN");
	assert_string_equal(event_describe(EVENT_AUTH_OPEN)->member, "open");
	assert_int_equal(event_describe(EVENT_AUTH_OPEN)->cache, EVENT_CACHE_CACHEABLE);
	assert_int_equal(event_describe(EVENT_NOTIFY_RENAME)->targets, 2);
}

static void the_two_forms_of_an_event_know_each_other(void **state)
{
	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);
		int other = event_counterpart(event);

		if (other < 0)
			continue;
		assert_int_equal(event_counterpart((unsigned int)other), event);
		assert_string_equal(event_describe((unsigned int)other)->member,
				    description->member);
		assert_int_not_equal(event_describe((unsigned int)other)->action,
				     description->action);
	}
	assert_int_equal(event_counterpart(EVENT_AUTH_OPEN), EVENT_NOTIFY_OPEN);
	assert_int_equal(event_counterpart(EVENT_NOTIFY_FORK), -1);
	assert_int_equal(event_counterpart(EVENT_RESERVED_0), -1);
	assert_int_equal(event_counterpart(EVENT_LAST), -1);
}

static void an_event_is_found_by_its_name(void **state)
{
	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);

		if (description->action != EVENT_ACTION_RESERVED)
			assert_int_equal(event_find(description->member,
						    (enum event_action)description->action),
					 event);
	}
	assert_int_equal(event_find("fork", EVENT_ACTION_AUTH), -1);
	assert_int_equal(event_find("", EVENT_ACTION_NOTIFY), -1);
}

static void a_set_holds_each_event_alone(void **state)
{
	struct event_set all = {0};

	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		struct event_set set = {0};

		event_set_add(&set, event);
		event_set_add(&all, event);
		for (unsigned int other = 0; other < EVENT_LAST; other++)
			assert_int_equal(event_set_has(&set, other), other == event);
		event_set_remove(&set, event);
		assert_true(event_set_empty(&set));
	}
	event_set_subtract(&all, &all);
	assert_true(event_set_empty(&all));
}

static void a_set_passes_over_what_is_no_event(void **state)
{
	struct event_set set = {0};

	(void)state;
	event_set_add(&set, EVENT_LAST);
	event_set_add(&set, 191);
	event_set_add(&set, 0xffffffff);
	event_set_remove(&set, 5000);
	assert_true(event_set_empty(&set));
	assert_false(event_set_has(&set, 5000));
}

static void the_parts_of_a_verdict_stay_apart(void **state)
{
	static const __u32 generations[] = {1, 2, (1U << VERDICT_GENERATION_BITS) - 1};
	static const __u32 flags[] = {0, 1, 0x80000000, VERDICT_FLAGS_ALLOW};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (int verdict = VERDICT_FREE; verdict <= VERDICT_CLOSED; verdict++)
			for (size_t j = 0; j < 8; j++) {
				__u64 word = verdict_word(generations[i],
							  (enum verdict_state)verdict, j % 2,
							  flags[j / 2]);

				assert_int_equal(verdict_generation(word), generations[i]);
				assert_int_equal(verdict_state(word), verdict);
				assert_int_equal(verdict_cache(word), j % 2);
				assert_int_equal(verdict_flags(word), flags[j / 2]);
			}
}

static void a_question_is_a_slot_and_a_generation_and_never_0(void **state)
{
	__u32 last = (1U << VERDICT_GENERATION_BITS) - 1;

	(void)state;
	assert_int_equal(verdict_next_generation(0), 1);
	assert_int_equal(verdict_next_generation(last), 1);
	for (__u32 slot = 0; slot < VERDICT_SLOTS; slot += VERDICT_SLOTS - 1) {
		__u64 question = verdict_question(slot, last);

		assert_int_not_equal(question, 0);
		assert_int_equal(verdict_question_slot(question), slot);
		assert_int_equal(verdict_question_generation(question), last);
	}
	assert_int_not_equal(verdict_question(0, verdict_next_generation(last)), 0);
}

static void a_record_takes_its_header_and_whole_words(void **state)
{
	(void)state;
	assert_int_equal(ring_footprint(0), 8);
	assert_int_equal(ring_footprint(1), 16);
	assert_int_equal(ring_footprint(8), 16);
	assert_int_equal(ring_footprint(RING_LENGTH_MASK), (__u64)RING_LENGTH_MASK + 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_has_every_number_once),
		cmocka_unit_test(the_two_forms_of_an_event_know_each_other),
		cmocka_unit_test(an_event_is_found_by_its_name),
		cmocka_unit_test(a_set_holds_each_event_alone),
		cmocka_unit_test(a_set_passes_over_what_is_no_event),
		cmocka_unit_test(the_parts_of_a_verdict_stay_apart),
		cmocka_unit_test(a_question_is_a_slot_and_a_generation_and_never_0),
		cmocka_unit_test(a_record_takes_its_header_and_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
