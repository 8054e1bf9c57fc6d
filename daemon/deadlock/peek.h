/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc tells of threads and descriptors, without ever asking a file system or a process that
 * could make us wait: links are read and not followed, memory is read only where it is present.
 *
 * All of it costs effort, of which each look has so much; when it is used up, nothing more is found
 * and what was found is not known whole.
 */
#ifndef SLUICE_DAEMON_DEADLOCK_PEEK_H
#define SLUICE_DAEMON_DEADLOCK_PEEK_H

#include "daemon/deadlock/graph.h"

enum {
	PEEK_EFFORT = 40000, /* files and links of /proc for one look at one client */
	PEEK_LINK_MAX = 256,
	PEEK_TEXT_MAX = 4096,
	PEEK_LOCKS_MAX = 256 * 1024, /* of /proc/locks; locks behind it are not found */
};

struct effort {
	unsigned int left;
};

/* Reads a file into text, which ends with NUL. Its length, or negative errno. */
__attribute__((format(printf, 4, 5))) ssize_t peek_read(struct effort *effort, char *text,
							size_t room, const char *format, ...);
/* What a descriptor is, as the kernel writes it: "pipe:[1]", a path. 0 or negative errno. */
int peek_link(struct effort *effort, pid_t pid, int descriptor, char ret_link[PEEK_LINK_MAX]);
int peek_descriptor(struct effort *effort, pid_t pid, int descriptor,
		    struct descriptor_info *ret_info);
/* Bytes of a process' memory. 0; -EAGAIN: not in memory, and nobody waits for it; or errno. */
int peek_memory(struct effort *effort, pid_t pid, uint64_t address, void *bytes, size_t size);
/* A text from there, which ends with NUL, perhaps cut. */
int peek_string(struct effort *effort, pid_t pid, uint64_t address, char *text, size_t room);
/* The living threads of a process. Their number, which may be more than fit, or negative errno. */
int peek_threads(struct effort *effort, pid_t pid, pid_t tids[GRAPH_PROCESS_THREADS_MAX]);
/* Do both see the same process numbers? */
bool peek_same_numbers(struct effort *effort, pid_t pid);
/* Is the process frozen with its cgroup, at the places where cgroups usually are? */
bool peek_frozen(struct effort *effort, pid_t pid);
/* Adds the children of a process to the holders. */
void peek_children(struct effort *effort, pid_t pid, struct graph_wait *wait);

/* Which descriptors count. */
struct peek_sought {
	const char *link; /* NULL: any */
	unsigned int access; /* a mask of 1 << O_RDONLY and its kin */
	const struct lock_line *lock; /* those through which this lock is held; NULL: any */
};
/* Adds every process but this one that has such a descriptor to the holders. */
void peek_holders(struct effort *effort, const struct peek_sought *sought, struct graph_wait *wait);
/* Adds a holder; one that does not fit makes the wait not whole. */
void peek_add_holder(struct graph_wait *wait, pid_t pid, pid_t tid);

#endif
