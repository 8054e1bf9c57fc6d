/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of a client: what each does to delivery and the engine, and what is refused with which
 * words.
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

static struct event_set set_of(unsigned int event)
{
	struct event_set set = {{0}};

	event_set_add(&set, event);
	return set;
}

static int new_client(struct scene *scene, enum control_client_kind kind)
{
	const struct control_client_new body = {.kind = kind};

	return scene_ask(scene, CONTROL_CLIENT_NEW, &body, sizeof(body), &answer);
}

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

static void a_client_comes_with_five_descriptors(void **state)
{
	struct scene *scene = *state;
	const struct control_client_new body = {.kind = CONTROL_CLIENT_ORDINARY};
	const struct control_client_answer *made = (const void *)answer.body;

	scene_send(scene, scene->socket, CONTROL_CLIENT_NEW, &body, sizeof(body));
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.packet.descriptor_count, CONTROL_DESCRIPTORS_MAX);
	packet_close_descriptors(&answer.packet);
	assert_true(made->client_id > 0);
	assert_true(made->ring_size > 0);
	assert_int_equal(made->token_pidversion, 77);

	assert_int_equal(new_client(scene, CONTROL_CLIENT_ORDINARY), -EALREADY);
}

static void a_kind_of_client_nobody_knows_is_refused(void **state)
{
	assert_int_equal(new_client(*state, (enum control_client_kind)2), -EINVAL);
}

static void without_an_engine_the_reason_is_told(void **state)
{
	struct scene *scene = *state;
	struct server *server = NULL;

	close(TAKE_DESCRIPTOR(scene->socket));
	scene->options.engine = NULL;
	scene->options.refusal = 5;
	scene->options.refusal_text = "not root";
	assert_int_equal(server_new(&server, &scene->options), 0);
	server_free(scene->server);
	scene->server = server;
	scene->socket = scene_connect(scene);
	assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer), 0);
	assert_int_equal(new_client(scene, CONTROL_CLIENT_ORDINARY), 5);
	assert_string_equal(answer.text, "not root");
}

static void an_admission_file_refuses_after_a_reload(void **state)
{
	struct scene *scene = *state;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/10-first.conf", scene->entries);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "uid = %u\nallow = no\n", geteuid());
	fclose(file);
	assert_int_equal(server_reload(scene->server), 0);
	assert_int_equal(new_client(scene, CONTROL_CLIENT_ORDINARY), 3);
	assert_non_null(strstr(answer.text, "10-first.conf"));
	assert_non_null(strstr(scene->last_said, "10-first.conf"));
}

static void an_admission_file_limits_its_clients(void **state)
{
	struct scene *scene = *state;
	OWNED_DESCRIPTOR int second = -1;
	const struct control_client_new body = {.kind = CONTROL_CLIENT_ORDINARY};
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/10-first.conf", scene->entries);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "uid = %u\nallow = yes\nclients = 1\n", geteuid());
	fclose(file);
	assert_int_equal(server_reload(scene->server), 0);
	assert_int_equal(new_client(scene, CONTROL_CLIENT_ORDINARY), 0);
	second = scene_connect(scene);
	assert_int_equal(scene_hello(scene, second, CONTROL_ROLE_CLIENT, &answer), 0);
	scene_send(scene, second, CONTROL_CLIENT_NEW, &body, sizeof(body));
	assert_true(scene_receive(scene, second, &answer));
	assert_int_equal(answer.result, 6);
	assert_non_null(strstr(answer.text, "10-first.conf"));
}

static void one_client_more_than_there_can_be_is_too_many(void **state)
{
	struct scene *scene = *state;
	const struct control_client_new body = {.kind = CONTROL_CLIENT_ORDINARY};
	struct client *clients[POLICY_CLIENTS_MAX] = {NULL};
	const struct client_options options = {
		.pidfd = -1, .name = "filler", .ring_size = 2 * RECORD_SIZE_MAX};
	int descriptors[CONTROL_DESCRIPTORS_MAX];

	for (int index = 0; index < POLICY_CLIENTS_MAX; index++) {
		assert_int_equal(delivery_client_new(scene->delivery, &options, &clients[index],
						     descriptors),
				 0);
		for (int which = 0; which < CONTROL_DESCRIPTORS_MAX; which++)
			close(descriptors[which]);
	}
	assert_int_equal(scene_ask(scene, CONTROL_CLIENT_NEW, &body, sizeof(body), &answer), 6);
	assert_non_null(strstr(answer.text, "192"));
	for (int index = 0; index < POLICY_CLIENTS_MAX; index++)
		delivery_client_free(scene->delivery, clients[index]);
}

static struct control_mute process_mute(enum control_mute_operation operation, uint32_t pid)
{
	struct control_mute body = {.operation = operation,
				    .kind = CONTROL_MUTE_PROCESS,
				    .events = {{~0ULL, ~0ULL, ~0ULL}}};

	body.token.words[RECORD_TOKEN_PID] = pid;
	body.token.words[RECORD_TOKEN_PIDVERSION] = 77;
	return body;
}

static void a_process_is_muted_while_it_lives(void **state)
{
	struct scene *scene = *state;
	size_t before = mute_count(scene);
	uint32_t self = (uint32_t)getpid();
	struct control_mute stale = process_mute(CONTROL_MUTE_ADD, self);
	struct control_mute unnamed = process_mute(CONTROL_MUTE_ADD, self);
	const struct record_token *token = (const void *)answer.body;

	unnamed.token.words[RECORD_TOKEN_PIDVERSION] = 0;
	assert_int_equal(mute(scene, unnamed, ""), 0);
	assert_int_equal(answer.size, sizeof(*token));
	assert_int_equal(token->words[RECORD_TOKEN_PID], self);
	assert_int_equal(token->words[RECORD_TOKEN_PIDVERSION], 77);
	assert_int_equal(mute(scene, process_mute(CONTROL_MUTE_ADD, self), ""), 0);
	assert_int_equal(mute_count(scene), before + 1);
	assert_int_equal(mute(scene, process_mute(CONTROL_MUTE_REMOVE, self), ""), 0);
	assert_int_equal(mute(scene, process_mute(CONTROL_MUTE_REMOVE, self), ""), 0);
	assert_int_equal(mute_count(scene), before);

	stale.token.words[RECORD_TOKEN_PIDVERSION] = 76;
	assert_int_equal(mute(scene, stale, ""), -ESRCH);
	stale.operation = CONTROL_MUTE_REMOVE;
	assert_int_equal(mute(scene, stale, ""), 0);
}

static void a_descendants_client_mutes_its_own_subtree_only(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(new_client(scene, CONTROL_CLIENT_DESCENDANTS), 0);
	assert_int_equal(scene->engine.subtrees.words[0], 1);
	scene->engine.descendant = (uint32_t)getpid();
	assert_int_equal(mute(scene, process_mute(CONTROL_MUTE_ADD, (uint32_t)getpid()), ""), 0);
	assert_int_equal(mute(scene, process_mute(CONTROL_MUTE_ADD, (uint32_t)getppid()), ""),
			 -EPERM);
	close(TAKE_DESCRIPTOR(scene->socket));
	while (scene->engine.subtrees.words[0])
		scene_turn(scene);
}

static void target_mutes_need_an_event_with_targets(void **state)
{
	struct scene *scene = *state;
	struct control_mute body = {.operation = CONTROL_MUTE_ADD,
				    .kind = CONTROL_MUTE_TARGET_LITERAL,
				    .events = set_of(EVENT_NOTIFY_FORK)};

	assert_int_equal(mute(scene, body, "/bin/true"), -EINVAL);
	event_set_add(&body.events, EVENT_AUTH_OPEN);
	assert_int_equal(mute(scene, body, "/bin/true"), 0);
	body.kind = CONTROL_MUTE_LITERAL;
	body.events = set_of(EVENT_NOTIFY_FORK);
	assert_int_equal(mute(scene, body, "/bin/true"), 0);
}

static void mutes_that_mean_nothing_are_refused(void **state)
{
	struct scene *scene = *state;
	const struct control_mute bodies[] = {
		{.operation = 9},
		{.operation = CONTROL_MUTE_ADD, .kind = 9},
		{.operation = CONTROL_MUTE_CLEAR, .kind = CONTROL_MUTE_PROCESS},
		{.operation = CONTROL_MUTE_INVERT, .kind = CONTROL_MUTE_DIMENSION_LAST},
		{.operation = CONTROL_MUTE_ADD, .kind = CONTROL_MUTE_LITERAL},
	};

	for (size_t index = 0; index < sizeof(bodies) / sizeof(bodies[0]); index++)
		assert_int_equal(mute(scene, bodies[index], ""), -EINVAL);
}

static void a_dimension_is_inverted_and_inverted_back(void **state)
{
	struct scene *scene = *state;
	const struct control_mute body = {.operation = CONTROL_MUTE_INVERT,
					  .kind = CONTROL_MUTE_DIMENSION_PATH};
	struct control_number dimension = {.number = CONTROL_MUTE_DIMENSION_PATH};
	const struct control_number *inverted = (const void *)answer.body;

	for (unsigned int expected = 1; expected < 3; expected++) {
		assert_int_equal(mute(scene, body, ""), 0);
		assert_int_equal(scene_ask(scene, CONTROL_MUTE_INVERTED, &dimension,
					   sizeof(dimension), &answer),
				 0);
		assert_int_equal(inverted->number, expected & 1);
	}
	dimension.number = CONTROL_MUTE_DIMENSION_LAST;
	assert_int_equal(
		scene_ask(scene, CONTROL_MUTE_INVERTED, &dimension, sizeof(dimension), &answer),
		-EINVAL);
}

static bool listed(const unsigned char *bytes, size_t size, const char *path)
{
	for (size_t offset = 0; offset < size;) {
		const struct control_mute_entry *entry = (const void *)(bytes + offset);

		if (entry->path_length == strlen(path) &&
		    memcmp(entry + 1, path, entry->path_length) == 0)
			return true;
		offset += entry->size;
	}
	return false;
}

static void mutes_are_listed_in_memory_nobody_can_change(void **state)
{
	struct scene *scene = *state;
	const struct control_mute body = {.operation = CONTROL_MUTE_ADD,
					  .kind = CONTROL_MUTE_LITERAL,
					  .events = set_of(EVENT_AUTH_OPEN)};
	const struct control_client_id own = {.client_id = 0};
	const struct control_list *list = (const void *)answer.body;
	unsigned char *bytes;

	assert_int_equal(mute(scene, body, "/srv/some/program"), 0);
	scene_send(scene, scene->socket, CONTROL_MUTES, &own, sizeof(own));
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.packet.descriptor_count, 1);
	assert_int_equal(list->count, mute_count(scene));
	assert_int_equal(write(answer.packet.descriptors[0], "x", 1), -1);
	bytes = mmap(NULL, list->size, PROT_READ, MAP_PRIVATE, answer.packet.descriptors[0], 0);
	assert_true(bytes != MAP_FAILED);
	assert_true(listed(bytes, list->size, "/srv/some/program"));
	assert_false(listed(bytes, list->size, "/srv/some/other"));
	munmap(bytes, list->size);
	packet_close_descriptors(&answer.packet);
}

static void the_mutes_of_others_are_for_administrators(void **state)
{
	struct scene *scene = *state;
	struct control_client_id other = {.client_id = 999};
	OWNED_DESCRIPTOR int second = -1;

	assert_int_equal(scene_ask(scene, CONTROL_MUTES, &other, sizeof(other), &answer), -ENOENT);
	second = scene_connect(scene);
	assert_int_equal(scene_hello(scene, second, CONTROL_ROLE_CLIENT, &answer), 0);
	other.client_id = 1;
	{
		struct client_status status;

		delivery_client_status(scene->delivery, &status, 1);
		other.client_id = status.id;
	}
	scene_send(scene, second, CONTROL_MUTES, &other, sizeof(other));
	assert_true(scene_receive(scene, second, &answer));
	assert_int_equal(answer.result, -EPERM);
}

/* A second connection, an administrator's; the client's id is filled in. */
static int connect_administrator(struct scene *scene, struct control_mute *mute)
{
	struct client_status status;
	int second = scene_connect(scene);

	assert_int_equal(scene_hello(scene, second, CONTROL_ROLE_CLIENT, &answer), 0);
	scene->server->connections->prev->role = CONTROL_ROLE_ADMINISTRATOR;
	assert_int_equal(delivery_client_status(scene->delivery, &status, 1), 1);
	mute->client_id = status.id;
	return second;
}

static void a_client_is_told_of_an_administrators_mutes(void **state)
{
	struct scene *scene = *state;
	struct control_mute mute = process_mute(CONTROL_MUTE_ADD, (uint32_t)getpid());
	OWNED_DESCRIPTOR int second = connect_administrator(scene, &mute);
	struct {
		struct control_header header;
		struct control_mute mute;
	} told;
	struct packet packet = {.bytes = &told, .size = sizeof(told)};
	size_t before = mute_count(scene);

	mute.token.words[RECORD_TOKEN_PIDVERSION] = 0;
	scene_send(scene, second, CONTROL_CLIENT_MUTE, &mute, sizeof(mute));
	assert_true(scene_receive(scene, second, &answer));
	assert_int_equal(answer.result, 0);
	assert_int_equal(mute_count(scene), before + 1);
	assert_int_equal(packet_receive(scene->socket, &packet, 0), 0);
	assert_int_equal(told.header.type, CONTROL_CLIENT_MUTE);
	assert_int_equal(told.header.serial, 0);
	assert_int_equal(told.header.size, sizeof(told));
	assert_int_equal(told.mute.kind, CONTROL_MUTE_PROCESS);
	assert_int_equal(told.mute.token.words[RECORD_TOKEN_PIDVERSION], 77);

	/* What is refused is not told. */
	mute.token.words[RECORD_TOKEN_PIDVERSION] = 76;
	scene_send(scene, second, CONTROL_CLIENT_MUTE, &mute, sizeof(mute));
	assert_true(scene_receive(scene, second, &answer));
	assert_int_equal(answer.result, -ESRCH);
	assert_int_equal(packet_receive(scene->socket, &packet, 0), -ETIMEDOUT);
}

static void a_client_that_reads_nothing_is_told_of_a_few(void **state)
{
	struct scene *scene = *state;
	struct control_mute mute = process_mute(CONTROL_MUTE_ADD, (uint32_t)getpid());
	OWNED_DESCRIPTOR int second = connect_administrator(scene, &mute);
	unsigned int told = 0;

	for (int i = 0; i <= CONTROL_UNASKED_MAX; i++) {
		assert_null(strstr(scene->last_said, "ends with this daemon"));
		scene_send(scene, second, CONTROL_CLIENT_MUTE, &mute, sizeof(mute));
		assert_true(scene_receive(scene, second, &answer));
		assert_int_equal(answer.result, 0);
	}
	assert_non_null(strstr(scene->last_said, "ends with this daemon"));
	/* Its own requests are answered behind them. */
	scene_send(scene, scene->socket, CONTROL_SUBSCRIPTIONS, NULL, 0);
	for (;; told++) {
		assert_true(scene_receive(scene, scene->socket, &answer));
		if (answer.size == sizeof(struct event_set))
			break;
	}
	assert_int_equal(told, CONTROL_UNASKED_MAX);
}

static void settings_are_kept_and_nonsense_is_refused(void **state)
{
	struct scene *scene = *state;
	struct control_number mode = {.number = CLIENT_MISS_FAIL_OPEN};
	struct control_deadline deadline = {.events = set_of(EVENT_AUTH_OPEN),
					    .bound = CONTROL_DEADLINE_MAX,
					    .milliseconds = 1500};
	const struct control_deadline *kept = (const void *)answer.body;

	assert_int_equal(scene_ask(scene, CONTROL_MISS_MODE_SET, &mode, sizeof(mode), &answer), 0);
	assert_int_equal(scene_ask(scene, CONTROL_MISS_MODE_GET, NULL, 0, &answer), 0);
	assert_int_equal(answer.body[0], CLIENT_MISS_FAIL_OPEN);
	mode.number = 1ULL << 32;
	assert_int_equal(scene_ask(scene, CONTROL_MISS_MODE_SET, &mode, sizeof(mode), &answer),
			 -EINVAL);

	assert_int_equal(
		scene_ask(scene, CONTROL_DEADLINE_SET, &deadline, sizeof(deadline), &answer), 0);
	assert_int_equal(
		scene_ask(scene, CONTROL_DEADLINE_GET, &deadline, sizeof(deadline), &answer), 0);
	assert_int_equal(kept->milliseconds, 1500);
	deadline.bound = CONTROL_DEADLINE_MIN; /* not a descendants client */
	assert_int_equal(
		scene_ask(scene, CONTROL_DEADLINE_SET, &deadline, sizeof(deadline), &answer),
		-EINVAL);
	deadline.bound = 7;
	assert_int_equal(
		scene_ask(scene, CONTROL_DEADLINE_GET, &deadline, sizeof(deadline), &answer),
		-EINVAL);
}

static void clearing_the_cache_too_often_is_throttled(void **state)
{
	struct scene *scene = *state;
	int result = 0;

	for (int times = 0; times < 100 && result == 0; times++)
		result = scene_ask(scene, CONTROL_CLEAR_CACHE, NULL, 0, &answer);
	assert_int_equal(result, CONTROL_THROTTLED);
}

static void a_sync_is_answered_when_the_engine_got_there_and_others_go_on(void **state)
{
	struct scene *scene = *state;
	OWNED_DESCRIPTOR int second = scene_connect(scene);

	scene_send(scene, scene->socket, CONTROL_SYNC, NULL, 0);
	while (scene->engine.fence_count == 0)
		scene_turn(scene);
	assert_int_equal(scene_hello(scene, second, CONTROL_ROLE_CLIENT, &answer), 0);

	/* What is asked meanwhile waits its turn. */
	scene_send(scene, scene->socket, CONTROL_SUBSCRIPTIONS, NULL, 0);
	while (scene_turn(scene))
		;
	scene->engine.fences[0].done(scene->engine.fences[0].context);
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.size, sizeof(struct control_number));
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.size, sizeof(struct event_set));
}

static void an_engine_without_a_fence_refuses_a_sync(void **state)
{
	struct scene *scene = *state;

	scene->engine.fence_count = FENCES;
	assert_int_equal(scene_ask(scene, CONTROL_SYNC, NULL, 0, &answer), -ENOSPC);
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), 0);
}

static void syncs_on_their_way_have_a_limit(void **state)
{
	struct scene *scene = *state;
	const struct control_client_new body = {.kind = CONTROL_CLIENT_ORDINARY};

	/* A client that asks and goes leaves its fence behind until the engine calls. */
	for (unsigned int count = 0; count < LIMIT_LATERS; count++) {
		OWNED_DESCRIPTOR int brief = scene_connect(scene);

		assert_int_equal(scene_hello(scene, brief, CONTROL_ROLE_CLIENT, &answer), 0);
		scene_send(scene, brief, CONTROL_CLIENT_NEW, &body, sizeof(body));
		assert_true(scene_receive(scene, brief, &answer));
		packet_close_descriptors(&answer.packet);
		scene_send(scene, brief, CONTROL_SYNC, NULL, 0);
		while (scene->engine.fence_count == count)
			scene_turn(scene);
	}
	assert_int_equal(scene_ask(scene, CONTROL_SYNC, NULL, 0, &answer), -EBUSY);
}

static void a_user_gets_descendants_clients_and_a_few_of_them(void **state)
{
	struct scene *scene = *state;
	int sockets[LIMIT_CLIENTS_OF_USER + 1];
	int result = 0;

	for (int index = 0; index <= LIMIT_CLIENTS_OF_USER; index++) {
		assert_int_equal(result, 0);
		sockets[index] = scene->socket = scene_connect_as_user(scene);
		assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer),
				 0);
		assert_int_equal(new_client(scene, CONTROL_CLIENT_ORDINARY), 5);
		assert_non_null(strstr(answer.text, "es_new_descendants_client"));
		result = new_client(scene, CONTROL_CLIENT_DESCENDANTS);
	}
	assert_int_equal(result, 6);
	for (int index = 0; index < LIMIT_CLIENTS_OF_USER; index++)
		close(sockets[index]);
}

static void all_users_together_have_a_few_more(void **state)
{
	struct scene *scene = *state;
	int sockets[LIMIT_CLIENTS_OF_USERS + 1];
	int result = 0;

	for (unsigned int index = 0; index <= LIMIT_CLIENTS_OF_USERS; index++) {
		assert_int_equal(result, 0);
		sockets[index] = scene->socket = scene_connect_as_user(scene);
		assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer),
				 0);
		/* Of as many users. */
		scene->server->connections->prev->peer.uid = 100000 + index;
		result = new_client(scene, CONTROL_CLIENT_DESCENDANTS);
	}
	assert_int_equal(result, 6);
	for (unsigned int index = 0; index < LIMIT_CLIENTS_OF_USERS; index++)
		close(sockets[index]);
}

static void a_users_mutes_have_a_limit_until_cleared(void **state)
{
	struct scene *scene = *state;
	struct control_mute body = {.operation = CONTROL_MUTE_ADD,
				    .kind = CONTROL_MUTE_LITERAL,
				    .events = set_of(EVENT_AUTH_OPEN)};
	char path[32];

	scene->socket = scene_connect_as_user(scene);
	assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer), 0);
	assert_int_equal(new_client(scene, CONTROL_CLIENT_DESCENDANTS), 0);
	for (int index = 0; index < LIMIT_MUTES_OF_USER; index++) {
		snprintf(path, sizeof(path), "/srv/%d", index);
		assert_int_equal(mute(scene, body, path), 0);
	}
	assert_int_equal(mute(scene, body, "/srv/more"), -ENOSPC);
	body.operation = CONTROL_MUTE_CLEAR;
	body.kind = CONTROL_MUTE_PREFIX;
	assert_int_equal(mute(scene, body, ""), 0);
	body.operation = CONTROL_MUTE_ADD;
	assert_int_equal(mute(scene, body, "/srv/more"), 0);
}

static void support_is_told_event_by_event(void **state)
{
	struct scene *scene = *state;
	struct control_number event = {.number = EVENT_AUTH_MOUNT};
	const struct control_support *support = (const void *)answer.body;

	scene->engine.support[EVENT_AUTH_MOUNT] = CONTROL_SUPPORT_NONE;
	assert_int_equal(scene_ask(scene, CONTROL_EVENT_SUPPORT, &event, sizeof(event), &answer),
			 0);
	assert_int_equal(support->level, CONTROL_SUPPORT_NONE);
	assert_string_equal(support->reason, "made up for event 5");
	event.number = 1ULL << 32;
	assert_int_equal(scene_ask(scene, CONTROL_EVENT_SUPPORT, &event, sizeof(event), &answer),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define BARE(test)    cmocka_unit_test_setup_teardown(test, scene_make, scene_free)
#define GREETED(test) cmocka_unit_test_setup_teardown(test, scene_make_greeted, scene_free)
#define CLIENT(test)  cmocka_unit_test_setup_teardown(test, scene_make_client, scene_free)
		GREETED(a_client_comes_with_five_descriptors),
		GREETED(a_kind_of_client_nobody_knows_is_refused),
		GREETED(without_an_engine_the_reason_is_told),
		GREETED(an_admission_file_refuses_after_a_reload),
		GREETED(an_admission_file_limits_its_clients),
		GREETED(one_client_more_than_there_can_be_is_too_many),
		CLIENT(a_process_is_muted_while_it_lives),
		GREETED(a_descendants_client_mutes_its_own_subtree_only),
		CLIENT(target_mutes_need_an_event_with_targets),
		CLIENT(mutes_that_mean_nothing_are_refused),
		CLIENT(a_dimension_is_inverted_and_inverted_back),
		CLIENT(mutes_are_listed_in_memory_nobody_can_change),
		CLIENT(the_mutes_of_others_are_for_administrators),
		CLIENT(a_client_is_told_of_an_administrators_mutes),
		CLIENT(a_client_that_reads_nothing_is_told_of_a_few),
		CLIENT(settings_are_kept_and_nonsense_is_refused),
		CLIENT(clearing_the_cache_too_often_is_throttled),
		CLIENT(a_sync_is_answered_when_the_engine_got_there_and_others_go_on),
		CLIENT(an_engine_without_a_fence_refuses_a_sync),
		CLIENT(syncs_on_their_way_have_a_limit),
		BARE(a_user_gets_descendants_clients_and_a_few_of_them),
		BARE(all_users_together_have_a_few_more),
		BARE(a_users_mutes_have_a_limit_until_cleared),
		CLIENT(support_is_told_event_by_event),
#undef BARE
#undef GREETED
#undef CLIENT
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
