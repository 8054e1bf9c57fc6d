/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits for whom: from the thread of a client that calls its handler, over what it waits for to
 * whoever could end that wait, and on, until the way leads back to a question of that very client.
 *
 * A thread is stuck if nothing but others could end its wait, all of them are known, and every one
 * of them is stuck. A client whose thread is stuck so, with a question of its own among what all
 * that waits for, can never answer: that is a proven cycle. A way back alone, where somebody else
 * might still let go, is only plausible.
 *
 * Pure: what a thread waits for is asked of a world, which is /proc or a test's.
 */
#ifndef SLUICE_DAEMON_DEADLOCK_GRAPH_H
#define SLUICE_DAEMON_DEADLOCK_GRAPH_H

#include "daemon/deadlock/text.h"

enum {
	GRAPH_WHAT_MAX = 192,
	GRAPH_HOLDERS_MAX = 16, /* of one wait; with more it is not known whole */
	GRAPH_THREADS_MAX = 96, /* looked at for one client; beyond, nothing is proven */
	GRAPH_DEPTH_MAX = 10,
	GRAPH_PROCESS_THREADS_MAX = 32, /* of one process; with more it is not known whole */
};

struct graph_holder {
	pid_t pid;
	pid_t tid; /* 0: any thread of the process could let go */
};

struct graph_thread {
	pid_t pid;
	pid_t tid;
	uint64_t start;
	uint64_t switches;
	char name[THREAD_NAME_MAX];
};

/* What a thread waits for. */
struct graph_wait {
	char what[GRAPH_WHAT_MAX]; /* in words: "read from a pipe" */
	bool waits; /* for somebody; false: it runs, or nobody knows for whom */
	bool whole; /* the holders are all there are, and nothing else ends the wait */
	/* It is held: the holders are the handlers' threads of the clients that are asked. */
	bool held;
	uint64_t question; /* of the client the way began at, if it is asked; 0: it is not */
	unsigned int count;
	struct graph_holder holders[GRAPH_HOLDERS_MAX];
};

struct graph_world {
	/* 0, or negative errno: there is no such thread. */
	int (*look)(void *context, const struct graph_holder *thread,
		    struct graph_thread *ret_thread, struct graph_wait *ret_wait);
	/* Fills tids; how many there are, which may be more than fit, or negative errno. */
	int (*threads)(void *context, pid_t pid, pid_t tids[GRAPH_PROCESS_THREADS_MAX]);
	void *context;
};

struct graph_hop {
	struct graph_thread thread;
	struct graph_wait wait;
};

struct graph {
	bool cycle; /* the way leads back to the client it began at */
	bool proven;
	uint64_t question; /* the client's own, which closes it */
	unsigned int hop_count; /* of the way: to the question, or else as far as it was followed */
	struct graph_hop hops[GRAPH_DEPTH_MAX];
	unsigned int seen_count; /* all that were looked at, in order */
	struct graph_thread seen[GRAPH_THREADS_MAX];
};

/* Begins at this thread. 0, or negative errno: it is not there. */
int graph_follow(struct graph *graph, const struct graph_world *world,
		 const struct graph_holder *first);

/*
 * Do two looks, one after the other, prove the cycle? They do if both found it and no thread of it
 * has run in between: then all of them waited at one and the same moment.
 */
bool graph_confirms(const struct graph *before, const struct graph *after);

/* How many bytes of the text are used, NUL not counted; it is cut where it does not fit. */
size_t graph_describe(const struct graph *graph, const char *client_name, char *text, size_t room);

#endif
