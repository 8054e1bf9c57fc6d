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
};

/* 0 or negative errno. */
int gather_init(struct gather *ret_gather);
void gather_done(struct gather *gather);

/* The same moment on the clock of starts, which goes on while the machine sleeps. */
uint64_t gather_boot_ns(uint64_t monotonic_ns);

/* Parent, group, session, ids, start. 0, or negative errno: it is gone. */
int gather_process(const struct gather *gather, struct process *process);
/* Its run alone: one short file. 0, or negative errno: it is gone. */
int gather_run(const struct gather *gather, struct process *process);

/* Which process is meant: the one that has the pid and began then. */
struct gather_start {
	pid_t pid;
	uint64_t ticks; /* 0: only the time is known */
	uint64_t boot_ns;
};
struct gather_start gather_start_of(const struct process *process);
enum gather_likeness {
	GATHER_GONE, /* there is no process of this pid */
	GATHER_OTHER, /* it is another */
	GATHER_ENDED, /* it is the one that is meant, and has ended, but for its parent's wait */
	GATHER_ALIVE,
};
/* /proc's clock is coarse, and what the connector tells it tells a little later. */
bool gather_began_then(const struct gather *gather, const struct gather_start *start,
		       uint64_t boot_ns);
/* *ret_threads is set where it is alive. Wants no lock. */
enum gather_likeness gather_look(const struct gather *gather, const struct gather_start *start,
				 int *ret_threads);
/* Has the process of this pid been there for so long? */
bool gather_older(const struct gather *gather, pid_t pid, uint64_t age_ns);
/* Which process this thread belongs to; 0: there is none. */
pid_t gather_process_of(const struct gather *gather, pid_t tid);

/* Owned by the caller. NULL: gone, a kernel thread, or no memory. The caller judges the mount. */
struct image *gather_image(const struct gather *gather, pid_t pid, uint64_t *ret_mount_id);
struct surroundings *gather_surroundings(const struct gather *gather, pid_t pid);

#endif
