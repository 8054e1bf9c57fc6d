/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine as the graph asks about it: threads from /proc, and the questions of our own clients,
 * copied before, which say who is held by whom.
 */
#ifndef SLUICE_DAEMON_DEADLOCK_WORLD_H
#define SLUICE_DAEMON_DEADLOCK_WORLD_H

#include "daemon/deadlock/peek.h"
#include "daemon/delivery/clients.h"

struct world_question {
	uint64_t client_id;
	uint64_t question;
	pid_t tid; /* who is held */
	unsigned int event;
	char target[128]; /* the end of longer ones */
};
struct world_client {
	uint64_t id;
	pid_t pid;
	pid_t handler; /* its thread; 0: not known */
	char name[THREAD_NAME_MAX + 64]; /* for people */
};
struct world {
	struct effort effort;
	uint64_t client_id; /* the one the way begins at */
	const struct world_question *questions;
	size_t question_count;
	const struct world_client *clients;
	size_t client_count;
};

/* The world stays the caller's and must live as long as the result. */
struct graph_world world_graph(struct world *world);

#endif
