/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/packet.h over a socket pair: what is sent arrives, what does not fit or does not come is
 * told, and no descriptor is lost on any of these ways.
 */
#include "base/packet.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { ENDS = 2 };

static uint64_t soon(void)
{
	return clock_now_ns() + 20 * NANOSECONDS_PER_MILLISECOND;
}

static int make_pair(void **state)
{
	int *ends = calloc(ENDS, sizeof(*ends));

	if (!ends || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	*state = ends;
	return 0;
}

static int close_pair(void **state)
{
	int *ends = *state;

	for (int end = 0; end < ENDS; end++)
		if (ends[end] >= 0)
			close(ends[end]);
	free(ends);
	return 0;
}

static int lowest_free_descriptor(void)
{
	int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(descriptor);
	return descriptor;
}

static void what_is_sent_arrives_with_its_descriptors(void **state)
{
	const int *ends = *state;
	char text[] = "hello";
	char room[16];
	struct packet out = {
		.bytes = text, .size = sizeof(text), .descriptors = {0, 2}, .descriptor_count = 2};
	struct packet in = {.bytes = room, .size = sizeof(room)};

	assert_int_equal(packet_send(ends[0], &out, 0), 0);
	assert_int_equal(packet_receive(ends[1], &in, 0), 0);

	assert_int_equal(in.size, sizeof(text));
	assert_string_equal(room, "hello");
	assert_int_equal(in.descriptor_count, 2);
	for (int index = 0; index < 2; index++)
		assert_int_equal(fcntl(in.descriptors[index], F_GETFD), FD_CLOEXEC);
	packet_close_descriptors(&in);
	assert_int_equal(in.descriptor_count, 0);
}

static void the_sender_is_known_where_the_socket_asks_for_it(void **state)
{
	const int *ends = *state;
	char byte = 1;
	struct packet packet = {.bytes = &byte, .size = 1};
	int on = 1;

	assert_int_equal(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	assert_int_equal(packet_send(ends[0], &packet, 0), 0);
	assert_int_equal(packet_receive(ends[1], &packet, 0), 0);
	assert_int_equal(packet.sender, getpid());
}

static void a_silent_peer_is_waited_for_until_the_deadline(void **state)
{
	const int *ends = *state;
	char byte;
	struct packet packet = {.bytes = &byte, .size = 1};
	uint64_t deadline = soon();

	assert_int_equal(packet_receive(ends[0], &packet, deadline), -ETIMEDOUT);
	assert_true(clock_now_ns() >= deadline);
	assert_int_equal(packet_receive(ends[0], &packet, 0), -ETIMEDOUT);
}

static void a_peer_that_does_not_read_is_waited_for_until_the_deadline(void **state)
{
	const int *ends = *state;
	char bytes[4096] = {0};
	struct packet packet = {.bytes = bytes, .size = sizeof(bytes)};
	int result;

	do
		result = packet_send(ends[0], &packet, 0);
	while (result == 0);
	assert_int_equal(result, -ETIMEDOUT);
	assert_int_equal(packet_send(ends[0], &packet, soon()), -ETIMEDOUT);
}

static void a_peer_that_is_gone_is_an_error_and_no_signal(void **state)
{
	int *ends = *state;
	char byte = 1;
	struct packet packet = {.bytes = &byte, .size = 1};

	close(TAKE_DESCRIPTOR(ends[1]));
	assert_int_equal(packet_send(ends[0], &packet, 0), -EPIPE);
	assert_int_equal(packet_receive(ends[0], &packet, 0), -ECONNRESET);
}

static void a_packet_that_does_not_fit_leaves_no_descriptor_behind(void **state)
{
	const int *ends = *state;
	char large[64] = {0};
	struct packet out = {
		.bytes = large, .size = sizeof(large), .descriptors = {0}, .descriptor_count = 1};
	char room[8];
	struct packet in = {.bytes = room, .size = sizeof(room)};
	int before = lowest_free_descriptor();

	assert_int_equal(packet_send(ends[0], &out, 0), 0);
	assert_int_equal(packet_receive(ends[1], &in, 0), -EMSGSIZE);
	assert_int_equal(in.descriptor_count, 0);
	assert_int_equal(lowest_free_descriptor(), before);
}

static void more_descriptors_than_there_is_room_for_are_refused(void **state)
{
	const int *ends = *state;
	char byte = 1;
	struct packet packet = {
		.bytes = &byte, .size = 1, .descriptor_count = PACKET_DESCRIPTORS_MAX + 1};

	assert_int_equal(packet_send(ends[0], &packet, 0), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_pair, close_pair)
		CASE(what_is_sent_arrives_with_its_descriptors),
		CASE(the_sender_is_known_where_the_socket_asks_for_it),
		CASE(a_silent_peer_is_waited_for_until_the_deadline),
		CASE(a_peer_that_does_not_read_is_waited_for_until_the_deadline),
		CASE(a_peer_that_is_gone_is_an_error_and_no_signal),
		CASE(a_packet_that_does_not_fit_leaves_no_descriptor_behind),
		CASE(more_descriptors_than_there_is_room_for_are_refused),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
