/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Held subjects: each is let go once, by whoever comes first.
 */
#include "daemon/engine/fanotify/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/fanotify.h>

#include <cmocka.h>

/* In the group's place stands a pipe: what the kernel would be told can be read from it. */
struct scene {
	int pipe[2];
	struct hold_table *holds;
};

static struct scene set_up(size_t limit)
{
	struct scene scene = {.holds = NULL};

	assert_int_equal(pipe2(scene.pipe, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(hold_table_new(&scene.holds, scene.pipe[1], limit), 0);
	return scene;
}

static void tear_down(struct scene *scene)
{
	hold_table_free(scene->holds);
	close(scene->pipe[0]);
	close(scene->pipe[1]);
}

static int event(struct scene *scene)
{
	return fcntl(scene->pipe[0], F_DUPFD_CLOEXEC, 0);
}

static void expect_answer(struct scene *scene, int descriptor, uint32_t answer)
{
	struct fanotify_response response;

	assert_int_equal(read(scene->pipe[0], &response, sizeof(response)), sizeof(response));
	assert_int_equal(response.fd, descriptor);
	assert_int_equal(response.response, answer);
	assert_int_equal(fcntl(descriptor, F_GETFD), -1);
}

static void expect_nothing(struct scene *scene)
{
	struct fanotify_response response;

	assert_int_equal(read(scene->pipe[0], &response, sizeof(response)), -1);
	assert_int_equal(errno, EAGAIN);
}

static void a_subject_is_let_go_once(void **state)
{
	struct scene scene = set_up(2);
	int descriptor = event(&scene);
	uint64_t hold;

	(void)state;
	assert_int_equal(hold_take(scene.holds, descriptor, &hold), 0);
	assert_int_equal(hold_count(scene.holds), 1);
	assert_int_equal(hold_release(scene.holds, hold, false), 0);
	expect_answer(&scene, descriptor, FAN_DENY);
	assert_int_equal(hold_release(scene.holds, hold, true), HOLD_GONE);
	expect_nothing(&scene);
	tear_down(&scene);
}

static void a_late_release_does_not_hit_the_next_subject(void **state)
{
	struct scene scene = set_up(1);
	uint64_t first, second;
	int descriptor;

	(void)state;
	assert_int_equal(hold_take(scene.holds, event(&scene), &first), 0);
	assert_int_equal(hold_release(scene.holds, first, true), 0);
	descriptor = event(&scene);
	assert_int_equal(hold_take(scene.holds, descriptor, &second), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(hold_release(scene.holds, first, true), HOLD_GONE);
	assert_int_equal(hold_count(scene.holds), 1);
	tear_down(&scene);
}

static void a_full_table_leaves_the_subject_to_its_owner(void **state)
{
	struct scene scene = set_up(1);
	int descriptor = event(&scene);
	uint64_t hold;

	(void)state;
	assert_int_equal(hold_take(scene.holds, event(&scene), &hold), 0);
	assert_int_equal(hold_take(scene.holds, descriptor, &hold), HOLD_FULL);
	expect_nothing(&scene);
	hold_answer(scene.pipe[1], descriptor, true);
	expect_answer(&scene, descriptor, FAN_ALLOW);
	tear_down(&scene);
}

static void who_is_still_held_at_the_end_goes_free(void **state)
{
	struct scene scene = set_up(4);
	int descriptor = event(&scene);
	uint64_t hold;

	(void)state;
	assert_int_equal(hold_take(scene.holds, descriptor, &hold), 0);
	scene.holds = hold_table_free(scene.holds);
	expect_answer(&scene, descriptor, FAN_ALLOW);
	tear_down(&scene);
}

static void a_hold_that_never_was_is_gone(void **state)
{
	struct scene scene = set_up(2);

	(void)state;
	assert_int_equal(hold_release(scene.holds, 7, true), HOLD_GONE);
	assert_int_equal(hold_release(scene.holds, UINT64_MAX, true), HOLD_GONE);
	assert_int_equal(hold_release(scene.holds, 0, true), HOLD_GONE);
	tear_down(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subject_is_let_go_once),
		cmocka_unit_test(a_late_release_does_not_hit_the_next_subject),
		cmocka_unit_test(a_full_table_leaves_the_subject_to_its_owner),
		cmocka_unit_test(who_is_still_held_at_the_end_goes_free),
		cmocka_unit_test(a_hold_that_never_was_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
