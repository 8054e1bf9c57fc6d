/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection and the server around it, as the requests see them. For daemon/control/ alone.
 */
#ifndef SLUICE_DAEMON_CONTROL_CONNECTION_H
#define SLUICE_DAEMON_CONTROL_CONNECTION_H

#include "daemon/control/admission.h"
#include "daemon/control/answer.h"
#include "daemon/control/peer.h"
#include "daemon/control/request.h"
#include "daemon/control/server.h"
#include "daemon/delivery/clients.h"

#include <stdatomic.h>

struct later;

struct connection {
	struct server *server;
	struct connection *next; /* utlist */
	struct connection *prev;
	int descriptor;
	sd_event_source *socket_source;
	sd_event_source *peer_source; /* its process */
	struct peer peer;
	bool exact; /* the pidfd came with the socket: see peer.h */
	bool greeted;
	bool refused; /* over a limit: told so at its hello */
	enum control_role role;
	struct later *later; /* an answer is owed; no request is read meanwhile */
	/* NULL until CONTROL_CLIENT_NEW. */
	struct client *client;
	enum control_client_kind kind;
	struct record_token token;
	bool unprivileged;
	bool debuggable;
	enum debug_policy debug_policy;
	char entry[ENTRY_NAME_MAX]; /* that admitted it; empty: none */
	unsigned int unasked; /* packets it was told since its last request */
	unsigned int mutes; /* added since the last clear, where unprivileged */
};

/* trees.c; client_id 0: the place is free, and its token all zero. */
struct muted_tree {
	uint64_t client_id;
	struct record_token root;
	struct event_set events;
};
struct muted_trees {
	struct muted_tree list[POLICY_TREES_MAX];
};

struct server {
	struct server_options options;
	uint64_t started_ns;
	struct entries *entries;
	struct muted_trees trees;
	struct connection *connections;
	unsigned int connection_count;
	struct later *laters; /* utlist; all that others still call back for */
	unsigned int later_count;
	int later_bell; /* eventfd: some are done */
	sd_event_source *later_source;
	sd_event_source *listen_sources[4];
	unsigned int listen_count;
	sd_event_source *interest_source; /* tells the engine, once the dead are seen to */
	sd_event_source *pulse_source; /* once a second */
	bool stopped;
	bool starved; /* no descriptor for a newcomer; said once a pulse */
	struct request request; /* the one in hand */
	_Alignas(8) unsigned char buffer[CONTROL_PACKET_MAX];
};

/* connection.c */
int connection_new(struct server *server, int descriptor, bool refused);
/* What its client owes is answered first. */
void connection_free(struct connection *connection);
/* Reads requests again, or stops to. */
void connection_listen(struct connection *connection, bool on);

/* server.c */
__attribute__((format(printf, 3, 4))) void server_say(const struct server *server, int priority,
						      const char *format, ...);
/* The connection whose client has this id; NULL: none. */
struct connection *server_find_client(const struct server *server, uint64_t id);
/* What clients want together may have become less; the engine hears of it soon. */
void server_interest_changed(struct server *server);

/*
 * later.c: an answer that others bring: the engine, or a thread that makes something long. The
 * connection's requests wait for it, nobody else does.
 */
struct later_kind {
	/* Makes the answer, in the control thread; NULL connection: nobody waits any more. Frees
	 * data. */
	int (*finish)(struct connection *connection, void *data, struct answer *answer);
	const char *late; /* what is said if it takes too long */
};
/* Owes the answer. 0 or -EBUSY with words, -ENOMEM; data stays the caller's then. */
int later_owe(struct connection *connection, const struct request *request,
	      const struct later_kind *kind, void *data, struct answer *answer);
/* What later_done wants. */
struct later *later_of(const struct connection *connection);
/* It is there, once; context: the later. Any thread; nothing of it may be touched after. */
void later_done(void *context);
/* Nobody will call later_done: the answer is not owed after all. Does not free data. */
void later_cancel(struct connection *connection, struct answer *answer);
int later_open(struct server *server);
void later_close(struct server *server);
/* Answers what takes too long. */
void later_expire(struct server *server, uint64_t now_ns);
void later_forget(struct connection *connection);

/* work.c: an answer that takes long to make, and is made in a thread of its own. */
struct work {
	int (*make)(void *data, struct answer *answer); /* what the request's result is to be */
	void (*free)(void *data);
	const char *late; /* what is said if it takes too long */
};
/* Takes data over. 0, or negative errno, with words if that is -EBUSY. */
int work_begin(struct connection *connection, const struct request *request,
	       const struct work *work, void *data, struct answer *answer);

/* report_mutes.c: answers later. */
int report_mutes(struct connection *connection, const struct request *request,
		 struct answer *answer);

/* report.c: the JSON text of a report, the caller's; NULL: out of memory. */
char *report_make(struct server *server, enum control_report_kind kind, uint64_t client_id);

/* mutes.c: every mute of a client as control_mute_entry after control_mute_entry. */
struct mute_list {
	unsigned char *bytes;
	size_t size;
	size_t room;
	uint64_t count;
};
/* Pauses often. Any thread. The caller frees ret_list->bytes. 0, -ENOMEM, -ENOENT: no such client.
 */
int mute_list_make(struct delivery *delivery, uint64_t client_id, struct mute_list *ret_list);

/* The functions of the table, by the file they are in. */
#define REQUEST_FUNCTION(name)                                                 \
	int name(struct connection *connection, const struct request *request, \
		 struct answer *answer)
/* greet.c */
REQUEST_FUNCTION(request_hello);
REQUEST_FUNCTION(request_connect);
/* admit.c */
REQUEST_FUNCTION(request_client_new);
/* subscribe.c */
REQUEST_FUNCTION(request_subscribe);
REQUEST_FUNCTION(request_unsubscribe);
REQUEST_FUNCTION(request_subscriptions);
REQUEST_FUNCTION(request_event_support);
/* mutes.c */
REQUEST_FUNCTION(request_mute);
REQUEST_FUNCTION(request_mutes);
REQUEST_FUNCTION(request_mute_inverted);
REQUEST_FUNCTION(request_client_mute);
/* settings.c */
REQUEST_FUNCTION(request_clear_cache);
REQUEST_FUNCTION(request_miss_mode_set);
REQUEST_FUNCTION(request_miss_mode_get);
REQUEST_FUNCTION(request_deadline_set);
REQUEST_FUNCTION(request_deadline_get);
/* sync.c */
REQUEST_FUNCTION(request_sync);
/* administer.c */
REQUEST_FUNCTION(request_report);
REQUEST_FUNCTION(request_release_all);
REQUEST_FUNCTION(request_client_cache);
REQUEST_FUNCTION(request_client_debug);

#endif
