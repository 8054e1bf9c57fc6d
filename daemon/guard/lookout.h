/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether one client is stopped: its handler's thread, or one that ever answered, is in a
 * debugger's or a job-control stop, or its cgroup is frozen. A watch is made once and never
 * changes; to look through it costs a read or two of descriptors that are kept open.
 */
#ifndef SLUICE_DAEMON_GUARD_LOOKOUT_H
#define SLUICE_DAEMON_GUARD_LOOKOUT_H

#include "daemon/delivery/stops.h"

/* Where the version 2 cgroups are; empty: nowhere, and nobody is seen frozen. */
struct cgroup_tree {
	char mount[256];
	char root[256]; /* the cgroup that is mounted there */
};

/* Finds it in the caller's mounts. */
void cgroup_tree_find(struct cgroup_tree *ret_tree);
/* What /proc/PID/cgroup says of the version 2 tree; false if nothing. */
bool cgroup_path_of(const char *text, char *ret_path, size_t room);

/* A number that changes when the process moves to another cgroup; 0: there is no such process. */
uint64_t lookout_cgroup(pid_t pid);

/* The state letter in the text of /proc/PID/task/TID/stat; 0: there is none. */
char lookout_state(const char *stat);

/*
 * A watch on these threads of process `pid`, as far as it has them. NULL: out of memory or
 * descriptors. Freed by its own function.
 */
struct delivery_watch *lookout_new(const struct cgroup_tree *tree, pid_t pid,
				   const struct channel_threads *threads);

#endif
