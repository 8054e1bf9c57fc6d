/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tracking's own files share. Nobody else includes this; everything wants the lock held.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_TRACKING_STATE_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_TRACKING_STATE_H

#include "daemon/engine/fanotify/gather.h"
#include "daemon/engine/fanotify/queue.h"
#include "daemon/engine/fanotify/tracking.h"

#include <pthread.h>

struct tracking {
	pthread_mutex_t lock;
	struct process_table *table;
	struct gather gather;
	struct event_queue *events;
	struct event_queue *ends;
	int connector;
	int kick;
	unsigned int wanted;
	bool keeps; /* pidversions outlive the daemon */
	bool eager; /* while draining: look at what was run at once, before it ends */
	uint64_t lost;
	uint64_t *mounts;
	size_t mount_count;
};

/* tracking.c */
/* There are events to report. */
void tracking_kick(struct tracking *tracking);
/* Looks at what it runs. */
void tracking_complete_image(struct tracking *tracking, struct process *process);
/* A process that nothing was told of yet, from /proc. NULL: gone, or the table is full. */
struct process *tracking_add(struct tracking *tracking, pid_t pid);

/* news.c: the context is the struct tracking. */
void news_apply(void *context, const struct connector_event *event);

#endif
