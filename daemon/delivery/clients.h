/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clients of delivery/, as daemon/control/ sees them: made and ended by connections, changed by
 * requests, described for reports. Same lock and thread rules as delivery.h.
 */
#ifndef SLUICE_DAEMON_DELIVERY_CLIENTS_H
#define SLUICE_DAEMON_DELIVERY_CLIENTS_H

#include "daemon/channel/channel.h"
#include "daemon/delivery/delivery.h"
#include "wire/debug.h"

struct client;

enum {
	CLIENT_TOO_MANY =
		6, /* delivery_client_new: es_new_client_result_t's ERR_TOO_MANY_CLIENTS */
};

/* es_deadline_miss_mode_t */
enum client_miss_mode { CLIENT_MISS_KILL, CLIENT_MISS_FAIL_CLOSED, CLIENT_MISS_FAIL_OPEN };

struct client_options {
	enum control_client_kind kind;
	struct record_token token; /* of the client's process */
	int pidfd; /* borrowed; duplicated. -1: KILL then falls back to FAIL_OPEN */
	const char *name; /* executable path, for people */
	bool unprivileged; /* descendants client of an ordinary user: minimum deadlines are capped
			    */
	uint64_t ring_size; /* 0: RING_SIZE_DEFAULT */
	bool debuggable; /* see stops.h; else the next says nothing */
	enum debug_policy debug_policy;
};

/*
 * Makes a client; every client's cached answers are forgotten. ret_descriptors in the order of enum
 * control_client_descriptor are the caller's. 0, CLIENT_TOO_MANY or negative errno.
 */
int delivery_client_new(struct delivery *delivery, const struct client_options *options,
			struct client **ret_client, int ret_descriptors[CONTROL_DESCRIPTORS_MAX]);
/* Ends it: what it owes is answered by its miss mode at once. NULL is fine. Returns NULL. */
struct client *delivery_client_free(struct delivery *delivery, struct client *client);

uint64_t client_id(const struct client *client);
unsigned int client_index(const struct client *client); /* below POLICY_CLIENTS_MAX */
uint64_t client_ring_size(const struct client *client);

void delivery_subscribe(struct delivery *delivery, struct client *client,
			const struct event_set *events);
void delivery_unsubscribe(struct delivery *delivery, struct client *client,
			  const struct event_set *events);
struct event_set delivery_subscriptions(struct delivery *delivery, const struct client *client);
/* What all clients together are subscribed to. */
struct event_set delivery_interest(struct delivery *delivery);

int delivery_mute(struct delivery *delivery, struct client *client, const struct control_mute *mute,
		  const char *path);
bool delivery_mute_inverted(struct delivery *delivery, const struct client *client,
			    enum control_mute_dimension dimension);

enum {
	DELIVERY_MUTES_STEPS = 256, /* of the walk, and so mutes, while the lock is held once */
	DELIVERY_MUTES_SIZE = 64 * 1024, /* bytes of them */
};
/* A walk over one client's mutes, page by page. */
struct delivery_mutes {
	uint64_t client_id;
	struct policy_walk walk; /* zero at the beginning */
	size_t count; /* of the page */
	size_t size;
	_Alignas(8) unsigned char bytes[DELIVERY_MUTES_SIZE]; /* a control_mute_entry with its path,
								  and the next */
};
/*
 * The next page, perhaps an empty one. 0: it is the last; 1: there may be more; -ENOENT: there is
 * no such client. Any thread.
 */
int delivery_next_mutes(struct delivery *delivery, struct delivery_mutes *mutes);
/*
 * Between two pages: a pause in which others get the lock. Who lets go of a mutex and takes it
 * again at once leaves nobody else a turn.
 */
void delivery_give_way(void);

/* 0, or CONTROL_THROTTLED: at most 10 a second over all clients. NULL client: an administrator, no
 * throttle. */
int delivery_clear_cache(struct delivery *delivery, const struct client *client);

int delivery_set_miss_mode(struct delivery *delivery, struct client *client, unsigned int mode);
unsigned int delivery_miss_mode(struct delivery *delivery, const struct client *client);
/* -EINVAL: above the system default (MAX), not a descendants client (MIN), no AUTH event in the
 * set. */
int delivery_set_deadline(struct delivery *delivery, struct client *client,
			  const struct control_deadline *deadline);
/* Milliseconds for one AUTH event; -EINVAL as above. */
int delivery_deadline(struct delivery *delivery, const struct client *client, unsigned int event,
		      enum control_deadline_bound bound, uint32_t *ret_milliseconds);

/*
 * The client's process and, in the client's own words, its threads (base/task.h finds them). 0, or
 * -ENOENT: there is no such client.
 */
int delivery_client_threads(struct delivery *delivery, uint64_t client_id, pid_t *ret_pid,
			    struct channel_threads *ret_threads);

/* Position of the ring that all messages told so far lie before. */
uint64_t delivery_ring_position(struct delivery *delivery, const struct client *client);

/* For reports. Copies made under the lock. */
struct client_status {
	uint64_t id;
	pid_t pid;
	char name[256];
	enum control_client_kind kind;
	unsigned int miss_mode;
	struct event_set subscriptions;
	uint64_t messages; /* told so far */
	uint64_t dropped;
	uint64_t queued_bytes;
	uint64_t ring_size;
	uint64_t mutes;
	uint32_t unanswered;
	uint64_t oldest_unanswered_ns; /* age; 0: none */
	bool debuggable;
	enum debug_policy debug_policy;
	bool stopped; /* and known to be: of the debuggable alone */
	uint64_t missed; /* answered for it */
};
struct question_status {
	uint64_t client_id;
	uint64_t question;
	uint64_t seq_num;
	unsigned int event;
	uint64_t age_ns;
	uint64_t left_ns; /* until the effective deadline */
	pid_t subject_pid;
	pid_t subject_tid;
	bool delivered; /* the handler was entered, or is about to be */
	bool stands_still; /* its clock does: the client is stopped by a debugger */
	char subject_path[256];
	char target_path[256];
};
/* Fills up to `limit` elements, returns how many there are. Gives way now and then. */
size_t delivery_client_status(struct delivery *delivery, struct client_status *statuses,
			      size_t limit);

enum { DELIVERY_QUESTIONS_AT_ONCE = 64 };
/* A walk over all open questions of all clients, page by page. Zero at the beginning. */
struct delivery_questions {
	unsigned int index; /* of the client, */
	uint64_t client_id;
	uint64_t position; /* and where in its ring the last one lies */
	size_t count; /* of the page */
	struct question_status statuses[DELIVERY_QUESTIONS_AT_ONCE];
};
/* The next page, perhaps an empty one. False: it is the last. See delivery_give_way. */
bool delivery_next_questions(struct delivery *delivery, struct delivery_questions *walk);
/* How many there are: a question to two clients counts twice. */
size_t delivery_question_count(struct delivery *delivery);

/* Totals since the start. */
struct delivery_totals {
	uint64_t notified;
	uint64_t asked;
	uint64_t allowed;
	uint64_t denied;
	uint64_t from_cache;
	uint64_t expired;
	uint64_t deadlocks; /* of these, those that could never have been answered */
	uint64_t abandoned; /* owed by clients that went away */
	uint64_t answered_at_once; /* of the answers, those that needed no bell */
	uint64_t could_not_ask; /* ring or slots full */
	uint64_t missed; /* answered for clients that were stopped */
	uint64_t cached_answers; /* remembered now */
};
struct delivery_totals delivery_totals(struct delivery *delivery);

#endif
