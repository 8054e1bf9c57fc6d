/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the table of processes true: applies what the connector tells, looks up in /proc what it
 * does not tell, and queues process events for whoever reports them.
 *
 * One lock guards it; every function but new, settle and free wants it held. It is held for
 * microseconds; at most some reads of /proc of one process happen under it.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_TRACKING_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_TRACKING_H

#include "daemon/engine/fanotify/connector.h"
#include "daemon/engine/fanotify/process.h"
#include "daemon/engine/fanotify/queue.h"

enum {
	TRACKING_EVENTS_MAX = 16384, /* events not reported yet; one more is lost and counted */
};

struct tracking;

/*
 * connector: from connector_open, taken over; -1: none, then every look-up goes to /proc.
 * kick: an eventfd, borrowed: written when events were queued that may be reported.
 */
int tracking_new(struct tracking **ret_tracking, int connector, int kick);
/*
 * For the thread that reports: goes on finding out who ended and who lives, after a loss. Returns
 * in how many milliseconds it is to be called again; -1: after the next kick.
 */
int tracking_settle(struct tracking *tracking);
struct tracking *tracking_free(struct tracking *tracking);
DEFINE_OWNED(struct tracking, tracking_free)

void tracking_lock(struct tracking *tracking);
void tracking_unlock(struct tracking *tracking);

/*
 * Everything the kernel has told by now is in the table. eager: what was run is looked at now,
 * before it may have ended; else when somebody asks (tracking_complete).
 */
void tracking_drain(struct tracking *tracking, bool eager);
/* Events are queued for these kinds only. */
void tracking_want(struct tracking *tracking, unsigned int kinds); /* bits 1 << CONNECTOR_* */
/* Descriptor to poll for reading; -1: none. */
int tracking_connector(const struct tracking *tracking);

/* The process of a living thread; NULL: gone, or the table is full. */
struct process *tracking_thread(struct tracking *tracking, pid_t tid);
/*
 * Who caused an event that is already past. gone: it is known to have ended since. NULL: not known.
 */
struct process *tracking_past(struct tracking *tracking, pid_t pid, bool gone);
/* The living process of this pid, NULL. */
struct process *tracking_living(struct tracking *tracking, pid_t pid);

/* Looks up what is stale: the image, or with surroundings everything a record needs. */
void tracking_complete(struct tracking *tracking, struct process *process, bool surroundings);

/* The mounts of the daemon's own mount namespace, by their ids. Copied. 0 or -ENOMEM. */
int tracking_set_mounts(struct tracking *tracking, const uint64_t *ids, size_t count);
/*
 * Looks up those that were there before. Once, after tracking_set_mounts: what runs from a mount
 * that is not known then is foreign for good.
 */
void tracking_look_up_all(struct tracking *tracking);
bool tracking_own_mount(const struct tracking *tracking, uint64_t id);

/*
 * pidversions go on where the daemon before has left them in this file, and are kept there. Once,
 * before anybody is told of a process. 0 or negative errno; text[] as versions_open says.
 */
int tracking_keep_versions(struct tracking *tracking, const char *path,
			   char text[CONTROL_TEXT_MAX]);
/* Its token is told outside a record; tracking_complete does the same for records. */
void tracking_keep(struct tracking *tracking, struct process *process);

struct process_table *tracking_table(struct tracking *tracking);

/* Takes the next event to report, but ends of processes. False: none. */
bool tracking_next(struct tracking *tracking, struct process_event *ret_event);
/* The same for ends: they are told when everything before them was. How many there are now. */
bool tracking_next_end(struct tracking *tracking, struct process_event *ret_event);
size_t tracking_ends(const struct tracking *tracking);

struct tracking_counts {
	uint64_t lost; /* events that found the queue full, and times the kernel lost some */
	uint64_t processes;
};
struct tracking_counts tracking_counts(struct tracking *tracking);

#endif
