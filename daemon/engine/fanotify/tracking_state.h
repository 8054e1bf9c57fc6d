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

/* What settle.c is about. */
struct settling {
	bool on; /* threads of some processes are not known, or /proc is to be searched */
	bool left; /* some processes of this round are for the next */
	uint64_t begun_ns; /* when the loss was noticed */
	size_t bucket; /* where the round stands */
	uint64_t round_ns; /* when it may begin */
	uint64_t pause_ns; /* until the next */
	uint64_t search_ns; /* when /proc is to be searched; 0: it was */
};

struct tracking {
	pthread_mutex_t lock;
	struct process_table *table;
	struct gather gather;
	struct event_queue *events;
	struct event_queue *ends;
	int connector;
	int connector_waits; /* epoll: sees for less than a look that nothing is there */
	int kick;
	unsigned int wanted;
	bool keeps; /* pidversions outlive the daemon */
	bool eager; /* while draining: look at what was run at once, before it ends */
	struct settling settling;
	uint64_t lost;
	uint64_t *mounts;
	size_t mount_count;
};

/* tracking.c */
/* The process, if it is still the one that had this pid; else the one that has it now, or NULL. */
struct process *tracking_verified(struct tracking *tracking, struct process *process);
/* There are events to report. */
void tracking_kick(struct tracking *tracking);
/* Looks at what it runs. */
void tracking_complete_image(struct tracking *tracking, struct process *process);
/* A process that nothing was told of yet, from /proc. NULL: gone, or the table is full. */
struct process *tracking_add(struct tracking *tracking, pid_t pid);

/* news.c: the context is the struct tracking. */
void news_apply(void *context, const struct connector_event *event);
/* It was seen to be gone. The status is told if its end may have been told. */
void news_end_unseen(struct tracking *tracking, struct process *process);

/* settle.c */
/* News were lost. */
void settle_begin(struct tracking *tracking);
/* A process whose threads are not known may have ended. */
void settle_hurry(struct tracking *tracking);

#endif
