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

/* What happened to a process. Whoever took it owns what it holds: process_event_done. */
struct process_event {
	enum connector_kind kind; /* OTHER: cancelled */
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	pid_t tid;
	struct process *process;
	struct process *other; /* FORK: the child; PTRACE: the process that is traced */
	struct image *image; /* EXEC: the image before */
	struct record_token token; /* of `process`, before it happened */
	uint32_t real; /* UID, GID */
	uint32_t effective;
	uint32_t status; /* EXIT */
};
void process_event_done(struct process_event *event);

struct event_queue;

/* The caller owns *ret_queue. 0 or -ENOMEM. */
int event_queue_new(struct event_queue **ret_queue, size_t limit);
struct event_queue *event_queue_free(struct event_queue *queue);
DEFINE_OWNED(struct event_queue, event_queue_free)

/* Takes over what the event holds. 0, or -ENOSPC: full, and it is still the caller's. */
int event_queue_put(struct event_queue *queue, const struct process_event *event);
/* The oldest, not taken out; NULL: empty. */
const struct process_event *event_queue_first(const struct event_queue *queue);
bool event_queue_take(struct event_queue *queue, struct process_event *ret_event);

/*
 * The process has run a program: changes of identity it queued just before belong to that exec and
 * are cancelled. *token becomes what it was before the first of them.
 */
void event_queue_cancel_identity(struct event_queue *queue, const struct process *process,
				 struct record_token *token);

#endif
