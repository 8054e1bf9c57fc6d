/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of processes: who is who, kept by pid and pidversion, never by bare pid.
 *
 * No I/O but the memory that versions.h maps, no locks of its own. tracking.h keeps it true and
 * guards it.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_PROCESS_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_PROCESS_H

#include "base/cleanup.h"
#include "daemon/engine/fanotify/versions.h"
#include "daemon/policy/policy.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	/* Living ones; one more is looked up in /proc at each of its events and not remembered. */
	PROCESSES_MAX = 131072,
	/* Ended ones, kept for the events they left behind; the oldest makes room. */
	PROCESSES_GONE_MAX = 4096,
	/* Threads that are not their process' first; one more is looked up in /proc each time. */
	PROCESS_THREADS_MAX = 262144,
	PROCESS_BUCKETS = 16384,
	PROCESS_PAGE = 256, /* as many as there are in a bucket, with the most pids Linux has */
};

/* An executable, shared by all that run it. It does not change once it is made. */
struct image {
	unsigned int references;
	uint32_t file_flags; /* enum record_file_flags */
	struct record_stat stat;
	size_t path_length;
	char path[];
};

/* What is inherited at fork and rarely changes. It does not change once it is made. */
struct surroundings {
	unsigned int references;
	uint64_t cgroup_id;
	uint64_t cgroup_namespace;
	uint64_t ipc_namespace;
	uint64_t mount_namespace;
	uint64_t network_namespace;
	uint64_t pid_namespace;
	uint64_t user_namespace;
	struct record_stat terminal_stat;
	char terminal_path[32]; /* empty: no controlling terminal */
	size_t cgroup_length;
	char cgroup_path[];
};

enum process_stale {
	PROCESS_STALE_IMAGE = 1 << 0, /* not looked at since its exec */
	PROCESS_STALE_SURROUNDINGS = 1 << 1,
};

/* What is to be found out about a process again, once news of it may have been lost. */
struct process_doubt {
	uint32_t seen; /* after so many losses it was seen to be the same */
	uint32_t counted; /* and after so many its threads were counted */
	uint32_t ending; /* and after so many one of its threads has ended, */
	uint32_t status; /* with this */
	int threads; /* as many as /proc said then; 0: it was not asked */
	uint64_t threads_ns;
	uint32_t news; /* of its threads, up to then */
};

struct process {
	struct process *next; /* in its bucket */
	struct process *next_gone; /* in the order of their end */
	unsigned int references;
	bool listed; /* found by its pid */
	bool gone;
	unsigned int stale; /* enum process_stale */
	int threads;
	uint32_t news; /* told of its threads */
	struct process_doubt doubt;
	struct record_token token;
	struct record_token parent;
	pid_t parent_pid;
	pid_t original_parent_pid;
	pid_t group;
	pid_t session;
	struct run run; /* as /proc has it; start_ticks 0: not known yet */
	bool run_known; /* all of it, since its last exec */
	uint32_t kept; /* its place in the file of versions; 0: none */
	uint64_t start_time_us; /* since 1970 */
	uint64_t start_boot_ns; /* since boot, as the connector told it; 0: it did not */
	bool in_exec; /* its ids have changed already, by the exec that is about to be told */
	struct record_token before_exec; /* what it was then */
	uint32_t exec_pidversion; /* promised to the image it is about to run; 0: none */
	struct image *next_image; /* what it was asked to be allowed to run; NULL: nothing */
	struct image *image; /* NULL: could not be found out */
	struct surroundings *surroundings; /* NULL: could not be found out */
	struct subtree_set subtrees;
};

static inline pid_t process_pid(const struct process *process)
{
	return (pid_t)process->token.words[RECORD_TOKEN_PID];
}

/* References count, so that what an event tells of outlives the table's interest in it. */
struct image *image_new(const char *path, size_t length, const struct record_stat *stat,
			uint32_t file_flags);
struct image *image_ref(struct image *image); /* NULL is fine */
struct image *image_unref(struct image *image); /* NULL is fine. Returns NULL. */
struct surroundings *surroundings_new(const char *cgroup, size_t length);
struct surroundings *surroundings_ref(struct surroundings *surroundings);
struct surroundings *surroundings_unref(struct surroundings *surroundings);
struct process *process_ref(struct process *process);
struct process *process_unref(struct process *process);

struct process_table;
struct gather;

struct process_limits {
	size_t living;
	size_t gone;
	size_t threads;
};

/* The caller owns *ret_table. 0 or -ENOMEM. */
int process_table_new(struct process_table **ret_table, const struct process_limits *limits);
struct process_table *process_table_free(struct process_table *table);
DEFINE_OWNED(struct process_table, process_table_free)

/*
 * Goes on where the daemon before ended, and takes `versions` over: a living process that is still
 * in the run its pidversion was given to gets it again, every other a new one above the highest.
 * To be called before anybody was told of any. `look` reads the run of a process; 0, or negative
 * errno: it is gone.
 */
void process_table_adopt(struct process_table *table, struct versions *versions,
			 int (*look)(const struct gather *gather, struct process *process),
			 const struct gather *gather);
/* Its pidversion leaves the daemon: the next daemon is to know it, if its run is known. */
void process_table_keep(struct process_table *table, struct process *process);

/* The pidversion it will have after the exec it asks for. */
uint32_t process_table_promise(struct process_table *table, struct process *process);
/* It has executed a program: it gets that pidversion, or the next. */
void process_table_exec(struct process_table *table, struct process *process);

/*
 * A new process of this pid, with a pidversion of its own; whoever had the pid before is gone.
 * NULL: full or no memory. The table keeps the reference.
 */
struct process *process_table_add(struct process_table *table, pid_t pid);
/* A new process that inherits from its parent. NULL as above. */
struct process *process_table_fork(struct process_table *table, struct process *parent, pid_t pid);
/* It ended. It is still found by process_table_gone for a while. */
void process_table_end(struct process_table *table, struct process *process);

/* The living process with this pid; NULL. */
struct process *process_table_find(struct process_table *table, pid_t pid);
/* The one with this pid that ended last; NULL. */
struct process *process_table_gone(struct process_table *table, pid_t pid);
/* The very one of this token; NULL if it is not known any more. */
struct process *process_table_exact(struct process_table *table, const struct record_token *token);

/* News were lost: nobody in the table is known to be the same, or how many threads it has. */
void process_table_doubt(struct process_table *table);
bool process_table_seen(const struct process_table *table, const struct process *process);
bool process_table_counted(const struct process_table *table, const struct process *process);
/* One of its threads has ended with this status, and perhaps the process with it. */
void process_table_ending(const struct process_table *table, struct process *process,
			  uint32_t status);
/* If it has ended now: was it told how? */
bool process_table_ended_with(const struct process_table *table, const struct process *process,
			      uint32_t *ret_status);
/* It was seen to be the same; its threads are known. */
void process_table_see(const struct process_table *table, struct process *process);
void process_table_count(const struct process_table *table, struct process *process, int threads);
/*
 * Some of those whose threads are not known, from *bucket on, which is moved; at PROCESS_BUCKETS
 * that was all. References are the caller's. Returns how many.
 */
size_t process_table_uncounted(const struct process_table *table, size_t *bucket,
			       struct process *processes[PROCESS_PAGE]);

/* A thread that is not the first of its process. 0, or -ENOSPC: full. */
int process_table_thread_add(struct process_table *table, pid_t tid, struct process *process);
void process_table_thread_remove(struct process_table *table, pid_t tid);
/* Whose thread this is; NULL: not known. */
struct process *process_table_thread(struct process_table *table, pid_t tid);

/* Calls `each` for every living process; it may end the process it was called for. */
void process_table_each(struct process_table *table,
			void (*each)(void *context, struct process *process), void *context);
size_t process_table_living(const struct process_table *table);

#endif
