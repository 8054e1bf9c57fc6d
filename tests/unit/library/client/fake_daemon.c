/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon of these tests (fake_daemon.h). One thread polls the listening socket and the
 * connections; everything it knows is under one lock, which the test takes to look or to tell.
 */
#include "tests/unit/library/client/fake_state.h"

#include "base/clock.h"
#include "base/packet.h"
#include "tests/unit/library/message/sample.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PATIENCE_NS (10 * NANOSECONDS_PER_SECOND)

/* ---- The thread
 * ---------------------------------------------------------------------------------- */

static void send_outgoing(struct fake_daemon *daemon, int socket,
			  const struct control_header *asked, struct outgoing *out)
{
	struct control_header *header = (void *)out->bytes;
	struct packet packet = {.bytes = out->bytes, .descriptor_count = out->descriptor_count};

	if (out->result) {
		char *text = outgoing_body(out, sizeof(struct control_text));

		memset(text, 0, CONTROL_TEXT_MAX);
		strcpy(text, daemon->texts[asked->type]);
	}
	*header = (struct control_header){
		.size = (__u32)(sizeof(*header) + out->body_size),
		.version = CONTROL_VERSION + daemon->other_version,
		.type = asked->type,
		.serial = asked->serial,
		.result = out->result,
	};
	packet.size = header->size;
	memcpy(packet.descriptors, out->descriptors, sizeof(out->descriptors));
	packet_send(socket, &packet, clock_now_ns() + PATIENCE_NS);
	packet_close_descriptors(&packet);
}

static void hang_up(struct fake_daemon *daemon, struct connection *connection)
{
	close(connection->socket);
	if (connection->client >= 0)
		daemon->clients[connection->client].connected = 0;
	*connection = (struct connection){-1, -1};
	pthread_cond_broadcast(&daemon->changed);
}

static void serve(struct fake_daemon *daemon, struct connection *connection)
{
	static _Alignas(8) unsigned char bytes[CONTROL_PACKET_MAX];
	struct packet packet = {.bytes = bytes, .size = sizeof(bytes)};
	struct incoming in = {.header = (void *)bytes, .descriptor = -1};
	struct outgoing out = {0};

	if (packet_receive(connection->socket, &packet, 0)) {
		hang_up(daemon, connection);
		return;
	}
	in.body = bytes + sizeof(*in.header);
	in.body_size = packet.size - sizeof(*in.header);
	if (packet.descriptor_count)
		in.descriptor = packet.descriptors[0];
	out.result = daemon->results[in.header->type];
	if (connection->client >= 0)
		daemon->clients[connection->client].requests++;
	if (!out.result && !daemon->silent)
		fake_requests[in.header->type](daemon, connection, &in, &out);
	if (!daemon->silent)
		send_outgoing(daemon, connection->socket, in.header, &out);
	packet_close_descriptors(&packet);
	pthread_cond_broadcast(&daemon->changed);
}

static void accept_one(struct fake_daemon *daemon)
{
	int socket = accept4(daemon->listener, NULL, NULL, SOCK_CLOEXEC);

	if (socket >= 0)
		add_connection(daemon, socket);
}

static unsigned int gather(struct fake_daemon *daemon, struct pollfd *polled)
{
	polled[0] = (struct pollfd){.fd = daemon->wake, .events = POLLIN};
	polled[1] = (struct pollfd){.fd = daemon->listener, .events = POLLIN};
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		polled[2 + i] = (struct pollfd){.fd = daemon->connections[i].socket,
						.events = POLLIN};
	return 2 + CONNECTIONS_MAX;
}

static void *run(void *argument)
{
	struct fake_daemon *daemon = argument;

	for (;;) {
		struct pollfd polled[2 + CONNECTIONS_MAX];
		unsigned int count;
		uint64_t woken;

		pthread_mutex_lock(&daemon->lock);
		count = gather(daemon, polled);
		pthread_mutex_unlock(&daemon->lock);
		if (poll(polled, count, -1) < 0)
			continue;
		pthread_mutex_lock(&daemon->lock);
		if (polled[0].revents && read(daemon->wake, &woken, sizeof(woken)) < 0)
			daemon->ends = 1;
		if (daemon->ends)
			break;
		if (polled[1].revents && polled[1].fd == daemon->listener)
			accept_one(daemon);
		for (int i = 0; i < CONNECTIONS_MAX; i++)
			if (polled[2 + i].revents &&
			    polled[2 + i].fd == daemon->connections[i].socket)
				serve(daemon, &daemon->connections[i]);
		pthread_mutex_unlock(&daemon->lock);
	}
	pthread_mutex_unlock(&daemon->lock);
	return NULL;
}

static void wake(struct fake_daemon *daemon)
{
	uint64_t one = 1;

	if (write(daemon->wake, &one, sizeof(one)) < 0)
		abort();
}

/* ---- For the test
 * -------------------------------------------------------------------------------- */

static void listen_at_path(struct fake_daemon *daemon)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(address.sun_path, daemon->path);
	daemon->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(daemon->listener, (const struct sockaddr *)&address, sizeof(address)) ||
	    listen(daemon->listener, 8))
		abort();
}

struct fake_daemon *fake_daemon_start(void)
{
	struct fake_daemon *daemon = calloc(1, sizeof(*daemon));
	pthread_condattr_t attributes;

	if (!daemon)
		abort();
	pthread_mutex_init(&daemon->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&daemon->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		daemon->connections[i] = (struct connection){-1, -1};
	strcpy(daemon->folder, "/tmp/fake_daemon.XXXXXX");
	if (!mkdtemp(daemon->folder))
		abort();
	snprintf(daemon->path, sizeof(daemon->path), "%s/socket", daemon->folder);
	setenv("ENDPOINTSECURITY_SOCKET", daemon->path, 1);
	daemon->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	listen_at_path(daemon);
	if (pthread_create(&daemon->thread, NULL, run, daemon))
		abort();
	return daemon;
}

void fake_daemon_go(struct fake_daemon *daemon)
{
	pthread_mutex_lock(&daemon->lock);
	unlink(daemon->path);
	close(daemon->listener);
	daemon->listener = -1;
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (daemon->connections[i].socket >= 0)
			hang_up(daemon, &daemon->connections[i]);
	pthread_mutex_unlock(&daemon->lock);
	wake(daemon);
}

void fake_daemon_come_back(struct fake_daemon *daemon)
{
	pthread_mutex_lock(&daemon->lock);
	listen_at_path(daemon);
	pthread_mutex_unlock(&daemon->lock);
	wake(daemon);
}

struct fake_daemon *fake_daemon_free(struct fake_daemon *daemon)
{
	if (!daemon)
		return NULL;
	if (daemon->listener >= 0)
		fake_daemon_go(daemon);
	pthread_mutex_lock(&daemon->lock);
	daemon->ends = 1;
	pthread_mutex_unlock(&daemon->lock);
	wake(daemon);
	pthread_join(daemon->thread, NULL);
	for (int i = 0; i < FAKE_CLIENTS_MAX; i++)
		channel_free(daemon->channels[i]);
	close(daemon->wake);
	rmdir(daemon->folder);
	free(daemon);
	return NULL;
}

void fake_daemon_refuse(struct fake_daemon *daemon, enum control_type type, int result,
			const char *text)
{
	pthread_mutex_lock(&daemon->lock);
	daemon->results[type] = result;
	snprintf(daemon->texts[type], CONTROL_TEXT_MAX, "%s", text ? text : "");
	pthread_mutex_unlock(&daemon->lock);
}

void fake_daemon_be_silent(struct fake_daemon *daemon)
{
	pthread_mutex_lock(&daemon->lock);
	daemon->silent = 1;
	pthread_mutex_unlock(&daemon->lock);
}

void fake_daemon_be_of_another_version(struct fake_daemon *daemon)
{
	pthread_mutex_lock(&daemon->lock);
	daemon->other_version = 1;
	pthread_mutex_unlock(&daemon->lock);
}

unsigned int fake_daemon_clients(struct fake_daemon *daemon)
{
	unsigned int count;

	pthread_mutex_lock(&daemon->lock);
	count = daemon->client_count;
	pthread_mutex_unlock(&daemon->lock);
	return count;
}

struct fake_client fake_daemon_client(struct fake_daemon *daemon, unsigned int number)
{
	struct fake_client client;

	pthread_mutex_lock(&daemon->lock);
	client = daemon->clients[number];
	pthread_mutex_unlock(&daemon->lock);
	return client;
}

/* Waits, with the lock held, for the thread to change something. */
static _Bool await_change(struct fake_daemon *daemon, uint64_t deadline_ns)
{
	const struct timespec deadline = clock_timespec(deadline_ns);

	return pthread_cond_timedwait(&daemon->changed, &daemon->lock, &deadline) == 0;
}

_Bool fake_daemon_await_clients(struct fake_daemon *daemon, unsigned int count)
{
	uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
	_Bool there;

	pthread_mutex_lock(&daemon->lock);
	while (daemon->client_count < count && await_change(daemon, deadline_ns))
		;
	there = daemon->client_count >= count;
	pthread_mutex_unlock(&daemon->lock);
	return there;
}

_Bool fake_daemon_await_requests(struct fake_daemon *daemon, unsigned int number,
				 unsigned int count)
{
	uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
	_Bool there;

	pthread_mutex_lock(&daemon->lock);
	while (daemon->clients[number].requests < count && await_change(daemon, deadline_ns))
		;
	there = daemon->clients[number].requests >= count;
	pthread_mutex_unlock(&daemon->lock);
	return there;
}

_Bool fake_daemon_await_hangup(struct fake_daemon *daemon, unsigned int number)
{
	uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
	_Bool gone;

	pthread_mutex_lock(&daemon->lock);
	while (daemon->clients[number].connected && await_change(daemon, deadline_ns))
		;
	gone = !daemon->clients[number].connected;
	pthread_mutex_unlock(&daemon->lock);
	return gone;
}

uint64_t fake_daemon_ask(struct fake_daemon *daemon, unsigned int number)
{
	uint64_t question = 0;

	pthread_mutex_lock(&daemon->lock);
	if (channel_slot_open(daemon->channels[number], &question))
		abort();
	pthread_mutex_unlock(&daemon->lock);
	return question;
}

void fake_daemon_tell_record(struct fake_daemon *daemon, unsigned int number,
			     const struct record *record)
{
	pthread_mutex_lock(&daemon->lock);
	if (channel_put(daemon->channels[number], record))
		abort();
	pthread_mutex_unlock(&daemon->lock);
}

uint64_t fake_daemon_tell(struct fake_daemon *daemon, unsigned int number, unsigned int event,
			  uint64_t sequence)
{
	struct record *record = calloc(1, SAMPLE_BUFFER);
	uint64_t question;

	if (!record || !sample_record(record, event))
		abort();
	record->seq_num = sequence;
	record->global_seq_num = sequence;
	if (record->question) {
		record->question = fake_daemon_ask(daemon, number);
		record->monotonic_ns = clock_now_ns();
		record->deadline_ns = record->monotonic_ns + PATIENCE_NS;
	}
	question = record->question;
	fake_daemon_tell_record(daemon, number, record);
	free(record);
	return question;
}

_Bool fake_daemon_await_answer(struct fake_daemon *daemon, unsigned int number, uint64_t question,
			       uint32_t *ret_flags, bool *ret_cache)
{
	struct channel *channel = daemon->channels[number];
	uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
	struct pollfd polled = {.fd = channel_answer_bell(channel), .events = POLLIN};
	uint64_t count;

	while (!channel_slot_answered(channel, question, ret_flags, ret_cache)) {
		if (poll(&polled, 1, clock_milliseconds_until(deadline_ns)) != 1)
			return 0;
		if (read(polled.fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			return 0;
	}
	return 1;
}

void fake_daemon_mute(struct fake_daemon *daemon, unsigned int number,
		      const struct control_mute *mute, const char *path)
{
	struct {
		struct control_header header;
		struct control_mute mute;
		char path[FAKE_PATH_MAX];
	} bytes = {.mute = *mute,
		   .header = {.version = CONTROL_VERSION, .type = CONTROL_CLIENT_MUTE}};
	size_t length = strlen(path);
	struct packet packet = {.bytes = &bytes};

	bytes.mute.path_length = (__u32)length;
	memcpy(bytes.path, path, length);
	packet.size = sizeof(bytes.header) + sizeof(bytes.mute) + length;
	bytes.header.size = (__u32)packet.size;
	pthread_mutex_lock(&daemon->lock);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (daemon->connections[i].socket >= 0 &&
		    daemon->connections[i].client == (int)number)
			packet_send(daemon->connections[i].socket, &packet, 0);
	pthread_mutex_unlock(&daemon->lock);
}

void fake_daemon_close_question(struct fake_daemon *daemon, unsigned int number, uint64_t question)
{
	uint32_t flags;
	bool cache;

	pthread_mutex_lock(&daemon->lock);
	channel_slot_close(daemon->channels[number], question, &flags, &cache);
	pthread_mutex_unlock(&daemon->lock);
}
