/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fake daemon does with each request: keeps what it is told, and answers from that. Owns
 * nothing.
 */
#include "tests/unit/library/client/fake_state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void *outgoing_body(struct outgoing *out, size_t size)
{
	out->body_size = size;
	return out->bytes + sizeof(struct control_header);
}

static void put_number(struct outgoing *out, uint64_t number)
{
	((struct control_number *)outgoing_body(out, sizeof(struct control_number)))->number =
		number;
}

/* ---- Requests
 * ------------------------------------------------------------------------------------ */

static void answer_hello(struct fake_daemon *daemon, struct connection *connection,
			 const struct incoming *in, struct outgoing *out)
{
	struct control_hello_answer *answer = outgoing_body(out, sizeof(*answer));

	(void)daemon;
	(void)connection;
	(void)in;
	memset(answer, 0, sizeof(*answer));
	strcpy(answer->engine, "fake");
}

void add_connection(struct fake_daemon *daemon, int socket)
{
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		if (daemon->connections[i].socket < 0) {
			daemon->connections[i] = (struct connection){socket, -1};
			return;
		}
	}
	close(socket);
}

static void answer_connect(struct fake_daemon *daemon, struct connection *connection,
			   const struct incoming *in, struct outgoing *out)
{
	(void)connection;
	(void)out;
	add_connection(daemon, dup(in->descriptor));
}

static void answer_client_new(struct fake_daemon *daemon, struct connection *connection,
			      const struct incoming *in, struct outgoing *out)
{
	unsigned int number = daemon->client_count;
	struct control_client_answer *answer = outgoing_body(out, sizeof(*answer));

	if (number == FAKE_CLIENTS_MAX ||
	    channel_new(&daemon->channels[number], 2 * RECORD_SIZE_MAX) ||
	    channel_descriptors(daemon->channels[number], out->descriptors)) {
		out->result = -ENOMEM;
		return;
	}
	out->descriptor_count = CONTROL_DESCRIPTORS_MAX;
	*answer = (struct control_client_answer){
		.client_id = number + 1,
		.ring_size = channel_size(daemon->channels[number]),
	};
	daemon->clients[number].connected = 1;
	daemon->clients[number].kind = ((const struct control_client_new *)in->body)->kind;
	connection->client = (int)number;
	daemon->client_count++;
}

static void take_subscribe(struct fake_daemon *daemon, struct connection *connection,
			   const struct incoming *in, struct outgoing *out)
{
	(void)out;
	event_set_merge(&daemon->clients[connection->client].subscriptions, (const void *)in->body);
}

static void take_unsubscribe(struct fake_daemon *daemon, struct connection *connection,
			     const struct incoming *in, struct outgoing *out)
{
	(void)out;
	event_set_subtract(&daemon->clients[connection->client].subscriptions,
			   (const void *)in->body);
}

static void answer_subscriptions(struct fake_daemon *daemon, struct connection *connection,
				 const struct incoming *in, struct outgoing *out)
{
	(void)in;
	*(struct event_set *)outgoing_body(
		out, sizeof(struct event_set)) = daemon->clients[connection->client].subscriptions;
}

static void take_mute(struct fake_daemon *daemon, struct connection *connection,
		      const struct incoming *in, struct outgoing *out)
{
	struct fake_client *client = &daemon->clients[connection->client];
	const struct control_mute *mute = (const void *)in->body;
	struct fake_mute *kept;

	if (mute->operation == CONTROL_MUTE_INVERT) {
		client->inverted[mute->kind] = !client->inverted[mute->kind];
		return;
	}
	if (client->mute_count == FAKE_MUTES_MAX || mute->path_length >= FAKE_PATH_MAX) {
		out->result = -ENOSPC;
		return;
	}
	kept = &client->mutes[client->mute_count++];
	kept->mute = *mute;
	memcpy(kept->path, mute + 1, mute->path_length);
	kept->path[mute->path_length] = '\0';
	if (mute->operation == CONTROL_MUTE_ADD && mute->kind == CONTROL_MUTE_PROCESS) {
		struct record_token *token = outgoing_body(out, sizeof(*token));

		*token = mute->token;
		if (token->words[RECORD_TOKEN_PIDVERSION] == 0)
			token->words[RECORD_TOKEN_PIDVERSION] = FAKE_PIDVERSION;
	}
}

/* Its list is always the same: two paths and a process. */
static void answer_mutes(struct fake_daemon *daemon, struct connection *connection,
			 const struct incoming *in, struct outgoing *out)
{
	struct {
		struct control_mute_entry entry;
		char path[8];
	} entries[3];
	struct control_list *list = outgoing_body(out, sizeof(*list));
	int descriptor = memfd_create("mutes", MFD_CLOEXEC);

	(void)daemon;
	(void)connection;
	(void)in;
	memset(entries, 0, sizeof(entries));
	for (int i = 0; i < 3; i++) {
		entries[i].entry.size = sizeof(entries[i]);
		event_set_add(&entries[i].entry.events, EVENT_AUTH_OPEN);
	}
	entries[0].entry.kind = CONTROL_MUTE_LITERAL;
	event_set_add(&entries[0].entry.events, EVENT_AUTH_MMAP);
	entries[0].entry.path_length = 5;
	memcpy(entries[0].path, "/init", 5);
	entries[1].entry.kind = CONTROL_MUTE_TARGET_PREFIX;
	entries[1].entry.path_length = 4;
	memcpy(entries[1].path, "/bus", 4);
	entries[2].entry.kind = CONTROL_MUTE_PROCESS;
	entries[2].entry.token.words[RECORD_TOKEN_PID] = 42;
	if (write(descriptor, entries, sizeof(entries)) != (ssize_t)sizeof(entries))
		out->result = -EIO;
	*list = (struct control_list){.size = sizeof(entries), .count = 3};
	out->descriptors[out->descriptor_count++] = descriptor;
}

static void answer_inverted(struct fake_daemon *daemon, struct connection *connection,
			    const struct incoming *in, struct outgoing *out)
{
	const struct control_number *dimension = (const void *)in->body;

	put_number(out, daemon->clients[connection->client].inverted[dimension->number]);
}

static void take_miss_mode(struct fake_daemon *daemon, struct connection *connection,
			   const struct incoming *in, struct outgoing *out)
{
	(void)out;
	daemon->clients[connection->client].miss_mode =
		((const struct control_number *)in->body)->number;
}

static void answer_miss_mode(struct fake_daemon *daemon, struct connection *connection,
			     const struct incoming *in, struct outgoing *out)
{
	(void)in;
	put_number(out, daemon->clients[connection->client].miss_mode);
}

static void take_deadline(struct fake_daemon *daemon, struct connection *connection,
			  const struct incoming *in, struct outgoing *out)
{
	struct fake_client *client = &daemon->clients[connection->client];

	if (client->deadline_count == sizeof(client->deadlines) / sizeof(client->deadlines[0]))
		out->result = -ENOSPC;
	else
		memcpy(&client->deadlines[client->deadline_count++], in->body,
		       sizeof(client->deadlines[0]));
}

static void answer_deadline(struct fake_daemon *daemon, struct connection *connection,
			    const struct incoming *in, struct outgoing *out)
{
	struct control_deadline *answer = outgoing_body(out, sizeof(*answer));

	(void)daemon;
	(void)connection;
	memcpy(answer, in->body, sizeof(*answer));
	answer->milliseconds = 30000;
}

static void answer_sync(struct fake_daemon *daemon, struct connection *connection,
			const struct incoming *in, struct outgoing *out)
{
	(void)in;
	put_number(out, channel_position(daemon->channels[connection->client]));
}

static void answer_support(struct fake_daemon *daemon, struct connection *connection,
			   const struct incoming *in, struct outgoing *out)
{
	struct control_support *support = outgoing_body(out, sizeof(*support));

	(void)daemon;
	(void)connection;
	(void)in;
	memset(support, 0, sizeof(*support));
	support->level = CONTROL_SUPPORT_AUTH;
	strcpy(support->reason, "because it is only a test");
}

static void answer_nothing(struct fake_daemon *daemon, struct connection *connection,
			   const struct incoming *in, struct outgoing *out)
{
	(void)daemon;
	(void)connection;
	(void)in;
	(void)out;
}

void (*const fake_requests[CONTROL_TYPE_LAST])(struct fake_daemon *daemon,
					       struct connection *connection,
					       const struct incoming *in, struct outgoing *out) = {
	[CONTROL_HELLO] = answer_hello,
	[CONTROL_CONNECT] = answer_connect,
	[CONTROL_CLIENT_NEW] = answer_client_new,
	[CONTROL_SUBSCRIBE] = take_subscribe,
	[CONTROL_UNSUBSCRIBE] = take_unsubscribe,
	[CONTROL_SUBSCRIPTIONS] = answer_subscriptions,
	[CONTROL_MUTE] = take_mute,
	[CONTROL_MUTES] = answer_mutes,
	[CONTROL_MUTE_INVERTED] = answer_inverted,
	[CONTROL_CLEAR_CACHE] = answer_nothing,
	[CONTROL_MISS_MODE_SET] = take_miss_mode,
	[CONTROL_MISS_MODE_GET] = answer_miss_mode,
	[CONTROL_DEADLINE_SET] = take_deadline,
	[CONTROL_DEADLINE_GET] = answer_deadline,
	[CONTROL_SYNC] = answer_sync,
	[CONTROL_EVENT_SUPPORT] = answer_support,
};
