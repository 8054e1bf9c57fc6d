/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hard mutes: control groups from the top down, trees by their mark, and that neither inversion nor
 * clearing touches them.
 */
#include "daemon/policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TREE = POLICY_CLIENTS_MAX + 3 };

static int set_up(void **state)
{
	struct policy *policy = NULL;
	struct event_set events = {{0}};

	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	event_set_add(&events, EVENT_AUTH_OPEN);
	event_set_add(&events, EVENT_NOTIFY_FORK);
	policy_subscribe(policy, &events);
	*state = policy;
	return 0;
}

static int tear_down(void **state)
{
	policy_free(*state);
	return 0;
}

static int change(struct policy *policy, enum control_mute_operation operation,
		  enum control_mute_kind kind, const char *cgroup)
{
	struct control_mute mute = {.operation = operation,
				    .kind = kind,
				    .path_length = (uint32_t)strlen(cgroup),
				    .subtree = TREE};

	event_set_add(&mute.events, EVENT_NOTIFY_FORK);
	return policy_mute(policy, &mute, cgroup);
}

static bool is_told(const struct policy *policy, unsigned int event, const char *cgroup,
		    unsigned int subtree)
{
	const struct record_token token = {{0}};
	struct policy_subject subject = {
		.token = &token,
		.cgroup = cgroup,
		.cgroup_length = cgroup ? strlen(cgroup) : 0,
	};

	subject.subtrees.words[subtree / 64] |= UINT64_C(1) << (subtree % 64);
	return policy_delivers(policy, &(const struct policy_question){
					       .event = event,
					       .subject = &subject,
				       });
}

static bool forks(const struct policy *policy, const char *cgroup)
{
	return is_told(policy, EVENT_NOTIFY_FORK, cgroup, 0);
}

static void a_control_group_is_muted_with_all_below_it(void **state)
{
	struct policy *policy = *state;

	assert_int_equal(change(policy, CONTROL_MUTE_ADD, CONTROL_MUTE_CGROUP, "/user/one"), 0);
	assert_false(forks(policy, "/user/one"));
	assert_false(forks(policy, "/user/one/session/app"));
	assert_true(forks(policy, "/user/one2"));
	assert_true(forks(policy, "/user"));
	assert_true(forks(policy, "/other/user/one"));
	assert_true(forks(policy, NULL));
	assert_true(is_told(policy, EVENT_AUTH_OPEN, "/user/one", 0));
	assert_int_equal(change(policy, CONTROL_MUTE_REMOVE, CONTROL_MUTE_CGROUP, "/user/one"), 0);
	assert_true(forks(policy, "/user/one"));
}

static void a_tree_is_who_bears_its_mark(void **state)
{
	struct policy *policy = *state;

	assert_int_equal(change(policy, CONTROL_MUTE_ADD, CONTROL_MUTE_TREE, ""), 0);
	assert_false(is_told(policy, EVENT_NOTIFY_FORK, NULL, TREE));
	assert_true(is_told(policy, EVENT_NOTIFY_FORK, NULL, TREE + 1));
	assert_true(is_told(policy, EVENT_AUTH_OPEN, NULL, TREE));
	assert_int_equal(change(policy, CONTROL_MUTE_REMOVE, CONTROL_MUTE_TREE, ""), 0);
	assert_true(is_told(policy, EVENT_NOTIFY_FORK, NULL, TREE));
}

static void neither_inversion_nor_clearing_touches_them(void **state)
{
	struct policy *policy = *state;
	size_t begun = policy_mute_count(policy);

	assert_int_equal(change(policy, CONTROL_MUTE_ADD, CONTROL_MUTE_TREE, ""), 0);
	assert_int_equal(change(policy, CONTROL_MUTE_ADD, CONTROL_MUTE_CGROUP, "/a"), 0);
	assert_int_equal(policy_mute_count(policy), begun + 2);
	for (uint32_t kind = 0; kind < CONTROL_MUTE_DIMENSION_LAST; kind++)
		assert_int_equal(change(policy, CONTROL_MUTE_INVERT, kind, ""), 0);
	assert_false(is_told(policy, EVENT_NOTIFY_FORK, NULL, TREE));
	assert_false(forks(policy, "/a"));
	assert_int_equal(change(policy, CONTROL_MUTE_CLEAR, CONTROL_MUTE_PREFIX, ""), 0);
	assert_int_equal(change(policy, CONTROL_MUTE_CLEAR, CONTROL_MUTE_CGROUP, ""), -EINVAL);
	assert_false(forks(policy, "/a"));
}

static void a_walk_meets_them_behind_the_others(void **state)
{
	struct policy *policy = *state;
	struct policy_walk walk = {.kind = CONTROL_MUTE_PROCESS};
	struct control_mute_entry entry;
	enum policy_walk_outcome outcome;
	unsigned int met = 0;
	const char *path;

	assert_int_equal(change(policy, CONTROL_MUTE_ADD, CONTROL_MUTE_TREE, ""), 0);
	assert_int_equal(change(policy, CONTROL_MUTE_ADD, CONTROL_MUTE_CGROUP, "/a"), 0);
	while ((outcome = policy_walk(policy, &walk, &entry, &path)) != POLICY_WALK_END) {
		if (outcome != POLICY_WALK_MUTE)
			continue;
		met |= 1U << entry.kind;
		assert_string_equal(path, entry.kind == CONTROL_MUTE_CGROUP ? "/a" : "");
	}
	assert_int_equal(met, 1U << CONTROL_MUTE_CGROUP | 1U << CONTROL_MUTE_TREE);
}

static void a_tree_that_cannot_be_is_refused(void **state)
{
	struct policy *policy = *state;
	struct control_mute mute = {.kind = CONTROL_MUTE_TREE, .subtree = POLICY_SUBTREES_MAX};

	event_set_add(&mute.events, EVENT_NOTIFY_FORK);
	assert_int_equal(policy_mute(policy, &mute, ""), -EINVAL);
	for (mute.subtree = 0; mute.subtree < POLICY_TREES_MAX; mute.subtree++)
		assert_int_equal(policy_mute(policy, &mute, ""), 0);
	assert_int_equal(policy_mute(policy, &mute, ""), -ENOSPC);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_control_group_is_muted_with_all_below_it),
		CASE(a_tree_is_who_bears_its_mark),
		CASE(neither_inversion_nor_clearing_touches_them),
		CASE(a_walk_meets_them_behind_the_others),
		CASE(a_tree_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
