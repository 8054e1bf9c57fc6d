/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc says of a living process. Used once at each exec and for processes that are older than
 * the engine; never waits for another process.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_GATHER_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_GATHER_H

#include "daemon/engine/fanotify/process.h"

struct gather {
	int proc; /* descriptor of /proc */
	int cgroups; /* descriptor of the unified hierarchy; -1: none */
	long ticks; /* a second has */
	int64_t boot_offset_ns; /* wall clock at boot */
	int64_t monotonic_offset_ns; /* wall clock when CLOCK_MONOTONIC was 0 */
};

/* 0 or negative errno. */
int gather_init(struct gather *ret_gather);
void gather_done(struct gather *gather);

/* Parent, group, session, ids, start. 0, or negative errno: it is gone. */
int gather_process(const struct gather *gather, struct process *process);
/* Its run alone: one short file. 0, or negative errno: it is gone. */
int gather_run(const struct gather *gather, struct process *process);
/* Is the living process of this pid the one that is meant? By its start. */
bool gather_same(const struct gather *gather, const struct process *process);
/* Which process this thread belongs to; 0: there is none. */
pid_t gather_process_of(const struct gather *gather, pid_t tid);

/* Owned by the caller. NULL: gone, a kernel thread, or no memory. The caller judges the mount. */
struct image *gather_image(const struct gather *gather, pid_t pid, uint64_t *ret_mount_id);
struct surroundings *gather_surroundings(const struct gather *gather, pid_t pid);

#endif
