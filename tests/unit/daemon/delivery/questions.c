/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of an ask, every step from every state, and the order in which deadlines come up.
 */
#include "daemon/delivery/questions.h"

#include "wire/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_step_from_every_state_is_decided(void **state)
{
	static const char *const law[ASK_STATE_LAST] = {
		/* to:            asked delivered answered expired abandoned stood in */
		[ASK_ASKED] = "011111",	  [ASK_DELIVERED] = "001110", [ASK_ANSWERED] = "000000",
		[ASK_EXPIRED] = "000000", [ASK_ABANDONED] = "000000", [ASK_STOOD_IN] = "000000",
	};

	(void)state;
	for (int from = 0; from <= ASK_STATE_LAST; from++) {
		for (int to = 0; to <= ASK_STATE_LAST; to++) {
			bool lawful = from < ASK_STATE_LAST && to < ASK_STATE_LAST &&
				      law[from][to] == '1';

			assert_int_equal(ask_step_allowed((enum ask_state)from, (enum ask_state)to),
					 lawful);
		}
	}
}

static void the_earliest_deadline_is_always_first(void **state)
{
	enum { COUNT = 2000 };
	struct deadline_heap heap = {0};
	struct ask *asks = calloc(COUNT, sizeof(*asks));
	unsigned int seed = 1;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		seed = seed * 1103515245 + 12345;
		asks[i].deadline_ns = seed >> 8;
		assert_int_equal(deadline_heap_add(&heap, &asks[i]), 0);
	}
	/* Some leave from the middle. */
	for (int i = 0; i < COUNT; i += 3)
		deadline_heap_remove(&heap, &asks[i]);
	for (uint64_t last = 0; heap.count > 0;) {
		struct ask *first = deadline_heap_first(&heap);

		assert_true(first->deadline_ns >= last);
		last = first->deadline_ns;
		deadline_heap_remove(&heap, first);
	}
	assert_null(deadline_heap_first(&heap));
	deadline_heap_done(&heap);
	free(asks);
}

static void open_is_allowed_only_if_every_asked_flag_is(void **state)
{
	struct question question = {.event = EVENT_AUTH_OPEN, .flags = 3, .flags_allowed = 1};

	(void)state;
	assert_false(question_allowed(&question));
	question.flags_allowed = 3;
	assert_true(question_allowed(&question));
	question.flags_allowed = VERDICT_FLAGS_ALLOW;
	assert_true(question_allowed(&question));
	/* Nothing asked for (O_PATH and the like), everything denied: denied. */
	question.flags = 0;
	question.flags_allowed = 0;
	assert_false(question_allowed(&question));
}

static void a_long_path_is_shown_by_its_end(void **state)
{
	char path[1000];
	char shown[QUESTION_PATH_MAX];

	(void)state;
	memset(path, 'a', sizeof(path));
	memcpy(path + sizeof(path) - 4, "/end", 4);
	question_path(shown, path, sizeof(path));
	assert_int_equal(strlen(shown), QUESTION_PATH_MAX - 1);
	assert_string_equal(shown + QUESTION_PATH_MAX - 5, "/end");
	question_path(shown, NULL, 0);
	assert_string_equal(shown, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_from_every_state_is_decided),
		cmocka_unit_test(the_earliest_deadline_is_always_first),
		cmocka_unit_test(open_is_allowed_only_if_every_asked_flag_is),
		cmocka_unit_test(a_long_path_is_shown_by_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
