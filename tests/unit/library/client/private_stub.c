/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private daemon for tests, started by the library as the real one is. What it does is in the
 * last part of its --root:
 *
 *	facts	refuses every client, with words that say how it was started
 *	serve	makes clients with real channels, and nothing else
 *	silent	ends without a word
 *	newer	answers as one of another version does
 */
#include "base/clock.h"
#include "base/packet.h"
#include "daemon/channel/channel.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SOCKET = 3, SOCKETS_MAX = 8, REFUSED = 4 };

static char facts[CONTROL_TEXT_MAX];
static int sockets[SOCKETS_MAX] = {FIRST_SOCKET, -1, -1, -1, -1, -1, -1, -1};
static struct channel *channels[SOCKETS_MAX];
static _Bool serves;
static _Bool newer;

static void gather_facts(int argument_count, char **arguments)
{
	size_t used = 0;
	char folder[64];
	sigset_t blocked;
	int open_count = 0;
	DIR *descriptors;

#define SAY(...) used += (size_t)snprintf(facts + used, sizeof(facts) - used, __VA_ARGS__)
	for (int i = 1; i < argument_count; i++)
		SAY("%s ", arguments[i]);
	for (char **variable = environ; *variable; variable++)
		SAY("[%s]", *variable);
	descriptors = opendir("/proc/self/fd");
	while (readdir(descriptors))
		open_count++;
	closedir(descriptors);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	/* Less ".", ".." and the folder itself. */
	SAY(" descriptors %d, folder %s, leader %d, blocked %d, ignored %d", open_count - 3,
	    getcwd(folder, sizeof(folder)), getsid(0) == getpid(), sigismember(&blocked, SIGUSR1),
	    signal(SIGUSR2, SIG_DFL) == SIG_IGN);
#undef SAY
}

static void send_answer(int socket, struct control_header *header, const void *body, size_t size,
			struct packet *packet)
{
	unsigned char bytes[sizeof(*header) + CONTROL_TEXT_MAX];

	header->size = (__u32)(sizeof(*header) + size);
	header->version = (__u16)(CONTROL_VERSION + newer);
	memcpy(bytes, header, sizeof(*header));
	memcpy(bytes + sizeof(*header), body, size);
	packet->bytes = bytes;
	packet->size = header->size;
	if (packet_send(socket, packet, clock_now_ns() + NANOSECONDS_PER_SECOND))
		exit(1);
}

static void answer_client_new(int number, struct control_header *header)
{
	struct packet packet = {0};
	struct control_client_answer answer = {0};

	if (!serves) {
		header->result = REFUSED;
		send_answer(sockets[number], header, facts, sizeof(facts), &packet);
		return;
	}
	if (channel_new(&channels[number], 2 * RECORD_SIZE_MAX) ||
	    channel_descriptors(channels[number], packet.descriptors))
		exit(1);
	packet.descriptor_count = CONTROL_DESCRIPTORS_MAX;
	answer.ring_size = channel_size(channels[number]);
	send_answer(sockets[number], header, &answer, sizeof(answer), &packet);
	packet_close_descriptors(&packet);
}

static void add_socket(int socket)
{
	int number = 0;

	while (sockets[number] >= 0)
		if (++number == SOCKETS_MAX)
			exit(1);
	sockets[number] = socket;
}

static void serve(int number)
{
	_Alignas(8) unsigned char bytes[CONTROL_PACKET_MAX];
	struct packet packet = {.bytes = bytes, .size = sizeof(bytes)};
	struct packet answer = {0};
	struct control_header *header = (void *)bytes;
	struct control_hello_answer hello = {.private_daemon = 1};
	const struct control_number none = {0};

	if (packet_receive(sockets[number], &packet, 0)) {
		if (sockets[number] == FIRST_SOCKET)
			exit(0);
		close(sockets[number]);
		sockets[number] = -1;
		channels[number] = channel_free(channels[number]);
		return;
	}
	hello.daemon_pid = getpid();
	header->result = 0;
	if (header->type == CONTROL_CLIENT_NEW)
		answer_client_new(number, header);
	else if (header->type == CONTROL_HELLO)
		send_answer(sockets[number], header, &hello, sizeof(hello), &answer);
	else if (header->type == CONTROL_MISS_MODE_GET)
		send_answer(sockets[number], header, &none, sizeof(none), &answer);
	else
		send_answer(sockets[number], header, "", 0, &answer);
	if (header->type == CONTROL_CONNECT)
		add_socket(packet.descriptors[0]);
}

int main(int argument_count, char **arguments)
{
	const char *root = argument_count > 5 ? arguments[5] : "/facts";
	struct pollfd polled[SOCKETS_MAX];

	if (!strcmp(root, "/silent"))
		return 0;
	serves = !strcmp(root, "/serve");
	newer = !strcmp(root, "/newer");
	gather_facts(argument_count, arguments);
	/* A test that fails must not leave it behind. */
	alarm(60);
	for (;;) {
		for (int i = 0; i < SOCKETS_MAX; i++)
			polled[i] = (struct pollfd){.fd = sockets[i], .events = POLLIN};
		if (poll(polled, SOCKETS_MAX, -1) < 0)
			return 1;
		for (int i = 0; i < SOCKETS_MAX; i++)
			if (polled[i].revents)
				serve(i);
	}
}
