/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fake daemon is made of: for its thread and for its requests.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_CLIENT_FAKE_STATE_H
#define SLUICE_TESTS_UNIT_LIBRARY_CLIENT_FAKE_STATE_H

#include "daemon/channel/channel.h"
#include "tests/unit/library/client/fake_daemon.h"

#include <pthread.h>

enum { CONNECTIONS_MAX = 16 };

struct connection {
	int socket; /* -1: free */
	int client; /* -1: none yet */
};

struct fake_daemon {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	char folder[32];
	char path[64];
	int listener; /* -1: away */
	int wake;
	_Bool ends;
	_Bool silent;
	_Bool other_version;
	struct connection connections[CONNECTIONS_MAX];
	struct fake_client clients[FAKE_CLIENTS_MAX];
	struct channel *channels[FAKE_CLIENTS_MAX];
	unsigned int client_count;
	int results[CONTROL_TYPE_LAST];
	char texts[CONTROL_TYPE_LAST][CONTROL_TEXT_MAX];
};

/* A request, and the answer to it. */
struct incoming {
	struct control_header *header;
	unsigned char *body;
	size_t body_size;
	int descriptor;
};

struct outgoing {
	_Alignas(8) unsigned char bytes[sizeof(struct control_header) +
					sizeof(struct control_support)];
	size_t body_size;
	int result;
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	unsigned int descriptor_count;
};

/* Room for the body of an answer. */
void *outgoing_body(struct outgoing *out, size_t size);
void add_connection(struct fake_daemon *daemon, int socket);

/* By type; with the lock held. */
extern void (*const fake_requests[CONTROL_TYPE_LAST])(struct fake_daemon *daemon,
						      struct connection *connection,
						      const struct incoming *in,
						      struct outgoing *out);

#endif
