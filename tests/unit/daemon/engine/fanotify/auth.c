/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a question when no more subjects can be held.
 */
#include "daemon/engine/fanotify/auth.h"
#include "daemon/delivery/clients.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <cmocka.h>

/* In the group's place stands a pipe: what the kernel would be told can be read from it. */
struct scene {
	struct engine engine;
	struct asking asking;
	struct client *client;
	struct record_token token;
	int pipe[2];
	_Alignas(8) unsigned char buffer[4096];
};

static void set_up(struct scene *scene, unsigned int miss_mode)
{
	struct client_options options = {.pidfd = -1, .name = "client"};
	struct event_set events = {{0}};
	int descriptors[CONTROL_DESCRIPTORS_MAX];

	options.token.words[RECORD_TOKEN_PID] = 1;
	event_set_add(&events, EVENT_AUTH_OPEN);
	assert_int_equal(pipe2(scene->pipe, O_CLOEXEC | O_NONBLOCK), 0);
	scene->engine.permission_group = scene->pipe[1];
	assert_int_equal(hold_table_new(&scene->engine.holds, scene->pipe[1], 1), 0);
	assert_int_equal(delivery_new(&scene->engine.delivery, &(struct delivery_options){0}), 0);
	assert_int_equal(
		delivery_client_new(scene->engine.delivery, &options, &scene->client, descriptors),
		0);
	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++)
		close(descriptors[i]);
	delivery_subscribe(scene->engine.delivery, scene->client, &events);
	delivery_set_miss_mode(scene->engine.delivery, scene->client, miss_mode);
	scene->token.words[RECORD_TOKEN_PID] = 1000;
	scene->asking.engine = &scene->engine;
	scene->asking.subject.token = &scene->token;
}

static void let_go(void *context, uint64_t hold, bool allow)
{
	struct scene *scene = context;

	hold_release(scene->engine.holds, hold, allow);
}

static void tear_down(struct scene *scene)
{
	delivery_set_release(scene->engine.delivery, let_go, scene);
	delivery_free(scene->engine.delivery);
	hold_table_free(scene->engine.holds);
	close(scene->pipe[0]);
	close(scene->pipe[1]);
}

/* Asks for one subject. Returns the descriptor of its event. */
static int ask(struct scene *scene)
{
	int descriptor = fcntl(scene->pipe[0], F_DUPFD_CLOEXEC, 0);

	scene->asking.descriptor = descriptor;
	builder_begin(&scene->asking.builder, scene->buffer, sizeof(scene->buffer),
		      EVENT_AUTH_OPEN);
	asking_ask(&scene->asking);
	assert_int_equal(scene->asking.descriptor, -1);
	return descriptor;
}

static void one_more_is_answered(unsigned int miss_mode, uint32_t expected)
{
	struct scene scene = {.client = NULL};
	struct fanotify_response response;
	int descriptor;

	set_up(&scene, miss_mode);
	ask(&scene);
	assert_int_equal(read(scene.pipe[0], &response, sizeof(response)), -1);
	assert_int_equal(errno, EAGAIN);
	descriptor = ask(&scene);
	assert_int_equal(read(scene.pipe[0], &response, sizeof(response)), sizeof(response));
	assert_int_equal(response.fd, descriptor);
	assert_int_equal(response.response, expected);
	assert_int_equal(fcntl(descriptor, F_GETFD), -1);
	assert_int_equal(atomic_load(&scene.engine.unasked), 1);
	tear_down(&scene);
}

static void whoever_cannot_be_held_is_answered_by_the_miss_mode(void **state)
{
	(void)state;
	one_more_is_answered(CLIENT_MISS_FAIL_CLOSED, FAN_DENY);
	one_more_is_answered(CLIENT_MISS_FAIL_OPEN, FAN_ALLOW);
	one_more_is_answered(CLIENT_MISS_KILL, FAN_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_cannot_be_held_is_answered_by_the_miss_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
