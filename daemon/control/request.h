/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as it came, checked against its row in the table: nothing behind this point reads a
 * byte that was not checked here.
 */
#ifndef SLUICE_DAEMON_CONTROL_REQUEST_H
#define SLUICE_DAEMON_CONTROL_REQUEST_H

#include "base/packet.h"
#include "wire/control.h"

#include <stdbool.h>

struct connection;
struct answer;
struct request;

/* What a connection must be before a request of the row is looked at. */
enum request_needs {
	REQUEST_NEEDS_NOTHING,
	REQUEST_NEEDS_HELLO,
	REQUEST_NEEDS_CLIENT,
	REQUEST_NEEDS_ADMINISTRATOR,
};

struct request_row {
	const char *name; /* for people */
	size_t body_size; /* exactly */
	bool path; /* the body is a struct control_mute, and a path of its path_length follows */
	bool descriptor; /* one comes along */
	enum request_needs needs;
	/* Fills the answer; 0, negative errno or a positive outcome. */
	int (*run)(struct connection *connection, const struct request *request,
		   struct answer *answer);
};

/* A row for every control_type. */
extern const struct request_row request_rows[CONTROL_TYPE_LAST];

struct request {
	const struct request_row *row;
	enum control_type type;
	uint32_t serial;
	const void *body; /* on a multiple of 8 */
	char path[CONTROL_PACKET_MAX]; /* NUL-terminated; empty: none */
	int descriptor; /* stays the packet's; -1: none */
};

/*
 * Takes a packet apart; its bytes lie on a multiple of 8. 0; -EPROTONOSUPPORT: another version;
 * -EOPNOTSUPP: no such type; -EBADMSG: malformed. serial and type are set where they could be
 * read, so that there can be an answer.
 */
int request_parse(struct request *ret_request, const struct packet *packet);

#endif
