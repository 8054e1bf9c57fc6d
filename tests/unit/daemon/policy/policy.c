/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mute law, as one generated truth table: every combination of subscription, mutes of each
 * dimension, inversions, roles and kinds of client is built in a real policy and compared with the
 * law written out here once more, as plainly as it stands in the specification.
 */
#include "daemon/policy/policy.h"
#include "daemon/policy/default_mutes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One bit each; every combination is a row of the table. */
enum fact {
	SUBSCRIBED = 1 << 0,
	SUBMITTER_MUTED = 1 << 1,
	INSTIGATOR_MUTED = 1 << 2,
	PROCESS_INVERTED = 1 << 3,
	PATH_MUTED_LITERALLY = 1 << 4,
	PATH_MUTED_BY_PREFIX = 1 << 5,
	PATH_INVERTED = 1 << 6,
	FIRST_TARGET_MUTED = 1 << 7,
	SECOND_TARGET_MUTED = 1 << 8,
	TARGET_INVERTED = 1 << 9,
	SUBMITTER_INSIDE = 1 << 10, /* of the descendants client's subtree */
	INSTIGATOR_INSIDE = 1 << 11,
	DESCENDANTS = 1 << 12,
	FACTS_END = 1 << 13,
};

struct shape {
	unsigned int event;
	unsigned int targets;
	bool instigator;
};

static const struct shape shapes[] = {
	{EVENT_NOTIFY_FORK, 0, false},
	{EVENT_AUTH_OPEN, 1, false},
	{EVENT_NOTIFY_RENAME, 2, false},
	{EVENT_AUTH_SIGNAL, 1, true},
};

static const char executable[] = "/usr/bin/actor";
static const char prefix[] = "/usr/bi";
static const char first_target[] = "/srv/first";
static const char second_target[] = "/srv/second";

static struct record_token token(unsigned int pid)
{
	struct record_token made = {{0}};

	made.words[RECORD_TOKEN_PID] = pid;
	made.words[RECORD_TOKEN_PIDVERSION] = 7 * pid;
	return made;
}

static void mute(struct policy *policy, enum control_mute_kind kind, const char *path,
		 const struct record_token *process, unsigned int event)
{
	struct control_mute add = {.operation = CONTROL_MUTE_ADD, .kind = kind};

	if (path)
		add.path_length = (uint32_t)strlen(path);
	if (process)
		add.token = *process;
	event_set_add(&add.events, event);
	assert_int_equal(policy_mute(policy, &add, path), 0);
}

static void clear(struct policy *policy, enum control_mute_kind kind)
{
	struct control_mute all = {.operation = CONTROL_MUTE_CLEAR, .kind = kind};

	assert_int_equal(policy_mute(policy, &all, NULL), 0);
}

static void invert(struct policy *policy, enum control_mute_dimension dimension)
{
	struct control_mute toggle = {.operation = CONTROL_MUTE_INVERT, .kind = dimension};

	assert_int_equal(policy_mute(policy, &toggle, NULL), 0);
}

static void set_up(struct policy *policy, const struct shape *shape, unsigned int facts)
{
	struct record_token submitter = token(100);
	struct record_token instigator = token(200);
	struct event_set events = {{0}};

	clear(policy, CONTROL_MUTE_PREFIX);
	clear(policy, CONTROL_MUTE_TARGET_PREFIX);
	event_set_add(&events, shape->event);
	if (facts & SUBSCRIBED)
		policy_subscribe(policy, &events);
	if (facts & SUBMITTER_MUTED)
		mute(policy, CONTROL_MUTE_PROCESS, NULL, &submitter, shape->event);
	if (facts & INSTIGATOR_MUTED)
		mute(policy, CONTROL_MUTE_PROCESS, NULL, &instigator, shape->event);
	if (facts & PATH_MUTED_LITERALLY)
		mute(policy, CONTROL_MUTE_LITERAL, executable, NULL, shape->event);
	if (facts & PATH_MUTED_BY_PREFIX)
		mute(policy, CONTROL_MUTE_PREFIX, prefix, NULL, shape->event);
	if (shape->targets > 0 && facts & FIRST_TARGET_MUTED)
		mute(policy, CONTROL_MUTE_TARGET_LITERAL, first_target, NULL, shape->event);
	if (shape->targets > 0 && facts & SECOND_TARGET_MUTED)
		mute(policy, CONTROL_MUTE_TARGET_PREFIX, second_target, NULL, shape->event);
	if (facts & PROCESS_INVERTED)
		invert(policy, CONTROL_MUTE_DIMENSION_PROCESS);
	if (facts & PATH_INVERTED)
		invert(policy, CONTROL_MUTE_DIMENSION_PATH);
	if (facts & TARGET_INVERTED)
		invert(policy, CONTROL_MUTE_DIMENSION_TARGET_PATH);
}

/* +1 deliver, -1 suppress, 0 abstain. */
static int expected_vote(unsigned int facts, enum fact muted, enum fact inside)
{
	int vote = facts & muted ? -1 : 1;

	if (facts & DESCENDANTS && !(facts & inside))
		return 0;
	return facts & PROCESS_INVERTED ? -vote : vote;
}

static bool expected(const struct shape *shape, unsigned int facts)
{
	int submitter = expected_vote(facts, SUBMITTER_MUTED, SUBMITTER_INSIDE);
	int instigator = shape->instigator
				 ? expected_vote(facts, INSTIGATOR_MUTED, INSTIGATOR_INSIDE)
				 : 0;
	bool path_selected = facts & (PATH_MUTED_LITERALLY | PATH_MUTED_BY_PREFIX);
	bool first = facts & FIRST_TARGET_MUTED;
	bool second = facts & SECOND_TARGET_MUTED;

	if (!(facts & SUBSCRIBED))
		return false;
	if (submitter < 0 || instigator < 0 || submitter + instigator == 0)
		return false;
	if (facts & PATH_INVERTED ? !path_selected : path_selected)
		return false;
	if (shape->targets == 0)
		return true;
	if (shape->targets == 1)
		second = first;
	return facts & TARGET_INVERTED ? first || second : !(first && second);
}

static bool actual(const struct policy *policy, const struct shape *shape, unsigned int facts)
{
	struct record_token submitter_token = token(100);
	struct record_token instigator_token = token(200);
	struct policy_subject submitter = {
		.token = &submitter_token,
		.executable = {.path = executable, .path_length = strlen(executable)},
		.subtrees.words[1] = facts & SUBMITTER_INSIDE ? 1 << 6 : 0,
	};
	struct policy_subject instigator = {
		.token = &instigator_token,
		.subtrees.words[1] = facts & INSTIGATOR_INSIDE ? 1 << 6 : 0,
	};
	struct policy_file targets[2] = {
		{.path = first_target, .path_length = strlen(first_target)},
		{.path = second_target, .path_length = strlen(second_target)},
	};
	struct policy_question question = {
		.event = shape->event,
		.subject = &submitter,
		.instigator = shape->instigator ? &instigator : NULL,
		.targets = targets,
		.target_count = shape->targets,
	};

	return policy_delivers(policy, &question);
}

static void every_row_of_the_truth_table_holds(void **state)
{
	unsigned int delivered = 0;
	unsigned int rows = 0;

	(void)state;
	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		for (unsigned int facts = 0; facts < FACTS_END; facts++) {
			OWNED(policy_free) struct policy *policy = NULL;
			enum control_client_kind kind = facts & DESCENDANTS
								? CONTROL_CLIENT_DESCENDANTS
								: CONTROL_CLIENT_ORDINARY;

			assert_int_equal(policy_new(&policy, 70, kind), 0);
			set_up(policy, &shapes[s], facts);
			if (actual(policy, &shapes[s], facts) != expected(&shapes[s], facts))
				fail_msg("event %u, facts %#x", shapes[s].event, facts);
			delivered += expected(&shapes[s], facts);
			rows++;
		}
	}
	/* The table is not all one answer. */
	assert_in_range(delivered, rows / 100, rows / 2);
}

static void a_foreign_path_matches_nothing(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct event_set events = {{0}};
	struct record_token submitter = token(1);
	struct policy_subject subject = {
		.token = &submitter,
		.executable = {executable, sizeof(executable) - 1, true},
	};
	struct policy_question question = {.event = EVENT_NOTIFY_FORK, .subject = &subject};

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	event_set_add(&events, EVENT_NOTIFY_FORK);
	policy_subscribe(policy, &events);
	mute(policy, CONTROL_MUTE_LITERAL, executable, NULL, EVENT_NOTIFY_FORK);
	assert_true(policy_delivers(policy, &question));
	subject.executable.foreign = false;
	assert_false(policy_delivers(policy, &question));
}

static void target_mutes_are_refused_only_if_no_event_has_targets(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct control_mute add = {.operation = CONTROL_MUTE_ADD,
				   .kind = CONTROL_MUTE_TARGET_LITERAL,
				   .path_length = sizeof(first_target) - 1};

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	event_set_add(&add.events, EVENT_NOTIFY_FORK);
	assert_int_equal(policy_mute(policy, &add, first_target), -EINVAL);
	event_set_add(&add.events, EVENT_NOTIFY_OPEN);
	assert_int_equal(policy_mute(policy, &add, first_target), 0);
}

struct found {
	unsigned int count;
	struct event_set events;
	char path[64];
};

static struct found find_path(const struct policy *policy)
{
	struct policy_walk walk = {.kind = 0};
	enum policy_walk_outcome outcome;
	struct control_mute_entry entry;
	struct found found = {.count = 0};
	const char *path;

	while ((outcome = policy_walk(policy, &walk, &entry, &path)) != POLICY_WALK_END) {
		if (outcome != POLICY_WALK_MUTE || strncmp(path, "/x", 2) != 0)
			continue;
		found.count++;
		found.events = entry.events;
		snprintf(found.path, sizeof(found.path), "%.*s", (int)entry.path_length, path);
	}
	return found;
}

static void unmuting_is_exact_subtraction(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct control_mute remove = {.operation = CONTROL_MUTE_REMOVE,
				      .kind = CONTROL_MUTE_PREFIX};
	struct found found;

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	mute(policy, CONTROL_MUTE_LITERAL, "/x/y", NULL, EVENT_NOTIFY_FORK);
	mute(policy, CONTROL_MUTE_LITERAL, "/x/y", NULL, EVENT_NOTIFY_OPEN);
	remove.path_length = 2;
	event_set_add(&remove.events, EVENT_NOTIFY_FORK);
	/* A prefix does not remove the longer literal. */
	assert_int_equal(policy_mute(policy, &remove, "/x"), 0);
	remove.kind = CONTROL_MUTE_LITERAL;
	remove.path_length = 4;
	assert_int_equal(policy_mute(policy, &remove, "/x/y"), 0);
	found = find_path(policy);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.path, "/x/y");
	assert_true(event_set_has(&found.events, EVENT_NOTIFY_OPEN));
	assert_false(event_set_has(&found.events, EVENT_NOTIFY_FORK));
}

static void a_new_client_begins_with_the_default_mutes_and_can_drop_them(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	size_t with_targets;

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	with_targets = policy_mute_count(policy);
	assert_true(with_targets > 10);
	clear(policy, CONTROL_MUTE_LITERAL);
	assert_in_range(policy_mute_count(policy), 1, with_targets - 1);
	clear(policy, CONTROL_MUTE_TARGET_LITERAL);
	assert_int_equal(policy_mute_count(policy), 0);
}

static void a_walk_meets_paths_and_processes_once(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct record_token process = token(42);
	unsigned int met[CONTROL_MUTE_PROCESS + 1] = {0};
	struct policy_walk walk = {.kind = 0};
	enum policy_walk_outcome outcome;
	struct control_mute_entry entry;
	const char *path;

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	clear(policy, CONTROL_MUTE_LITERAL);
	clear(policy, CONTROL_MUTE_TARGET_LITERAL);
	mute(policy, CONTROL_MUTE_PREFIX, "/x", NULL, EVENT_NOTIFY_FORK);
	mute(policy, CONTROL_MUTE_TARGET_LITERAL, "/y", NULL, EVENT_NOTIFY_OPEN);
	mute(policy, CONTROL_MUTE_TARGET_LITERAL, "/y", NULL, EVENT_NOTIFY_CLOSE);
	mute(policy, CONTROL_MUTE_PROCESS, NULL, &process, EVENT_NOTIFY_FORK);
	while ((outcome = policy_walk(policy, &walk, &entry, &path)) != POLICY_WALK_END)
		if (outcome == POLICY_WALK_MUTE)
			met[entry.kind]++;
	assert_int_equal(met[CONTROL_MUTE_PREFIX], 1);
	assert_int_equal(met[CONTROL_MUTE_LITERAL], 0);
	assert_int_equal(met[CONTROL_MUTE_TARGET_PREFIX], 0);
	assert_int_equal(met[CONTROL_MUTE_TARGET_LITERAL], 1);
	assert_int_equal(met[CONTROL_MUTE_PROCESS], 1);
	assert_int_equal(entry.token.words[RECORD_TOKEN_PID], 42);
	/* The end stays the end. */
	assert_int_equal(policy_walk(policy, &walk, &entry, &path), POLICY_WALK_END);
}

static void what_was_cleared_is_left_to_be_freed(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct policy_remains *remains;

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	assert_null(policy_take_remains(policy));
	clear(policy, CONTROL_MUTE_LITERAL);
	remains = policy_take_remains(policy);
	assert_non_null(remains);
	assert_null(policy_take_remains(policy));
	policy_remains_free(remains);
	/* Nobody has to take them. */
	clear(policy, CONTROL_MUTE_LITERAL);
	clear(policy, CONTROL_MUTE_TARGET_LITERAL);
	assert_int_equal(policy_mute_count(policy), 0);
}

/* ---- Programs of the default set ---- */

enum { ORDINARY_USER = 1000, USER_OF_THE_BUS = 101 };
#define BUS "/usr/bin/dbus-daemon"

static bool find_user(const char *name, uid_t *ret_uid)
{
	if (strcmp(name, "dbus") != 0)
		return false;
	*ret_uid = USER_OF_THE_BUS;
	return true;
}

/* Is a client told of this event of a program that is run by these users? */
static bool is_told(const struct policy *policy, const char *program, uid_t real, uid_t effective,
		    const char *target)
{
	struct record_token run_by = token(100);
	const struct policy_subject subject = {
		.token = &run_by,
		.executable = {.path = program, .path_length = strlen(program)},
	};
	const struct policy_file file = {.path = target, .path_length = strlen(target)};

	run_by.words[RECORD_TOKEN_RUID] = real;
	run_by.words[RECORD_TOKEN_EUID] = effective;
	return policy_delivers(policy,
			       &(const struct policy_question){
				       .event = strcmp(target, "/srv/file") == 0 ? EVENT_AUTH_OPEN
										 : EVENT_AUTH_EXEC,
				       .subject = &subject,
				       .targets = &file,
				       .target_count = 1,
			       });
}

static bool opens(const struct policy *policy, const char *program, uid_t real, uid_t effective)
{
	return is_told(policy, program, real, effective, "/srv/file");
}

static int new_policy(struct policy **ret_policy)
{
	struct event_set events = {{0}};
	int result = policy_new(ret_policy, 0, CONTROL_CLIENT_ORDINARY);

	default_mutes_find_users(find_user);
	event_set_add(&events, EVENT_AUTH_OPEN);
	event_set_add(&events, EVENT_AUTH_EXEC);
	if (result == 0)
		policy_subscribe(*ret_policy, &events);
	return result;
}

static void who_borrows_a_program_of_the_default_set_is_not_muted(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;

	(void)state;
	assert_int_equal(new_policy(&policy), 0);
	assert_false(opens(policy, BUS, 0, 0));
	assert_false(opens(policy, BUS, USER_OF_THE_BUS, USER_OF_THE_BUS));
	assert_false(opens(policy, BUS, 0, USER_OF_THE_BUS));
	assert_true(opens(policy, BUS, ORDINARY_USER, ORDINARY_USER));
	assert_true(opens(policy, BUS, ORDINARY_USER, 0));
	assert_true(opens(policy, BUS, 0, ORDINARY_USER));
	/* Each user has their own program. */
	assert_true(opens(policy, "/usr/sbin/agetty", USER_OF_THE_BUS, USER_OF_THE_BUS));
	assert_false(opens(policy, "/usr/sbin/agetty", 0, 0));
	assert_false(is_told(policy, "/bin/sh", 0, 0, "/usr/bin/gdb"));
	assert_true(is_told(policy, "/bin/sh", ORDINARY_USER, ORDINARY_USER, "/usr/bin/gdb"));
}

static void nor_is_one_who_borrows_it_when_a_client_mutes_it_by_name(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;

	(void)state;
	assert_int_equal(new_policy(&policy), 0);
	clear(policy, CONTROL_MUTE_LITERAL);
	assert_true(opens(policy, BUS, 0, 0));
	mute(policy, CONTROL_MUTE_LITERAL, BUS, NULL, EVENT_AUTH_OPEN);
	assert_false(opens(policy, BUS, 0, 0));
	assert_true(opens(policy, BUS, ORDINARY_USER, ORDINARY_USER));
	/* A prefix is the client's own word, and so is another path. */
	mute(policy, CONTROL_MUTE_PREFIX, BUS, NULL, EVENT_AUTH_OPEN);
	mute(policy, CONTROL_MUTE_LITERAL, "/opt/tool", NULL, EVENT_AUTH_OPEN);
	assert_false(opens(policy, BUS, ORDINARY_USER, ORDINARY_USER));
	assert_false(opens(policy, "/opt/tool", ORDINARY_USER, ORDINARY_USER));
}

static void what_is_selected_by_name_is_selected_whoever_runs_it(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;

	(void)state;
	assert_int_equal(new_policy(&policy), 0);
	invert(policy, CONTROL_MUTE_DIMENSION_PATH);
	assert_true(opens(policy, BUS, 0, 0));
	assert_true(opens(policy, BUS, ORDINARY_USER, ORDINARY_USER));
	assert_false(opens(policy, "/bin/sh", ORDINARY_USER, ORDINARY_USER));
	invert(policy, CONTROL_MUTE_DIMENSION_PATH);
	invert(policy, CONTROL_MUTE_DIMENSION_TARGET_PATH);
	assert_true(is_told(policy, "/bin/sh", ORDINARY_USER, ORDINARY_USER, "/usr/bin/gdb"));
	assert_true(is_told(policy, "/bin/sh", 0, 0, "/usr/bin/gdb"));
}

static void mutes_of_a_process_that_is_gone_vanish(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct record_token process = token(42);
	size_t before;

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	before = policy_mute_count(policy);
	mute(policy, CONTROL_MUTE_PROCESS, NULL, &process, EVENT_NOTIFY_FORK);
	assert_int_equal(policy_mute_count(policy), before + 1);
	policy_forget_process(policy, &process);
	assert_int_equal(policy_mute_count(policy), before);
}

static void one_mute_too_many_is_refused(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct control_mute add = {.operation = CONTROL_MUTE_ADD, .kind = CONTROL_MUTE_LITERAL};
	char path[32];
	size_t number = 0;

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	event_set_add(&add.events, EVENT_NOTIFY_OPEN);
	while (policy_mute_count(policy) < POLICY_MUTES_MAX) {
		add.path_length = (uint32_t)snprintf(path, sizeof(path), "/%zu", number++);
		assert_int_equal(policy_mute(policy, &add, path), 0);
	}
	add.path_length = 4;
	assert_int_equal(policy_mute(policy, &add, "/end"), -ENOSPC);
}

static void nonsense_is_refused(void **state)
{
	OWNED(policy_free) struct policy *policy = NULL;
	struct control_mute bad = {.operation = CONTROL_MUTE_INVERT + 1};

	(void)state;
	assert_int_equal(policy_new(&policy, 0, CONTROL_CLIENT_ORDINARY), 0);
	assert_int_equal(policy_mute(policy, &bad, ""), -EINVAL);
	bad.operation = CONTROL_MUTE_ADD;
	bad.kind = CONTROL_MUTE_KIND_LAST;
	assert_int_equal(policy_mute(policy, &bad, ""), -EINVAL);
	bad.operation = CONTROL_MUTE_INVERT;
	bad.kind = CONTROL_MUTE_DIMENSION_LAST;
	assert_int_equal(policy_mute(policy, &bad, ""), -EINVAL);
	bad.operation = CONTROL_MUTE_ADD;
	bad.kind = CONTROL_MUTE_LITERAL;
	bad.path_length = RECORD_PATH_MAX;
	assert_int_equal(policy_mute(policy, &bad, ""), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_truth_table_holds),
		cmocka_unit_test(a_foreign_path_matches_nothing),
		cmocka_unit_test(target_mutes_are_refused_only_if_no_event_has_targets),
		cmocka_unit_test(unmuting_is_exact_subtraction),
		cmocka_unit_test(a_new_client_begins_with_the_default_mutes_and_can_drop_them),
		cmocka_unit_test(a_walk_meets_paths_and_processes_once),
		cmocka_unit_test(what_was_cleared_is_left_to_be_freed),
		cmocka_unit_test(who_borrows_a_program_of_the_default_set_is_not_muted),
		cmocka_unit_test(nor_is_one_who_borrows_it_when_a_client_mutes_it_by_name),
		cmocka_unit_test(what_is_selected_by_name_is_selected_whoever_runs_it),
		cmocka_unit_test(mutes_of_a_process_that_is_gone_vanish),
		cmocka_unit_test(one_mute_too_many_is_refused),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
