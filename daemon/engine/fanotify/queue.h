/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process events on their way from whoever drained the connector to whoever reports them.
 *
 * Pure: no I/O, no locks of its own.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_QUEUE_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_QUEUE_H

#include "daemon/engine/fanotify/connector.h"
#include "daemon/engine/fanotify/process.h"

/* What happened to a process, and what it was then. Whoever took it owns it: process_event_done. */
struct process_event {
	enum connector_kind kind;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	pid_t tid;
	struct process *process;
	struct image *image;
	struct record_token token; /* before it happened */
	struct process *other; /* FORK: the child; PTRACE: the process that is traced */
	struct image *other_image;
	struct record_token other_token;
	uint32_t real; /* UID, GID */
	uint32_t effective;
	uint32_t status; /* EXIT */
	bool status_missing; /* EXIT: it was not told, only seen to be gone */
};
void process_event_done(struct process_event *event);

struct event_queue;

/* The caller owns *ret_queue. 0 or -ENOMEM. */
int event_queue_new(struct event_queue **ret_queue, size_t limit);
struct event_queue *event_queue_free(struct event_queue *queue);
DEFINE_OWNED(struct event_queue, event_queue_free)

/* Takes over what the event holds. 0, or -ENOSPC: full, and it is still the caller's. */
int event_queue_put(struct event_queue *queue, const struct process_event *event);
bool event_queue_take(struct event_queue *queue, struct process_event *ret_event);

size_t event_queue_count(const struct event_queue *queue);

#endif
