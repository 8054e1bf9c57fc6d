/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/ against a daemon that may be hostile. The daemon's packets are put into the socket
 * before control asks for them: serials start at 1 (the hello), so its answers can be written
 * ahead.
 */
#include "control/control.h"

#include "base/clock.h"
#include "base/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { HELLO_SERIAL = 1, FIRST_SERIAL };

struct fixture {
	int daemon;
	int client;
	struct control *control;
	struct control_answer answer;
	char text[CONTROL_TEXT_MAX];
};

struct answer_packet {
	struct control_header header;
	unsigned char body[CONTROL_TEXT_MAX];
};

static uint64_t soon(void)
{
	return clock_now_ns() + 5 * NANOSECONDS_PER_SECOND;
}

/* An answer that is right in every field; a test then spoils what it is about. */
static struct answer_packet right_answer(enum control_type type, uint32_t serial, const void *body,
					 size_t size)
{
	struct answer_packet answer = {
		.header = {.size = (__u32)(sizeof(answer.header) + size),
			   .version = CONTROL_VERSION,
			   .type = (__u16)type,
			   .serial = serial},
	};

	if (size > 0)
		memcpy(answer.body, body, size);
	return answer;
}

static void send_answer(int socket, struct answer_packet *answer, size_t size)
{
	struct packet packet = {.bytes = answer, .size = size};

	assert_int_equal(packet_send(socket, &packet, soon()), 0);
}

static void send_hello_answer(int socket)
{
	const struct control_hello_answer hello = {
		.daemon_version = "9.9", .engine = "none", .daemon_pid = 42};
	struct answer_packet answer = right_answer(CONTROL_HELLO, HELLO_SERIAL, &hello,
						   sizeof(hello));

	send_answer(socket, &answer, answer.header.size);
}

static int make_pair(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int ends[2];

	if (!fixture || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	fixture->daemon = ends[0];
	fixture->client = ends[1];
	*state = fixture;
	return 0;
}

static int make_connection(void **state)
{
	struct fixture *fixture;

	if (make_pair(state) < 0)
		return -1;
	fixture = *state;
	send_hello_answer(fixture->daemon);
	if (control_adopt(&fixture->control, fixture->client, CONTROL_ROLE_CLIENT, soon()) < 0)
		return -1;
	fixture->client = -1;
	return 0;
}

static int close_all(void **state)
{
	struct fixture *fixture = *state;

	control_answer_done(&fixture->answer);
	control_free(fixture->control);
	if (fixture->daemon >= 0)
		close(fixture->daemon);
	if (fixture->client >= 0)
		close(fixture->client);
	free(fixture);
	return 0;
}

static int call(struct fixture *fixture, uint64_t deadline_ns)
{
	const struct control_number number = {.number = 7};
	const struct control_request request = {.type = CONTROL_SYNC,
						.body = &number,
						.body_size = sizeof(number),
						.descriptor = -1};

	return control_call(fixture->control, &request, &fixture->answer, fixture->text,
			    deadline_ns);
}

static void a_hello_tells_who_the_daemon_is(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(control_daemon(fixture->control)->daemon_version, "9.9");
	assert_int_equal(control_daemon(fixture->control)->daemon_pid, 42);
}

static void a_request_carries_body_and_extra_behind_each_other(void **state)
{
	struct fixture *fixture = *state;
	const struct control_number number = {.number = 7};
	const struct control_request request = {.type = CONTROL_MUTE,
						.body = &number,
						.body_size = sizeof(number),
						.extra = "/tmp",
						.extra_size = 4,
						.descriptor = -1};
	struct answer_packet answer = right_answer(CONTROL_MUTE, FIRST_SERIAL, NULL, 0);
	_Alignas(8) unsigned char room[128];
	struct packet packet = {.bytes = room, .size = sizeof(room)};
	const struct control_header *header = (const void *)room;

	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(control_call(fixture->control, &request, &fixture->answer, NULL, soon()),
			 0);

	assert_int_equal(packet_receive(fixture->daemon, &packet, soon()), 0);
	packet.size = sizeof(room);
	assert_int_equal(packet_receive(fixture->daemon, &packet, soon()), 0);
	assert_int_equal(packet.size, sizeof(*header) + sizeof(number) + 4);
	assert_int_equal(header->size, packet.size);
	assert_int_equal(header->serial, FIRST_SERIAL);
	assert_memory_equal(room + sizeof(*header), &number, sizeof(number));
	assert_memory_equal(room + sizeof(*header) + sizeof(number), "/tmp", 4);
}

static void an_answer_brings_body_and_descriptors(void **state)
{
	struct fixture *fixture = *state;
	const struct control_number number = {.number = 99};
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, &number,
						   sizeof(number));
	struct packet packet = {.bytes = &answer,
				.size = answer.header.size,
				.descriptors = {0},
				.descriptor_count = 1};

	assert_int_equal(packet_send(fixture->daemon, &packet, soon()), 0);
	assert_int_equal(call(fixture, soon()), 0);

	assert_int_equal(fixture->answer.result, 0);
	assert_int_equal(fixture->answer.size, sizeof(number));
	assert_memory_equal(fixture->answer.body, &number, sizeof(number));
	assert_int_equal(fixture->answer.descriptor_count, 1);
	assert_int_equal(fcntl(fixture->answer.descriptors[0], F_GETFD), FD_CLOEXEC);
}

static void a_refusal_brings_the_daemons_words(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, "no", 3);

	answer.header.result = -EPERM;
	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(call(fixture, soon()), 0);
	assert_int_equal(fixture->answer.result, -EPERM);
	assert_string_equal(fixture->text, "no");
}

static void words_without_an_end_are_cut(void **state)
{
	struct fixture *fixture = *state;
	char words[CONTROL_TEXT_MAX];
	struct answer_packet answer;

	memset(words, 'x', sizeof(words));
	answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, words, sizeof(words));
	answer.header.result = -EPERM;
	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(call(fixture, soon()), 0);
	assert_int_equal(strlen(fixture->text), CONTROL_TEXT_MAX - 1);
}

static void assert_dead(struct fixture *fixture)
{
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL + 1, NULL, 0);

	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(call(fixture, soon()), -ECONNRESET);
}

static void a_wrong_size_kills_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, NULL, 0);

	answer.header.size++;
	send_answer(fixture->daemon, &answer, sizeof(answer.header));
	assert_int_equal(call(fixture, soon()), -EPROTO);
	assert_dead(fixture);
}

static void a_truncated_header_kills_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, NULL, 0);

	send_answer(fixture->daemon, &answer, sizeof(answer.header) - 1);
	assert_int_equal(call(fixture, soon()), -EPROTO);
	assert_dead(fixture);
}

static void another_requests_answer_kills_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL + 8, NULL, 0);

	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(call(fixture, soon()), -EPROTO);
	assert_dead(fixture);
}

static void another_type_kills_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_MUTE, FIRST_SERIAL, NULL, 0);

	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(call(fixture, soon()), -EPROTO);
	assert_dead(fixture);
}

static void too_many_descriptors_kill_the_connection_and_are_closed(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, NULL, 0);
	struct packet packet = {.bytes = &answer,
				.size = answer.header.size,
				.descriptor_count = CONTROL_DESCRIPTORS_MAX + 1};
	int before = fcntl(0, F_DUPFD_CLOEXEC, 0);

	close(before);
	assert_int_equal(packet_send(fixture->daemon, &packet, soon()), 0);
	assert_int_equal(call(fixture, soon()), -EPROTO);
	assert_int_equal(fcntl(0, F_DUPFD_CLOEXEC, 0), before);
	close(before);
	assert_dead(fixture);
}

/* ---- What nobody asked for ---- */

static void send_unasked(struct fixture *fixture, const char *path)
{
	struct control_mute mute = {.kind = CONTROL_MUTE_LITERAL,
				    .path_length = (__u32)strlen(path)};
	unsigned char body[sizeof(mute) + 64];
	struct answer_packet packet;

	memcpy(body, &mute, sizeof(mute));
	memcpy(body + sizeof(mute), path, strlen(path));
	packet = right_answer(CONTROL_CLIENT_MUTE, 0, body, sizeof(mute) + strlen(path));
	send_answer(fixture->daemon, &packet, packet.header.size);
}

static void expect_unasked(struct fixture *fixture, const char *path)
{
	struct control_unasked *unasked = control_take_unasked(fixture->control);

	assert_true((unasked == NULL) == (path == NULL));
	if (!unasked)
		return;
	assert_int_equal(unasked->mute.kind, CONTROL_MUTE_LITERAL);
	assert_string_equal(unasked->path, path);
	free(unasked);
}

static void what_nobody_asked_for_is_kept_in_its_order(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, NULL, 0);

	expect_unasked(fixture, NULL);
	send_unasked(fixture, "/before");
	send_unasked(fixture, "/before too");
	send_answer(fixture->daemon, &answer, answer.header.size);
	send_unasked(fixture, "/after");
	assert_int_equal(call(fixture, soon()), 0);
	expect_unasked(fixture, "/before");
	expect_unasked(fixture, "/before too");
	expect_unasked(fixture, "/after");
	expect_unasked(fixture, NULL);
	answer.header.serial++;
	send_answer(fixture->daemon, &answer, answer.header.size);
	send_unasked(fixture, "/left");
	assert_int_equal(call(fixture, soon()), 0);
}

static void what_a_dead_daemon_has_said_is_read(void **state)
{
	struct fixture *fixture = *state;

	send_unasked(fixture, "/last");
	/* It dies with a request before it: then the first the socket tells is an error. */
	assert_int_equal(send(control_descriptor(fixture->control), "", 1, MSG_NOSIGNAL), 1);
	close(TAKE_DESCRIPTOR(fixture->daemon));
	expect_unasked(fixture, "/last");
	expect_unasked(fixture, NULL);
}

static void more_than_is_taken_is_lost_and_more_than_is_said_kills(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, NULL, 0);

	for (int i = 0; i < CONTROL_UNASKED_MAX; i++)
		send_unasked(fixture, "/a");
	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(call(fixture, soon()), 0);
	send_unasked(fixture, "/b");
	answer.header.serial++;
	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(call(fixture, soon()), 0);
	for (int i = 0; i < CONTROL_UNASKED_MAX; i++)
		expect_unasked(fixture, "/a");
	expect_unasked(fixture, NULL);
	for (int i = 0; i <= CONTROL_UNASKED_MAX; i++)
		send_unasked(fixture, "/c");
	assert_int_equal(call(fixture, soon()), -EPROTO);
	assert_dead(fixture);
}

static void one_that_is_not_whole_kills_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct control_mute mute = {.path_length = 1};
	struct answer_packet packet = right_answer(CONTROL_CLIENT_MUTE, 0, &mute, sizeof(mute));

	send_answer(fixture->daemon, &packet, packet.header.size);
	assert_int_equal(call(fixture, soon()), -EPROTO);
	assert_dead(fixture);
	expect_unasked(fixture, NULL);
}

static void a_silent_daemon_costs_no_more_than_the_deadline(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(call(fixture, clock_now_ns() + 20 * NANOSECONDS_PER_MILLISECOND),
			 -ETIMEDOUT);
	assert_dead(fixture);
}

static void a_daemon_that_is_gone_hangs_up(void **state)
{
	struct fixture *fixture = *state;
	struct pollfd poller = {.fd = control_descriptor(fixture->control)};

	close(TAKE_DESCRIPTOR(fixture->daemon));
	assert_int_equal(poll(&poller, 1, 5000), 1);
	assert_true(poller.revents & POLLHUP);
	assert_true(call(fixture, soon()) < 0);
	assert_int_equal(call(fixture, soon()), -ECONNRESET);
}

static void a_request_that_does_not_fit_is_never_sent(void **state)
{
	struct fixture *fixture = *state;
	static const char large[CONTROL_PACKET_MAX];
	const struct control_request request = {.type = CONTROL_MUTE,
						.body = large,
						.body_size = 8,
						.extra = large,
						.extra_size = sizeof(large) - 8,
						.descriptor = -1};

	assert_int_equal(control_call(fixture->control, &request, &fixture->answer, NULL, soon()),
			 -EMSGSIZE);
}

static void a_forks_child_cannot_use_it(void **state)
{
	struct fixture *fixture = *state;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		int result = call(fixture, soon());

		control_free(fixture->control);
		_exit(result == -ECONNRESET ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* And its end did not take the parent's connection along. */
	{
		struct answer_packet answer = right_answer(CONTROL_SYNC, FIRST_SERIAL, NULL, 0);

		send_answer(fixture->daemon, &answer, answer.header.size);
		assert_int_equal(call(fixture, soon()), 0);
	}
}

static void another_version_is_told_apart(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_HELLO, HELLO_SERIAL, NULL, 0);

	answer.header.version = CONTROL_VERSION + 1;
	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(
		control_adopt(&fixture->control, fixture->client, CONTROL_ROLE_CLIENT, soon()),
		-EPROTONOSUPPORT);
	assert_null(fixture->control);
	assert_true(fcntl(fixture->client, F_GETFD) >= 0);
}

static void a_hello_of_the_wrong_size_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct answer_packet answer = right_answer(CONTROL_HELLO, HELLO_SERIAL, "short", 6);

	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(
		control_adopt(&fixture->control, fixture->client, CONTROL_ROLE_CLIENT, soon()),
		-EPROTO);
	assert_null(fixture->control);
}

static void a_further_connection_goes_through_the_first(void **state)
{
	struct fixture *fixture = *state;
	OWNED(control_free) struct control *further = NULL;
	struct answer_packet answer = right_answer(CONTROL_CONNECT, FIRST_SERIAL, NULL, 0);
	_Alignas(8) unsigned char room[128];
	struct packet packet = {.bytes = room, .size = sizeof(room)};
	const struct control_header *header = (const void *)room;

	/* The daemon answers the request and never the new connection's hello. */
	send_answer(fixture->daemon, &answer, answer.header.size);
	assert_int_equal(control_open_further(&further, fixture->control, CONTROL_ROLE_CLIENT,
					      clock_now_ns() + 50 * NANOSECONDS_PER_MILLISECOND),
			 -ETIMEDOUT);
	assert_int_equal(packet_receive(fixture->daemon, &packet, soon()), 0);
	packet.size = sizeof(room);
	assert_int_equal(packet_receive(fixture->daemon, &packet, soon()), 0);
	assert_int_equal(header->type, CONTROL_CONNECT);
	assert_int_equal(packet.descriptor_count, 1);
	{
		struct packet hello = {.bytes = room, .size = sizeof(room)};

		assert_int_equal(packet_receive(packet.descriptors[0], &hello, soon()), 0);
		assert_int_equal(header->type, CONTROL_HELLO);
	}
	packet_close_descriptors(&packet);
}

static void where_no_daemon_listens_the_errno_says_so(void **state)
{
	OWNED(control_free) struct control *control = NULL;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];

	(void)state;
	assert_int_equal(control_open(&control, "/nonexistent/socket", CONTROL_ROLE_CLIENT, soon()),
			 -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(control_open(&control, path, CONTROL_ROLE_CLIENT, soon()), -ENAMETOOLONG);
	assert_int_equal(setenv("ENDPOINTSECURITY_SOCKET", "/nonexistent/other", 1), 0);
	assert_int_equal(control_open(&control, NULL, CONTROL_ROLE_CLIENT, soon()), -ENOENT);
	assert_null(control);
}

static void a_daemon_with_a_full_queue_is_waited_for_until_the_deadline(void **state)
{
	OWNED(control_free) struct control *control = NULL;
	OWNED_DESCRIPTOR int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	OWNED_DESCRIPTOR int first = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/control-test-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(connect(first, (struct sockaddr *)&address, sizeof(address)), 0);

	assert_int_equal(control_open(&control, address.sun_path, CONTROL_ROLE_CLIENT,
				      clock_now_ns() + 20 * NANOSECONDS_PER_MILLISECOND),
			 -ETIMEDOUT);
	unlink(address.sun_path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(test)	cmocka_unit_test_setup_teardown(test, make_connection, close_all)
#define PAIR_CASE(test) cmocka_unit_test_setup_teardown(test, make_pair, close_all)
		CASE(a_hello_tells_who_the_daemon_is),
		CASE(a_request_carries_body_and_extra_behind_each_other),
		CASE(an_answer_brings_body_and_descriptors),
		CASE(a_refusal_brings_the_daemons_words),
		CASE(words_without_an_end_are_cut),
		CASE(a_wrong_size_kills_the_connection),
		CASE(a_truncated_header_kills_the_connection),
		CASE(another_requests_answer_kills_the_connection),
		CASE(another_type_kills_the_connection),
		CASE(too_many_descriptors_kill_the_connection_and_are_closed),
		CASE(what_nobody_asked_for_is_kept_in_its_order),
		CASE(what_a_dead_daemon_has_said_is_read),
		CASE(more_than_is_taken_is_lost_and_more_than_is_said_kills),
		CASE(one_that_is_not_whole_kills_the_connection),
		CASE(a_silent_daemon_costs_no_more_than_the_deadline),
		CASE(a_daemon_that_is_gone_hangs_up),
		CASE(a_request_that_does_not_fit_is_never_sent),
		CASE(a_forks_child_cannot_use_it),
		CASE(a_further_connection_goes_through_the_first),
		PAIR_CASE(another_version_is_told_apart),
		PAIR_CASE(a_hello_of_the_wrong_size_is_refused),
		cmocka_unit_test(where_no_daemon_listens_the_errno_says_so),
		cmocka_unit_test(a_daemon_with_a_full_queue_is_waited_for_until_the_deadline),
#undef CASE
#undef PAIR_CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
