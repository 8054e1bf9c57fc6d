/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: how they begin and end, what a hostile or unlucky program may do with them, and the
 * limits they stay in.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "control/control.h"
#include "daemon/control/connection.h"
#include "daemon/control/limits.h"
#include "daemon/delivery/clients.h"
#include "tests/unit/daemon/control/scene.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct scene_answer answer;

static size_t client_count(struct scene *scene)
{
	return delivery_client_status(scene->delivery, NULL, 0);
}

static void turn_until_no_client(struct scene *scene)
{
	uint64_t deadline = clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;

	while (client_count(scene) > 0) {
		assert_true(clock_now_ns() < deadline);
		scene_turn(scene);
	}
}

static unsigned int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void a_hello_tells_who_answers(void **state)
{
	struct scene *scene = *state;
	const struct control_hello_answer *body = (const void *)answer.body;

	scene->socket = scene_connect(scene);
	assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer), 0);
	assert_int_equal(answer.size, sizeof(*body));
	assert_string_equal(body->engine, "fake");
	assert_int_equal(body->daemon_pid, getpid());
	assert_int_equal(body->private_daemon, 0);
}

static void assert_hung_up(struct scene *scene)
{
	struct scene_answer end;

	assert_false(scene_receive(scene, scene->socket, &end));
}

static void a_connection_begins_with_a_hello(void **state)
{
	struct scene *scene = *state;

	scene->socket = scene_connect(scene);
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), -EPROTO);
	assert_hung_up(scene);
}

static void a_second_hello_ends_the_connection(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer),
			 -EALREADY);
	assert_hung_up(scene);
}

static void a_role_nobody_knows_is_refused(void **state)
{
	struct scene *scene = *state;

	scene->socket = scene_connect(scene);
	assert_int_equal(scene_hello(scene, scene->socket, (enum control_role)7, &answer), -EINVAL);
	assert_hung_up(scene);
}

static void a_program_of_another_version_is_told_what_to_do(void **state)
{
	struct scene *scene = *state;
	struct control_header header = {.size = sizeof(header), .version = CONTROL_VERSION + 1};
	struct packet packet = {.bytes = &header, .size = sizeof(header)};

	assert_int_equal(packet_send(scene->socket, &packet, 0), 0);
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, -EPROTONOSUPPORT);
	assert_non_null(strstr(answer.text, "Restart"));
	assert_hung_up(scene);
}

static void a_malformed_packet_ends_the_connection(void **state)
{
	struct scene *scene = *state;
	char bytes[] = "garbage";
	struct packet packet = {.bytes = bytes, .size = sizeof(bytes)};

	assert_int_equal(packet_send(scene->socket, &packet, 0), 0);
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, -EBADMSG);
	assert_hung_up(scene);
}

static void a_packet_that_is_too_large_ends_the_connection(void **state)
{
	struct scene *scene = *state;
	static char bytes[CONTROL_PACKET_MAX + 1];
	struct packet packet = {.bytes = bytes, .size = sizeof(bytes)};

	assert_int_equal(packet_send(scene->socket, &packet, 0), 0);
	assert_hung_up(scene);
}

static void an_unknown_request_is_refused_and_no_more(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(scene_ask(scene, CONTROL_TYPE_LAST, NULL, 0, &answer), -EOPNOTSUPP);
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), -ENOTCONN);
}

static void administration_needs_an_administrator(void **state)
{
	struct scene *scene = *state;
	const struct control_report report = {.kind = CONTROL_REPORT_STATUS};

	assert_int_equal(scene_ask(scene, CONTROL_RELEASE_ALL, NULL, 0, &answer), -EPERM);
	assert_int_equal(scene_ask(scene, CONTROL_REPORT, &report, sizeof(report), &answer),
			 -EPERM);
	assert_true(strlen(answer.text) > 0);
}

static void a_program_that_does_not_read_its_answers_is_hung_up(void **state)
{
	struct scene *scene = *state;
	const struct control_number event = {.number = EVENT_AUTH_OPEN};
	int small = 1;

	assert_int_equal(setsockopt(scene->socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
			 0);
	/* Sends, as long as it may, and never reads. */
	while (scene->idle == 0) {
		struct {
			struct control_header header;
			struct control_number body;
		} bytes = {.header = {.size = sizeof(bytes),
				      .version = CONTROL_VERSION,
				      .type = CONTROL_EVENT_SUPPORT,
				      .serial = 9},
			   .body = event};
		struct packet packet = {.bytes = &bytes, .size = sizeof(bytes)};

		packet_send(scene->socket, &packet, 0);
		scene_turn(scene);
	}
	assert_int_equal(scene->idle, 1);
}

static void a_client_ends_with_its_connection(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(client_count(scene), 1);
	close(TAKE_DESCRIPTOR(scene->socket));
	turn_until_no_client(scene);
	assert_int_equal(scene->idle, 1);
}

static void a_client_ends_while_its_answer_is_owed(void **state)
{
	struct scene *scene = *state;

	scene_send(scene, scene->socket, CONTROL_SYNC, NULL, 0);
	while (scene->engine.fence_count == 0)
		scene_turn(scene);
	close(TAKE_DESCRIPTOR(scene->socket));
	turn_until_no_client(scene);
	/* The engine calls back all the same. */
	scene->engine.fences[0].done(scene->engine.fences[0].context);
	scene_turn(scene);
}

/* What a program does that connects, is admitted, forks, and dies or runs another program. */
static void be_a_program(const char *path, int hold, bool replace)
{
	const struct control_client_new body = {.kind = CONTROL_CLIENT_ORDINARY};
	const struct control_request request = {.type = CONTROL_CLIENT_NEW,
						.body = &body,
						.body_size = sizeof(body),
						.descriptor = -1};
	static struct control_answer made;
	uint64_t deadline = clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;
	struct control *control = NULL;
	char byte;

	if (control_open(&control, path, CONTROL_ROLE_CLIENT, deadline) < 0 ||
	    control_call(control, &request, &made, NULL, deadline) < 0 || made.result != 0)
		_exit(1);
	/* The child holds socket and channel until the test lets go of the pipe. */
	if (fork() == 0)
		_exit((int)read(hold, &byte, 1));
	if (!replace)
		_exit(0);
	dup2(hold, 0);
	execl("/bin/cat", "cat", (char *)NULL);
	_exit(1);
}

struct stage {
	char path[108];
	char folder[32];
	int pipe[2];
	pid_t program;
};

static void begin_stage(struct scene *scene, struct stage *stage, bool replace)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(stage->folder, "/tmp/server-test-XXXXXX");
	assert_non_null(mkdtemp(stage->folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", stage->folder);
	strcpy(stage->path, address.sun_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(server_listen(scene->server, listener), 0);
	assert_int_equal(pipe(stage->pipe), 0);
	stage->program = fork();
	assert_true(stage->program >= 0);
	if (stage->program == 0) {
		close(stage->pipe[1]);
		be_a_program(stage->path, stage->pipe[0], replace);
	}
	while (client_count(scene) == 0)
		scene_turn(scene);
}

static void end_stage(const struct stage *stage)
{
	close(stage->pipe[0]);
	close(stage->pipe[1]);
	waitpid(stage->program, NULL, 0);
	unlink(stage->path);
	rmdir(stage->folder);
}

static void a_client_ends_with_its_process_though_a_child_holds_the_socket(void **state)
{
	struct scene *scene = *state;
	struct stage stage;

	begin_stage(scene, &stage, false);
	turn_until_no_client(scene);
	end_stage(&stage);
}

static void a_client_ends_with_its_program_though_a_child_holds_the_socket(void **state)
{
	struct scene *scene = *state;
	struct stage stage;

	begin_stage(scene, &stage, true);
	/* What the engine sees of the exec: the old version of the token lives no more. */
	scene->engine.alive_pidversion++;
	turn_until_no_client(scene);
	end_stage(&stage);
}

static void what_a_child_of_the_client_sends_is_dropped(void **state)
{
	struct scene *scene = *state;
	const struct event_set open = {{1ULL << EVENT_AUTH_OPEN}};
	struct event_set subscribed;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		scene_send(scene, scene->socket, CONTROL_SUBSCRIBE, &open, sizeof(open));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), 0);
	memcpy(&subscribed, answer.body, sizeof(subscribed));
	assert_true(event_set_empty(&subscribed));
}

static void a_further_connection_comes_through_the_first(void **state)
{
	struct scene *scene = *state;
	struct control_header header = {.size = sizeof(header),
					.version = CONTROL_VERSION,
					.type = CONTROL_CONNECT,
					.serial = 50};
	struct packet packet = {.bytes = &header, .size = sizeof(header), .descriptor_count = 1};
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	packet.descriptors[0] = ends[0];
	assert_int_equal(packet_send(scene->socket, &packet, 0), 0);
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, 0);
	close(ends[0]);
	assert_int_equal(scene_hello(scene, ends[1], CONTROL_ROLE_CLIENT, &answer), 0);
	close(ends[1]);
}

static void only_a_packet_socket_of_ones_own_makes_a_connection(void **state)
{
	struct scene *scene = *state;
	struct control_header header = {.size = sizeof(header),
					.version = CONTROL_VERSION,
					.type = CONTROL_CONNECT,
					.serial = 50};
	struct packet packet = {.bytes = &header,
				.size = sizeof(header),
				.descriptors = {0},
				.descriptor_count = 1};

	assert_int_equal(packet_send(scene->socket, &packet, 0), 0);
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, -ENOTSOCK);
	/* Without any descriptor the request is malformed. */
	assert_int_equal(scene_ask(scene, CONTROL_CONNECT, NULL, 0, &answer), -EBADMSG);
}

static void connections_have_a_limit(void **state)
{
	struct scene *scene = *state;
	static int sockets[LIMIT_CONNECTIONS + 1];
	unsigned int count = 0;

	/* Whoever they are of: those that were told no count too. */
	while (count <= LIMIT_CONNECTIONS && (sockets[count] = scene_connect(scene)) >= 0)
		count++;
	assert_int_equal(count, LIMIT_CONNECTIONS);
	while (count > 0)
		close(sockets[--count]);
	/* And it is free again once they are gone. */
	while (scene->idle == 0)
		scene_turn(scene);
	scene->socket = scene_connect(scene);
	assert_true(scene->socket >= 0);
}

static void a_user_has_fewer_connections_and_is_told_so(void **state)
{
	struct scene *scene = *state;
	static int sockets[LIMIT_CONNECTIONS_OF_USER + 1];

	for (int index = 0; index <= LIMIT_CONNECTIONS_OF_USER; index++)
		sockets[index] = scene_connect_as_user(scene);
	assert_int_equal(scene_hello(scene, sockets[0], CONTROL_ROLE_CLIENT, &answer), 0);
	assert_int_equal(scene_hello(scene, sockets[LIMIT_CONNECTIONS_OF_USER], CONTROL_ROLE_CLIENT,
				     &answer),
			 -EUSERS);
	assert_non_null(strstr(answer.text, "close some"));
	for (int index = 0; index <= LIMIT_CONNECTIONS_OF_USER; index++)
		close(sockets[index]);
}

/* The connection that came last. */
static struct connection *last_connection(struct scene *scene)
{
	return scene->server->connections->prev;
}

static void all_users_together_leave_room_for_root(void **state)
{
	struct scene *scene = *state;
	static int sockets[LIMIT_CONNECTIONS_OF_USERS];
	OWNED_DESCRIPTOR int one_more = -1;

	for (unsigned int index = 0; index < LIMIT_CONNECTIONS_OF_USERS; index++) {
		sockets[index] = scene_connect(scene);
		assert_true(sockets[index] >= 0);
		last_connection(scene)->peer.uid = 100000 + index;
	}
	one_more = scene_connect_as_user(scene);
	assert_int_equal(scene_hello(scene, one_more, CONTROL_ROLE_CLIENT, &answer), -EUSERS);
	scene->socket = scene_connect(scene);
	last_connection(scene)->refused = false; /* were it root's */
	assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer), 0);
	for (unsigned int index = 0; index < LIMIT_CONNECTIONS_OF_USERS; index++)
		close(sockets[index]);
}

/* Sends the same harmless request until the socket takes no more; how often. */
static unsigned int flood(int socket)
{
	struct {
		struct control_header header;
		struct control_number body;
	} bytes = {.header = {.size = sizeof(bytes),
			      .version = CONTROL_VERSION,
			      .type = CONTROL_EVENT_SUPPORT,
			      .serial = 9},
		   .body = {.number = EVENT_AUTH_OPEN}};
	struct packet packet = {.bytes = &bytes, .size = sizeof(bytes)};
	unsigned int count = 0;

	while (packet_send(socket, &packet, 0) == 0)
		count++;
	return count;
}

static void who_floods_the_server_starves_nobody(void **state)
{
	struct scene *scene = *state;
	OWNED_DESCRIPTOR int other = scene_connect(scene);
	unsigned int sent = flood(scene->socket);
	unsigned int answered = 0;
	struct pollfd poller = {.fd = scene->socket, .events = POLLIN};

	assert_true(sent > 8);
	assert_int_equal(scene_hello(scene, other, CONTROL_ROLE_CLIENT, &answer), 0);
	while (poll(&poller, 1, 0) == 1 && answered < sent) {
		_Alignas(8) char bytes[1024];
		struct packet packet = {.bytes = bytes, .size = sizeof(bytes)};

		assert_int_equal(packet_receive(scene->socket, &packet, 0), 0);
		answered++;
	}
	/* They took turns: a few of the flood came first, not all. */
	assert_true(answered <= 4);
}

static void an_answer_that_never_comes_is_given_up(void **state)
{
	struct scene *scene = *state;

	scene_send(scene, scene->socket, CONTROL_SYNC, NULL, 0);
	while (scene->engine.fence_count == 0)
		scene_turn(scene);
	later_expire(scene->server, clock_now_ns());
	assert_false(scene->server->connections->later == NULL);
	later_expire(scene->server,
		     clock_now_ns() + (LIMIT_LATER_SECONDS + 1) * NANOSECONDS_PER_SECOND);
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, -ETIMEDOUT);
	/* The connection goes on, and the engine may still come. */
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), 0);
	scene->engine.fences[0].done(scene->engine.fences[0].context);
	while (scene->server->later_count > 0)
		scene_turn(scene);
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIPTIONS, NULL, 0, &answer), 0);
}

static void a_user_is_no_administrator(void **state)
{
	struct scene *scene = *state;

	scene->socket = scene_connect_as_user(scene);
	assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_ADMINISTRATOR, &answer),
			 -EPERM);
	assert_non_null(strstr(answer.text, "root"));
	assert_hung_up(scene);
}

static void nothing_is_left_open(void **state)
{
	struct scene *scene = *state;
	unsigned int before = open_descriptors();

	for (int round = 0; round < 3; round++) {
		const struct control_client_new body = {.kind = CONTROL_CLIENT_ORDINARY};

		scene->idle = 0;
		scene->socket = scene_connect(scene);
		assert_int_equal(scene_hello(scene, scene->socket, CONTROL_ROLE_CLIENT, &answer),
				 0);
		assert_int_equal(scene_ask(scene, CONTROL_CLIENT_NEW, &body, sizeof(body), &answer),
				 0);
		close(TAKE_DESCRIPTOR(scene->socket));
		while (scene->idle == 0)
			scene_turn(scene);
	}
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define BARE(test)    cmocka_unit_test_setup_teardown(test, scene_make, scene_free)
#define GREETED(test) cmocka_unit_test_setup_teardown(test, scene_make_greeted, scene_free)
#define CLIENT(test)  cmocka_unit_test_setup_teardown(test, scene_make_client, scene_free)
		BARE(a_hello_tells_who_answers),
		BARE(a_connection_begins_with_a_hello),
		GREETED(a_second_hello_ends_the_connection),
		BARE(a_role_nobody_knows_is_refused),
		GREETED(a_program_of_another_version_is_told_what_to_do),
		GREETED(a_malformed_packet_ends_the_connection),
		GREETED(a_packet_that_is_too_large_ends_the_connection),
		GREETED(an_unknown_request_is_refused_and_no_more),
		GREETED(administration_needs_an_administrator),
		GREETED(a_program_that_does_not_read_its_answers_is_hung_up),
		CLIENT(a_client_ends_with_its_connection),
		CLIENT(a_client_ends_while_its_answer_is_owed),
		BARE(a_client_ends_with_its_process_though_a_child_holds_the_socket),
		BARE(a_client_ends_with_its_program_though_a_child_holds_the_socket),
		CLIENT(what_a_child_of_the_client_sends_is_dropped),
		GREETED(a_further_connection_comes_through_the_first),
		GREETED(only_a_packet_socket_of_ones_own_makes_a_connection),
		BARE(connections_have_a_limit),
		BARE(a_user_has_fewer_connections_and_is_told_so),
		BARE(all_users_together_leave_room_for_root),
		GREETED(who_floods_the_server_starves_nobody),
		CLIENT(an_answer_that_never_comes_is_given_up),
		BARE(a_user_is_no_administrator),
		BARE(nothing_is_left_open),
#undef BARE
#undef GREETED
#undef CLIENT
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
