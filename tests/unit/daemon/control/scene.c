/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets the scene: owns server, delivery and the made-up engine; carries packets both ways.
 */
#include "tests/unit/daemon/control/scene.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { MOMENT_US = 20 * 1000, PATIENCE_SECONDS = 10 };

static void engine_support(const struct engine *engine, unsigned int event,
			   struct engine_support *ret_support)
{
	ret_support->level = engine->support[event];
	snprintf(ret_support->reason, sizeof(ret_support->reason), "made up for event %u", event);
}

static int engine_set_events(struct engine *engine, const struct event_set *events,
			     char error[CONTROL_TEXT_MAX])
{
	engine->set_events_calls++;
	if (engine->set_events_result < 0) {
		snprintf(error, CONTROL_TEXT_MAX, "no room for marks");
		return engine->set_events_result;
	}
	engine->watched = *events;
	return 0;
}

static int engine_fence(struct engine *engine, void (*done)(void *context), void *context)
{
	if (engine->fence_count >= FENCES)
		return -ENOSPC;
	engine->fences[engine->fence_count].done = done;
	engine->fences[engine->fence_count++].context = context;
	return 0;
}

static int engine_process_alive(struct engine *engine, struct record_token *token)
{
	pid_t pid = (pid_t)token->words[RECORD_TOKEN_PID];
	uint32_t version = token->words[RECORD_TOKEN_PIDVERSION];

	if (kill(pid, 0) < 0 && errno == ESRCH)
		return -ESRCH;
	if (version != 0 && version != engine->alive_pidversion)
		return -ESRCH;
	token->words[RECORD_TOKEN_PIDVERSION] = engine->alive_pidversion;
	return 0;
}

static int engine_process_token(struct engine *engine, pid_t pid, struct record_token *ret_token)
{
	struct record_token token = {{0}};
	int result;

	token.words[RECORD_TOKEN_PID] = (uint32_t)pid;
	result = engine_process_alive(engine, &token);
	if (result == 0)
		*ret_token = token;
	return result;
}

static void engine_subtree_add(struct engine *engine, unsigned int client_index,
			       const struct record_token *root)
{
	(void)root;
	engine->subtrees.words[client_index / 64] |= 1ULL << (client_index % 64);
}

static void engine_subtree_remove(struct engine *engine, unsigned int client_index)
{
	engine->subtrees.words[client_index / 64] &= ~(1ULL << (client_index % 64));
}

static bool engine_subtree_has(struct engine *engine, unsigned int client_index,
			       const struct record_token *token)
{
	return engine->subtrees.words[client_index / 64] >> (client_index % 64) & 1 &&
	       token->words[RECORD_TOKEN_PID] == engine->descendant;
}

static void engine_status(struct engine *engine, struct engine_status *ret_status)
{
	(void)engine;
	*ret_status = (struct engine_status){.text = "made up", .marks = 3};
}

static const struct engine_operations operations = {
	.name = "fake",
	.support = engine_support,
	.set_events = engine_set_events,
	.fence = engine_fence,
	.process_token = engine_process_token,
	.process_alive = engine_process_alive,
	.subtree_add = engine_subtree_add,
	.subtree_remove = engine_subtree_remove,
	.subtree_has = engine_subtree_has,
	.status = engine_status,
};

static void release(void *context, uint64_t hold, bool allow)
{
	(void)context;
	(void)hold;
	(void)allow;
}

static void note(void *context, const struct delivery_note *note)
{
	(void)context;
	(void)note;
}

static void say(void *context, int priority, const char *text)
{
	struct scene *scene = context;

	(void)priority;
	scene->said++;
	snprintf(scene->last_said, sizeof(scene->last_said), "%s", text);
}

static void idle(void *context)
{
	((struct scene *)context)->idle++;
}

/* So that the tests need no rights: whoever runs them is admitted. */
static int admit_this_user(struct scene *scene)
{
	char path[128];
	char text[64];
	int file;
	bool written;

	strcpy(scene->entries, "/tmp/control-test-XXXXXX");
	if (!mkdtemp(scene->entries))
		return -1;
	snprintf(path, sizeof(path), "%s/90-this-user.conf", scene->entries);
	snprintf(text, sizeof(text), "uid = %u\nallow = yes\n", geteuid());
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
	close(file);
	return written ? 0 : -1;
}

int scene_make(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	const struct delivery_options delivery = {.release = release, .note = note};

	*state = scene;
	if (!scene || admit_this_user(scene) < 0 || sd_event_new(&scene->event) < 0 ||
	    delivery_new(&scene->delivery, &delivery) < 0 || denials_new(&scene->denials, 4) < 0)
		return -1;
	scene->socket = -1;
	scene->engine.alive_pidversion = 77;
	for (unsigned int event = 0; event < EVENT_LAST; event++)
		scene->engine.support[event] = CONTROL_SUPPORT_AUTH;
	scene->options = (struct server_options){
		.event = scene->event,
		.delivery = scene->delivery,
		.operations = &operations,
		.engine = &scene->engine,
		.denials = scene->denials,
		.entries_directory = scene->entries,
		.say = say,
		.say_context = scene,
		.idle = idle,
		.idle_context = scene,
	};
	return server_new(&scene->server, &scene->options);
}

int scene_make_greeted(void **state)
{
	struct scene *scene;
	struct scene_answer answer;

	if (scene_make(state) < 0)
		return -1;
	scene = *state;
	scene->socket = scene_connect(scene);
	if (scene->socket < 0)
		return -1;
	return scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer);
}

int scene_make_client(void **state)
{
	const struct control_client_new body = {.kind = CONTROL_CLIENT_ORDINARY};
	struct scene_answer answer;

	if (scene_make_greeted(state) < 0)
		return -1;
	return scene_ask(*state, CONTROL_CLIENT_NEW, &body, sizeof(body), &answer);
}

int scene_free(void **state)
{
	struct scene *scene = *state;
	char command[128];

	if (scene->socket >= 0)
		close(scene->socket);
	server_free(scene->server);
	delivery_free(scene->delivery);
	denials_free(scene->denials);
	sd_event_unref(scene->event);
	snprintf(command, sizeof(command), "rm -rf %s", scene->entries);
	free(scene);
	return system(command);
}

int scene_connect(struct scene *scene)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	if (server_adopt(scene->server, ends[0]) < 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	return ends[1];
}

int scene_connect_as_user(struct scene *scene)
{
	const uid_t self = geteuid();
	char path[128];
	int socket;

	snprintf(path, sizeof(path), "%s/90-this-user.conf", scene->entries);
	unlink(path);
	assert_int_equal(server_reload(scene->server), 0);
	if (self == 0)
		assert_int_equal(seteuid(65533), 0);
	socket = scene_connect(scene);
	assert_int_equal(seteuid(self), 0);
	return socket;
}

bool scene_turn(struct scene *scene)
{
	return sd_event_run(scene->event, MOMENT_US) > 0;
}

void scene_turn_until_readable(struct scene *scene, int socket)
{
	uint64_t deadline = clock_now_ns() + PATIENCE_SECONDS * NANOSECONDS_PER_SECOND;
	struct pollfd poller = {.fd = socket, .events = POLLIN};

	while (poll(&poller, 1, 0) == 0) {
		assert_true(clock_now_ns() < deadline);
		scene_turn(scene);
	}
}

void scene_send(struct scene *scene, int socket, enum control_type type, const void *body,
		size_t size)
{
	struct {
		struct control_header header;
		unsigned char body[CONTROL_PACKET_MAX];
	} bytes = {.header = {.size = (__u32)(sizeof(bytes.header) + size),
			      .version = CONTROL_VERSION,
			      .type = (__u16)type,
			      .serial = ++scene->serial}};
	struct packet packet = {.bytes = &bytes, .size = bytes.header.size};

	if (size > 0)
		memcpy(bytes.body, body, size);
	assert_int_equal(packet_send(socket, &packet, 0), 0);
}

bool scene_receive(struct scene *scene, int socket, struct scene_answer *ret_answer)
{
	_Alignas(8) unsigned char bytes[CONTROL_PACKET_MAX];
	const struct control_header *header = (const void *)bytes;

	memset(ret_answer, 0, sizeof(*ret_answer));
	ret_answer->packet.bytes = bytes;
	ret_answer->packet.size = sizeof(bytes);
	scene_turn_until_readable(scene, socket);
	if (packet_receive(socket, &ret_answer->packet, 0) < 0)
		return false;
	ret_answer->packet.bytes = NULL;
	assert_int_equal(header->size, ret_answer->packet.size);
	assert_int_equal(header->version, CONTROL_VERSION);
	ret_answer->result = header->result;
	ret_answer->size = header->size - sizeof(*header);
	memcpy(ret_answer->body, header + 1, ret_answer->size);
	if (header->result != 0)
		memcpy(ret_answer->text, ret_answer->body, sizeof(ret_answer->text));
	return true;
}

int scene_ask(struct scene *scene, enum control_type type, const void *body, size_t size,
	      struct scene_answer *ret_answer)
{
	scene_send(scene, scene->socket, type, body, size);
	assert_true(scene_receive(scene, scene->socket, ret_answer));
	packet_close_descriptors(&ret_answer->packet);
	return ret_answer->result;
}

int scene_hello(struct scene *scene, int socket, enum control_role role,
		struct scene_answer *ret_answer)
{
	const struct control_hello hello = {.role = role};

	scene_send(scene, socket, CONTROL_HELLO, &hello, sizeof(hello));
	assert_true(scene_receive(scene, socket, ret_answer));
	return ret_answer->result;
}
