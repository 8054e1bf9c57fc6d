/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the table of processes true. The connector's messages are queued by the kernel before the
 * system call returns that caused them: whoever drains it before looking at an event of fanotify's
 * finds the very process and image that caused the event, without a look at /proc.
 *
 * Where there is no connector, or it lost messages (ENOBUFS), a process is compared by its start
 * time with what /proc says before it is believed, and starts over as a new one if it differs.
 */
#include "daemon/engine/fanotify/tracking.h"
#include "base/clock.h"
#include "daemon/engine/fanotify/gather.h"
#include "daemon/engine/fanotify/queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

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

void tracking_lock(struct tracking *tracking)
{
	pthread_mutex_lock(&tracking->lock);
}

void tracking_unlock(struct tracking *tracking)
{
	pthread_mutex_unlock(&tracking->lock);
}

static void kick(struct tracking *tracking)
{
	uint64_t one = 1;

	if (write(tracking->kick, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

/* Hands an event to the queue; what it holds goes with it. */
static void queue(struct tracking *tracking, struct process_event *event)
{
	struct event_queue *target = event->kind == CONNECTOR_EXIT ? tracking->ends
								   : tracking->events;

	if (!(tracking->wanted & 1U << event->kind)) {
		process_event_done(event);
		return;
	}
	if (event_queue_put(target, event) < 0) {
		process_event_done(event);
		tracking->lost++;
		return;
	}
	kick(tracking);
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

static void complete_image(struct tracking *tracking, struct process *process)
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

static struct process *add_from_proc(struct tracking *tracking, pid_t pid)
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

/* A process the connector tells of; one that is not in the table is older than it, or was lost. */
static struct process *known(struct tracking *tracking, pid_t pid)
{
	struct process *process = process_table_find(tracking->table, pid);

	return process ? process : add_from_proc(tracking, pid);
}

static void start_of(struct tracking *tracking, struct process *child, uint64_t time_ns)
{
	child->start_time_us =
		(uint64_t)(((int64_t)time_ns + tracking->gather.monotonic_offset_ns) / 1000);
}

/* An event of this process as it is now. What is in it is the event's. */
static struct process_event event_of(const struct connector_event *from, struct process *process)
{
	return (struct process_event){
		.kind = from->kind,
		.time_ns = from->time_ns,
		.tid = from->tid,
		.process = process_ref(process),
		.image = image_ref(process->image),
		.token = process->token,
	};
}

static void add_other(struct process_event *event, struct process *other)
{
	event->other = process_ref(other);
	event->other_image = image_ref(other->image);
	event->other_token = other->token;
}

static void on_fork(struct tracking *tracking, const struct connector_event *from)
{
	struct process_event event;
	struct process *parent, *child;

	process_table_thread_remove(tracking->table, from->other_tid);
	if (from->other_tid != from->other_pid) {
		struct process *process = process_table_find(tracking->table, from->other_pid);

		if (process &&
		    process_table_thread_add(tracking->table, from->other_tid, process) == 0)
			process->threads++;
		return;
	}
	parent = known(tracking, from->pid);
	if (parent && tracking->eager && parent->stale & PROCESS_STALE_IMAGE)
		complete_image(tracking, parent);
	child = parent ? process_table_fork(tracking->table, parent, from->other_pid) : NULL;
	if (!child)
		return;
	start_of(tracking, child, from->time_ns);
	event = event_of(from, parent);
	add_other(&event, child);
	queue(tracking, &event);
}

static void on_exec(struct tracking *tracking, const struct connector_event *from)
{
	struct process *process = known(tracking, from->pid);
	struct process_event event;

	if (!process)
		return;
	event = event_of(from, process);
	if (process->in_exec)
		event.token = process->before_exec;
	process->in_exec = false;
	/* What was asked about stands in until the process itself has been looked at. */
	image_unref(process->image);
	process->image = TAKE(process->next_image);
	process->stale |= PROCESS_STALE_IMAGE | PROCESS_STALE_SURROUNDINGS;
	process->threads = 1;
	process_table_exec(tracking->table, process);
	if (tracking->eager)
		complete_image(tracking, process);
	queue(tracking, &event);
}

/*
 * A set-user-ID program changes who runs it by being run, and the kernel tells of the change before
 * it tells of the exec. By then the process has its new image.
 */
static bool is_set_id_exec(struct tracking *tracking, const struct process *process)
{
	uint64_t mount_id;
	struct image *image = gather_image(&tracking->gather, process_pid(process), &mount_id);
	bool result = image && image->stat.mode & (S_ISUID | S_ISGID) &&
		      (!process->image || image->stat.inode != process->image->stat.inode ||
		       image->stat.device != process->image->stat.device);

	image_unref(image);
	return result;
}

static void on_identity(struct tracking *tracking, const struct connector_event *from)
{
	struct process *process = known(tracking, from->pid);
	bool group = from->kind == CONNECTOR_GID;
	struct process_event event;
	uint32_t *real, *effective;

	if (!process)
		return;
	real = &process->token.words[group ? RECORD_TOKEN_RGID : RECORD_TOKEN_RUID];
	effective = &process->token.words[group ? RECORD_TOKEN_EGID : RECORD_TOKEN_EUID];
	if (*real == from->real && *effective == from->effective)
		return; /* the other threads of the process follow the first */
	if (!process->in_exec && is_set_id_exec(tracking, process)) {
		process->in_exec = true;
		process->before_exec = process->token;
	}
	event = event_of(from, process);
	event.real = from->real;
	event.effective = from->effective;
	*real = from->real;
	*effective = from->effective;
	if (process->in_exec)
		process_event_done(&event);
	else
		queue(tracking, &event);
}

static void on_session(struct tracking *tracking, const struct connector_event *from)
{
	struct process *process = known(tracking, from->pid);

	if (!process)
		return;
	process->session = from->pid;
	process->group = from->pid;
	process->stale |= PROCESS_STALE_SURROUNDINGS; /* the terminal is let go */
}

static void on_ptrace(struct tracking *tracking, const struct connector_event *from)
{
	struct process *target = known(tracking, from->pid);
	struct process *tracer = from->other_pid ? known(tracking, from->other_pid) : NULL;
	struct process_event event;

	if (!target || !tracer)
		return;
	event = event_of(from, tracer);
	event.tid = from->other_tid;
	add_other(&event, target);
	queue(tracking, &event);
}

static void on_coredump(struct tracking *tracking, const struct connector_event *from)
{
	struct process *process = known(tracking, from->pid);
	struct process_event event;

	if (!process)
		return;
	event = event_of(from, process);
	queue(tracking, &event);
}

static void end(struct tracking *tracking, struct process *process,
		const struct connector_event *from)
{
	struct process_event event = event_of(from, process);

	event.status = from->status;
	process_table_end(tracking->table, process);
	queue(tracking, &event);
}

static void on_exit_of_task(struct tracking *tracking, const struct connector_event *from)
{
	struct process *process = process_table_find(tracking->table, from->pid);

	if (from->tid != from->pid)
		process_table_thread_remove(tracking->table, from->tid);
	if (!process)
		return;
	if (from->tid == from->pid)
		process->leader_gone = true;
	if (process->threads > 0)
		process->threads--;
	/* With the last thread the process ends. */
	if (process->threads == 0)
		end(tracking, process, from);
}

static void apply(void *context, const struct connector_event *event)
{
	static void (*const steps[CONNECTOR_LAST])(struct tracking * tracking,
						   const struct connector_event *event) = {
		[CONNECTOR_FORK] = on_fork,	    [CONNECTOR_EXEC] = on_exec,
		[CONNECTOR_UID] = on_identity,	    [CONNECTOR_GID] = on_identity,
		[CONNECTOR_SID] = on_session,	    [CONNECTOR_PTRACE] = on_ptrace,
		[CONNECTOR_COREDUMP] = on_coredump, [CONNECTOR_EXIT] = on_exit_of_task,
	};

	if (steps[event->kind])
		steps[event->kind](context, event);
}

static void doubt(void *context, struct process *process)
{
	(void)context;
	process->stale = PROCESS_STALE_ALIVE | PROCESS_STALE_IMAGE | PROCESS_STALE_SURROUNDINGS;
}

void tracking_drain(struct tracking *tracking, bool eager)
{
	if (tracking->connector < 0)
		return;
	tracking->eager = eager;
	if (connector_drain(tracking->connector, apply, tracking) == -ENOBUFS) {
		tracking->lost++;
		process_table_each(tracking->table, doubt, NULL);
	}
}

/* The process, if it is still the one that had this pid; else the one that has it now, or NULL. */
static struct process *verified(struct tracking *tracking, struct process *process)
{
	pid_t pid = process_pid(process);

	if (tracking->connector < 0)
		doubt(NULL, process);
	if (!(process->stale & PROCESS_STALE_ALIVE))
		return process;
	process->stale &= ~(unsigned int)PROCESS_STALE_ALIVE;
	process->threads = 0;
	if (gather_same(&tracking->gather, process) &&
	    gather_process(&tracking->gather, process) == 0)
		return process;
	process_table_end(tracking->table, process);
	return add_from_proc(tracking, pid);
}

struct process *tracking_living(struct tracking *tracking, pid_t pid)
{
	struct process *process = process_table_find(tracking->table, pid);

	if (process)
		return verified(tracking, process);
	/* A thread's number is no process. */
	if (gather_process_of(&tracking->gather, pid) != pid)
		return NULL;
	return add_from_proc(tracking, pid);
}

struct process *tracking_thread(struct tracking *tracking, pid_t tid)
{
	struct process *process = process_table_find(tracking->table, tid);
	pid_t pid;

	if (process)
		return verified(tracking, process);
	process = tracking->connector < 0 ? NULL : process_table_thread(tracking->table, tid);
	if (process)
		return verified(tracking, process);
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
		process = verified(tracking, process);
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
		complete_image(tracking, process);
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
			add_from_proc(tracking, pid);
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
	complete_image(tracking, process);
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
	tracking->connector = -1;
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
	tracking->connector = connector;
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
	free(tracking->mounts);
	pthread_mutex_destroy(&tracking->lock);
	free(tracking);
	return NULL;
}
