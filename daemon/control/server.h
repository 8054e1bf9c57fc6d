/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control side of the daemon: listens, admits, takes requests, and ends clients with their
 * connection or their process, whichever goes first.
 *
 * All of it runs in one thread, that of the event loop. No event and no verdict passes here; so
 * what is done here may take a moment without holding anybody's operation.
 */
#ifndef SLUICE_DAEMON_CONTROL_SERVER_H
#define SLUICE_DAEMON_CONTROL_SERVER_H

#include "base/cleanup.h"
#include "daemon/control/denials.h"
#include "daemon/delivery/delivery.h"
#include "daemon/engine/engine.h"
#include "wire/debug.h"

#include <systemd/sd-event.h>

struct server;

/* Why a client does not answer. */
enum { SERVER_WHY_MAX = 1024 };
struct server_why {
	const char *cycle; /* "plausible", "proven"; NULL: none */
	char text[SERVER_WHY_MAX];
};

/* All pointers stay the caller's and outlive the server. */
struct server_options {
	sd_event *event;
	struct delivery *delivery;
	const struct engine_operations *operations;
	struct engine *engine;
	/* If there is no engine: what CONTROL_CLIENT_NEW answers. */
	int refusal;
	const char *refusal_text;
	struct denials *denials;
	const char *entries_directory; /* NULL: no admission files */
	const char *root; /* for the report; NULL: the machine */
	bool private_daemon;
	bool development; /* every client is debuggable */
	enum debug_policy debug_policy; /* where nobody says another */
	/* For the log; priorities of syslog(3). Must not block. */
	void (*say)(void *context, int priority, const char *text);
	void *say_context;
	/* What keeps a client from answering; false: not known. Must not block. May be NULL. */
	bool (*why)(void *context, uint64_t client_id, struct server_why *ret_why);
	void *why_context;
	/* The last connection has closed. May be NULL. */
	void (*idle)(void *context);
	void *idle_context;
};

/* Reads the admission files. The caller owns *ret_server. 0 or negative errno. */
int server_new(struct server **ret_server, const struct server_options *options);
/*
 * Ends every connection and client, and listens no more. Before the engine is freed, so that it
 * has nobody left to ask.
 */
void server_stop(struct server *server);
/* After the engine is freed, since it calls back until then. NULL is fine. Returns NULL. */
struct server *server_free(struct server *server);
DEFINE_OWNED(struct server, server_free)

/* Takes connections from this listening socket, which is the server's on success. */
int server_listen(struct server *server, int socket);
/* A connection that is there already: one end of a pair. The server's on success. */
int server_adopt(struct server *server, int socket);
/* Reads the admission files again; what is admitted stays. Keeps the old ones on failure. */
int server_reload(struct server *server);

#endif
