/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, told to every client that wants it; one question, answered once.
 *
 * Engines bring events in (delivery_notify, delivery_ask); clients' answers, deadlines, deaths and
 * disconnects lead out again, through the release function, exactly once for each held subject.
 * control/ makes and changes clients (daemon/delivery/clients.h).
 *
 * One lock guards everything here; it is held for microseconds and never across a call that may
 * block: what there may be much of is done some at a time, and memory freed without it. Every
 * function takes it itself and may be called from any thread.
 */
#ifndef SLUICE_DAEMON_DELIVERY_DELIVERY_H
#define SLUICE_DAEMON_DELIVERY_DELIVERY_H

#include "daemon/policy/policy.h"
#include "wire/record.h"

#include <sys/types.h>

/* What the answer cache knows a file by: an identity that changes when the file is modified. */
struct delivery_identity {
	uint64_t device;
	uint64_t inode;
	int64_t changed_ns; /* ctime: raised by every change of content or attributes */
	int64_t size;
};

struct delivery_event {
	struct record *record; /* whole but for the per-client fields, which are overwritten */
	const struct policy_subject *subject; /* the acting process */
	const struct policy_subject *instigator; /* NULL: no such role */
	struct policy_file targets[2];
	unsigned int target_count;
	uint32_t flags; /* AUTH_OPEN: the fflag asked for */
	bool identified; /* executable and target below are known: may be cached */
	struct delivery_identity executable; /* of the acting process */
	struct delivery_identity target;
};

/* What delivery_recalls needs to know. */
struct delivery_recall {
	unsigned int event;
	const struct policy_subject *subject;
	const struct delivery_identity *executable; /* of the acting process; NULL: unknown */
	const struct delivery_identity *target; /* NULL: unknown */
};

enum delivery_outcome {
	DELIVERY_ALLOW, /* nobody asked, or answered already (cache, miss table) */
	DELIVERY_DENY,
	DELIVERY_HELD, /* the release function will be called with the hold */
};

/* Something a person may want to read. Called with no lock held; must not block: queue it. */
enum delivery_note_kind {
	DELIVERY_NOTE_DENIED, /* a client denied an operation */
	DELIVERY_NOTE_DEADLINE_KILL, /* the client was killed for a late answer */
	DELIVERY_NOTE_DEADLINE_OPEN, /* a late answer, allowed */
	DELIVERY_NOTE_DEADLINE_CLOSED,
	DELIVERY_NOTE_DEADLOCK_KILL, /* the same three, of an answer that could never have come */
	DELIVERY_NOTE_DEADLOCK_OPEN,
	DELIVERY_NOTE_DEADLOCK_CLOSED,
	DELIVERY_NOTE_OVERFLOW, /* could not be asked: once until the client is asked again */
	DELIVERY_NOTE_LAST,
};
struct delivery_note {
	enum delivery_note_kind kind;
	uint64_t client_id;
	pid_t client_pid;
	char client_name[256];
	unsigned int event;
	uint64_t question;
	uint64_t seq_num;
	uint64_t age_ns;
	pid_t subject_pid;
	char subject_path[256]; /* executable; the end of it if longer */
	char target_path[256];
};

struct delivery_options {
	/* Lets go of a held subject. From any thread, without the lock. Must not block. */
	void (*release)(void *context, uint64_t hold, bool allow);
	void *release_context;
	void (*note)(void *context, const struct delivery_note *note);
	void *note_context;
};

struct delivery;

#define DELIVERY_ANSWERS UINT64_C(0)

/* The caller owns *ret_delivery; options are copied. 0 or negative errno. */
int delivery_new(struct delivery **ret_delivery, const struct delivery_options *options);
/* Releases what is still held, by the miss table of a dying daemon. */
struct delivery *delivery_free(struct delivery *delivery);
DEFINE_OWNED(struct delivery, delivery_free)

/* The engine's release function, set once before the first question, when the engine exists. */
void delivery_set_release(struct delivery *delivery,
			  void (*release)(void *context, uint64_t hold, bool allow), void *context);

/* Is anybody subscribed to this event? Lock-free; a cheap first question before facts are gathered.
 */
bool delivery_wants(const struct delivery *delivery, unsigned int event);
/* Would this event be told to anybody? Without record and identities; before dear facts are
 * gathered. */
bool delivery_would_tell(struct delivery *delivery, const struct policy_question *question);

/*
 * The quick way for what is asked often: true if this AUTH event is allowed without asking anybody
 * and without knowing more of it than this, because no client is concerned, or each has answered so
 * before.
 */
bool delivery_recalls(struct delivery *delivery, const struct delivery_recall *recall);

/* Tells a NOTIFY event to every client that wants it. Never waits: a full ring is a gap in seq_num.
 */
void delivery_notify(struct delivery *delivery, struct delivery_event *event);

/* The engine can hold no more subjects: what is not answered already, the miss modes answer. */
#define DELIVERY_NO_HOLD UINT64_MAX

/*
 * Asks about an AUTH event. `hold` is the engine's own name for the held subject, unique while it
 * is held, or DELIVERY_NO_HOLD: then nobody is asked, and the outcome is never DELIVERY_HELD. With
 * DELIVERY_HELD the release function is called later, perhaps before this returns to its caller.
 */
enum delivery_outcome delivery_ask(struct delivery *delivery, struct delivery_event *event,
				   uint64_t hold);

/*
 * An epoll that says, by an event whose data is DELIVERY_ANSWERS, that answers may have arrived:
 * the engine's thread waits on it and calls delivery_collect. What else that thread waits for it
 * adds, with other data: one wait for all is the shortest way from an answer to who waits for it.
 */
int delivery_waits(const struct delivery *delivery);
/* Takes in the answers that are there and releases what they decide. Returns how many were taken
 * in. */
unsigned int delivery_collect(struct delivery *delivery);
/*
 * For the engine's thread that asks, after it has asked: lets the clients that were asked go first,
 * and takes in what they answered. A client that was just woken often waits for this very
 * processor; what it answers now needs no bell, and wakes nobody but the subject. Where that has
 * taken long (a slow handler, a busy processor), it is left out for a while.
 */
void delivery_clients_first(struct delivery *delivery);

/* A process ended: its mutes vanish. */
void delivery_process_gone(struct delivery *delivery, const struct record_token *token);
/* A process began to dump core: if it is a client, it counts as dead from here on. */
void delivery_process_dumping(struct delivery *delivery, const struct record_token *token);

/* Somebody begins to trace a process: if it is a debuggable client, its guard looks at once who. */
void delivery_process_traced(struct delivery *delivery, const struct record_token *token);

/* Answers every held subject by its clients' miss modes. Returns how many. */
unsigned int delivery_release_all(struct delivery *delivery);

/*
 * The clock: answers what has passed its deadline. Returns the next deadline (CLOCK_MONOTONIC ns),
 * UINT64_MAX if nothing is asked. daemon/deadline/ calls it.
 */
uint64_t delivery_expire(struct delivery *delivery, uint64_t now_ns);
/*
 * Blocks until that time has come or an earlier deadline was added. Returns false once
 * delivery_stop was called: then nobody needs the clock any more.
 */
bool delivery_await_deadline(struct delivery *delivery, uint64_t deadline_ns);
void delivery_stop(struct delivery *delivery);

/*
 * For daemon/deadlock/: blocks until something asked has been unanswered for so long, and that time
 * has come. Costs nothing while nothing is asked. Returns false once delivery_stop was called.
 */
bool delivery_await_old(struct delivery *delivery, uint64_t age_ns, uint64_t not_before_ns);
/*
 * The client can never answer this question: it is answered as at its deadline, and told by a note
 * of its own. False: it was answered, or is no more.
 */
bool delivery_break(struct delivery *delivery, uint64_t client_id, uint64_t question);

#endif
