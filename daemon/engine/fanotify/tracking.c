/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the table of processes true. The connector's messages are queued by the kernel before the
 * system call returns that caused them: whoever drains it before looking at an event of fanotify's
 * finds the very process and image that caused the event, without a look at /proc.
 *
 * Where there is no connector, or it lost messages (ENOBUFS), a process is compared by its start
 * time with what /proc says before it is believed, and starts over as a new one if it differs. Who
 * ended unseen in a loss is found out by settle.c.
 */
#include "daemon/engine/fanotify/tracking_state.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

void tracking_lock(struct tracking *tracking)
{
	pthread_mutex_lock(&tracking->lock);
}

void tracking_unlock(struct tracking *tracking)
{
	pthread_mutex_unlock(&tracking->lock);
}

void tracking_kick(struct tracking *tracking)
{
	uint64_t one = 1;

	if (write(tracking->kick, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

bool tracking_own_mount(const struct tracking *tracking, uint64_t id)
{
	return tracking->mounts &&
	       bsearch(&id, tracking->mounts, tracking->mount_count, sizeof(id), compare_ids);
}

void tracking_complete_image(struct tracking *tracking, struct process *process)
{
	uint64_t mount_id = 0;
	struct image *image = gather_image(&tracking->gather, process_pid(process), &mount_id);

	process->stale &= ~(unsigned int)PROCESS_STALE_IMAGE;
	if (!image)
		return;
	if (!tracking_own_mount(tracking, mount_id))
		image->file_flags |= RECORD_FILE_FOREIGN;
	image_unref(process->image);
	process->image = image;
}

static void complete_surroundings(struct tracking *tracking, struct process *process)
{
	struct surroundings *surroundings;

	process->stale &= ~(unsigned int)PROCESS_STALE_SURROUNDINGS;
	if (gather_process(&tracking->gather, process) < 0)
		return;
	surroundings = gather_surroundings(&tracking->gather, process_pid(process));
	if (!surroundings)
		return;
	surroundings_unref(process->surroundings);
	process->surroundings = surroundings;
}

struct process *tracking_add(struct tracking *tracking, pid_t pid)
{
	struct process *process = process_table_add(tracking->table, pid);
	struct process *parent;

	if (!process)
		return NULL;
	process->stale = PROCESS_STALE_IMAGE | PROCESS_STALE_SURROUNDINGS;
	process->threads = 0;
	if (gather_process(&tracking->gather, process) < 0) {
		process_table_end(tracking->table, process);
		return NULL;
	}
	parent = process_table_find(tracking->table, process->parent_pid);
	if (parent) {
		process->parent = parent->token;
		process->subtrees = parent->subtrees;
	}
	return process;
}

void tracking_drain(struct tracking *tracking, bool eager)
{
	struct epoll_event ready;

	if (tracking->connector < 0 || epoll_wait(tracking->connector_waits, &ready, 1, 0) == 0)
		return;
	tracking->eager = eager;
	if (connector_drain(tracking->connector, news_apply, tracking) == -ENOBUFS) {
		tracking->lost++;
		settle_begin(tracking);
	}
}

/* Looks at it anew, and sees whether it has run another program meanwhile. 0: it is gone. */
static int look_again(struct tracking *tracking, struct process *process)
{
	struct run before = process->run;
	bool known = process->run_known;
	int result = gather_process(&tracking->gather, process);

	if (result < 0)
		return result;
	/* An exec that was not told: whoever knew the program by its token does not know this. */
	if (known && process->run.stack_start != 0 && !run_same(&before, &process->run)) {
		process_table_exec(tracking->table, process);
		process->next_image = image_unref(process->next_image);
		process->run_known = true;
	}
	process->in_exec = false;
	process->stale = PROCESS_STALE_IMAGE | PROCESS_STALE_SURROUNDINGS;
	process_table_see(tracking->table, process);
	return 0;
}

struct process *tracking_verified(struct tracking *tracking, struct process *process)
{
	pid_t pid = process_pid(process);
	struct gather_start start = gather_start_of(process);
	int threads;

	if (tracking->connector >= 0 && process_table_seen(tracking->table, process))
		return process;
	if (gather_look(&tracking->gather, &start, &threads) == GATHER_ALIVE &&
	    look_again(tracking, process) == 0)
		return process;
	news_end_unseen(tracking, process);
	return tracking_add(tracking, pid);
}

struct process *tracking_living(struct tracking *tracking, pid_t pid)
{
	struct process *process = process_table_find(tracking->table, pid);

	if (process)
		return tracking_verified(tracking, process);
	/* A thread's number is no process. */
	if (gather_process_of(&tracking->gather, pid) != pid)
		return NULL;
	return tracking_add(tracking, pid);
}

struct process *tracking_thread(struct tracking *tracking, pid_t tid)
{
	struct process *process = process_table_find(tracking->table, tid);
	pid_t pid;

	if (process)
		return tracking_verified(tracking, process);
	process = tracking->connector < 0 ? NULL : process_table_thread(tracking->table, tid);
	if (process)
		return tracking_verified(tracking, process);
	pid = gather_process_of(&tracking->gather, tid);
	if (pid <= 0)
		return NULL;
	process = tracking_living(tracking, pid);
	if (process && pid != tid && tracking->connector >= 0)
		process_table_thread_add(tracking->table, tid, process);
	return process;
}

struct process *tracking_past(struct tracking *tracking, pid_t pid, bool gone)
{
	struct process *process = process_table_find(tracking->table, pid);

	if (process && !gone)
		process = tracking_verified(tracking, process);
	/* Without the connector nobody says that it ended: it is still listed as living. */
	else if (tracking->connector >= 0)
		process = NULL;
	if (!process)
		process = process_table_gone(tracking->table, pid);
	return process || gone ? process : tracking_living(tracking, pid);
}

void tracking_keep(struct tracking *tracking, struct process *process)
{
	if (tracking->keeps && !process->kept && !process->gone &&
	    (process->run_known || gather_run(&tracking->gather, process) == 0))
		process_table_keep(tracking->table, process);
}

/* Who is its parent now: it changes when the parent ends. */
static void complete_parent(struct tracking *tracking, struct process *process)
{
	struct process *parent = process_table_find(tracking->table, process->parent_pid);

	if (process->parent_pid == 0)
		return;
	if (!parent || parent->token.words[RECORD_TOKEN_PIDVERSION] !=
			       process->parent.words[RECORD_TOKEN_PIDVERSION]) {
		if (gather_process(&tracking->gather, process) < 0)
			return;
		parent = process_table_find(tracking->table, process->parent_pid);
	}
	if (!parent)
		return;
	process->parent = parent->token;
	tracking_keep(tracking, parent);
}

void tracking_complete(struct tracking *tracking, struct process *process, bool surroundings)
{
	/* What has ended is gone from /proc; the pid may be another's by now. */
	if (process->gone)
		return;
	if (process->stale & PROCESS_STALE_IMAGE)
		tracking_complete_image(tracking, process);
	if (!surroundings)
		return;
	if (process->stale & PROCESS_STALE_SURROUNDINGS)
		complete_surroundings(tracking, process);
	tracking_keep(tracking, process);
	complete_parent(tracking, process);
}

int tracking_set_mounts(struct tracking *tracking, const uint64_t *ids, size_t count)
{
	uint64_t *copy = malloc((count ? count : 1) * sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, ids, count * sizeof(*copy));
	qsort(copy, count, sizeof(*copy), compare_ids);
	free(tracking->mounts);
	tracking->mounts = copy;
	tracking->mount_count = count;
	return 0;
}

struct process_table *tracking_table(struct tracking *tracking)
{
	return tracking->table;
}

int tracking_connector(const struct tracking *tracking)
{
	return tracking->connector;
}

void tracking_want(struct tracking *tracking, unsigned int kinds)
{
	tracking->wanted = kinds;
}

bool tracking_next(struct tracking *tracking, struct process_event *ret_event)
{
	return event_queue_take(tracking->events, ret_event);
}

bool tracking_next_end(struct tracking *tracking, struct process_event *ret_event)
{
	return event_queue_take(tracking->ends, ret_event);
}

size_t tracking_ends(const struct tracking *tracking)
{
	return event_queue_count(tracking->ends);
}

struct tracking_counts tracking_counts(struct tracking *tracking)
{
	return (struct tracking_counts){
		.lost = tracking->lost,
		.processes = process_table_living(tracking->table),
	};
}

static void seed(struct tracking *tracking)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && !process_table_find(tracking->table, pid))
			tracking_add(tracking, pid);
	}
	if (directory)
		closedir(directory);
}

/* Every process is in the table now: parents can be found. */
static void seed_parent(void *context, struct process *process)
{
	struct tracking *tracking = context;
	struct process *parent = process_table_find(tracking->table, process->parent_pid);

	if (parent)
		process->parent = parent->token;
	/* What they run is what their children are until they run something themselves. */
	tracking_complete_image(tracking, process);
	complete_surroundings(tracking, process);
}

void tracking_look_up_all(struct tracking *tracking)
{
	process_table_each(tracking->table, seed_parent, tracking);
}

int tracking_keep_versions(struct tracking *tracking, const char *path, char text[CONTROL_TEXT_MAX])
{
	struct versions *versions = NULL;
	int result = versions_open(&versions, path, text);

	if (result < 0)
		return result;
	tracking_drain(tracking, false);
	process_table_adopt(tracking->table, versions, gather_run, &tracking->gather);
	tracking->keeps = true;
	return 0;
}

static int watch_connector(struct tracking *tracking, int connector)
{
	struct epoll_event wanted = {.events = EPOLLIN};

	if (connector < 0)
		return 0;
	tracking->connector = connector;
	tracking->connector_waits = epoll_create1(EPOLL_CLOEXEC);
	if (tracking->connector_waits < 0 ||
	    epoll_ctl(tracking->connector_waits, EPOLL_CTL_ADD, connector, &wanted) < 0)
		return -errno;
	return 0;
}

int tracking_new(struct tracking **ret_tracking, int connector, int kick_descriptor)
{
	static const struct process_limits limits = {PROCESSES_MAX, PROCESSES_GONE_MAX,
						     PROCESS_THREADS_MAX};
	OWNED(tracking_free) struct tracking *tracking = calloc(1, sizeof(*tracking));
	int result;

	if (!tracking)
		return -ENOMEM;
	pthread_mutex_init(&tracking->lock, NULL);
	tracking->gather = (struct gather){.proc = -1, .cgroups = -1};
	tracking->connector = tracking->connector_waits = -1;
	tracking->kick = kick_descriptor;
	result = process_table_new(&tracking->table, &limits);
	if (result == 0)
		result = event_queue_new(&tracking->events, TRACKING_EVENTS_MAX);
	if (result == 0)
		result = event_queue_new(&tracking->ends, TRACKING_EVENTS_MAX);
	if (result == 0)
		result = gather_init(&tracking->gather);
	if (result < 0)
		return result;
	seed(tracking);
	result = watch_connector(tracking, connector);
	if (result < 0)
		return result;
	*ret_tracking = TAKE(tracking);
	return 0;
}

struct tracking *tracking_free(struct tracking *tracking)
{
	if (!tracking)
		return NULL;
	event_queue_free(tracking->events);
	event_queue_free(tracking->ends);
	process_table_free(tracking->table);
	gather_done(&tracking->gather);
	if (tracking->connector >= 0)
		close(tracking->connector);
	if (tracking->connector_waits >= 0)
		close(tracking->connector_waits);
	free(tracking->mounts);
	pthread_mutex_destroy(&tracking->lock);
	free(tracking);
	return NULL;
}
