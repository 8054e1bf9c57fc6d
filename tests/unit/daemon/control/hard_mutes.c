/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests for hard mutes: which trees the engine marks, for how long, and what is refused.
 */
#include "base/cleanup.h"
#include "daemon/control/connection.h"
#include "daemon/control/limits.h"
#include "daemon/delivery/clients.h"
#include "tests/unit/daemon/control/scene.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

static struct scene_answer answer;

static int mute(struct scene *scene, struct control_mute body, const char *path)
{
	unsigned char bytes[sizeof(body) + 256];

	body.path_length = (__u32)strlen(path);
	memcpy(bytes, &body, sizeof(body));
	memcpy(bytes + sizeof(body), path, strlen(path));
	return scene_ask(scene, CONTROL_MUTE, bytes, sizeof(body) + strlen(path), &answer);
}

static size_t mute_count(struct scene *scene)
{
	struct client_status status;

	assert_int_equal(delivery_client_status(scene->delivery, &status, 1), 1);
	return status.mutes;
}

static unsigned int marked_trees(const struct scene *scene)
{
	unsigned int count = 0;

	for (unsigned int index = POLICY_CLIENTS_MAX; index < POLICY_SUBTREES_MAX; index++)
		count += subtree_set_has(&scene->engine.subtrees, index);
	return count;
}

static struct control_mute tree_mute(enum control_mute_operation operation, unsigned int event)
{
	struct control_mute body = {.operation = operation, .kind = CONTROL_MUTE_TREE};

	event_set_add(&body.events, event);
	body.token.words[RECORD_TOKEN_PID] = (uint32_t)getpid();
	body.token.words[RECORD_TOKEN_PIDVERSION] = 77;
	return body;
}

static void a_tree_is_marked_until_nothing_of_it_is_muted(void **state)
{
	struct scene *scene = *state;
	size_t begun = mute_count(scene);

	assert_int_equal(mute(scene, tree_mute(CONTROL_MUTE_ADD, EVENT_AUTH_OPEN), ""), 0);
	assert_int_equal(mute(scene, tree_mute(CONTROL_MUTE_ADD, EVENT_AUTH_EXEC), ""), 0);
	assert_int_equal(marked_trees(scene), 1);
	assert_int_equal(mute_count(scene), begun + 1);
	assert_int_equal(mute(scene, tree_mute(CONTROL_MUTE_REMOVE, EVENT_AUTH_OPEN), ""), 0);
	assert_int_equal(marked_trees(scene), 1);
	assert_int_equal(mute(scene, tree_mute(CONTROL_MUTE_REMOVE, EVENT_AUTH_EXEC), ""), 0);
	assert_int_equal(marked_trees(scene), 0);
	assert_int_equal(mute_count(scene), begun);
	assert_int_equal(mute(scene, tree_mute(CONTROL_MUTE_REMOVE, EVENT_AUTH_EXEC), ""), 0);
}

static void a_tree_ends_with_its_client(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(mute(scene, tree_mute(CONTROL_MUTE_ADD, EVENT_AUTH_OPEN), ""), 0);
	assert_int_equal(marked_trees(scene), 1);
	close(TAKE_DESCRIPTOR(scene->socket));
	while (marked_trees(scene))
		scene_turn(scene);
}

static void one_tree_too_many_is_refused(void **state)
{
	struct scene *scene = *state;
	struct control_mute body = tree_mute(CONTROL_MUTE_ADD, EVENT_AUTH_OPEN);

	for (uint32_t version = 1; version <= POLICY_TREES_MAX; version++) {
		scene->engine.alive_pidversion = version;
		body.token.words[RECORD_TOKEN_PIDVERSION] = version;
		assert_int_equal(mute(scene, body, ""), 0);
	}
	scene->engine.alive_pidversion = POLICY_TREES_MAX + 1;
	body.token.words[RECORD_TOKEN_PIDVERSION] = POLICY_TREES_MAX + 1;
	assert_int_equal(mute(scene, body, ""), -ENOSPC);
	assert_non_null(strstr(answer.text, "unmute some"));
}

static void a_control_group_is_named_as_proc_names_it(void **state)
{
	struct scene *scene = *state;
	struct control_mute body = tree_mute(CONTROL_MUTE_ADD, EVENT_AUTH_OPEN);
	const char *const wrong[] = {"", "/", "user.slice", "/user.slice/"};

	body.kind = CONTROL_MUTE_CGROUP;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(mute(scene, body, wrong[i]), -EINVAL);
	assert_int_equal(mute(scene, body, "/user.slice"), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_make_client, scene_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_tree_is_marked_until_nothing_of_it_is_muted),
		CASE(a_tree_ends_with_its_client),
		CASE(one_tree_too_many_is_refused),
		CASE(a_control_group_is_named_as_proc_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
