/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the connector tells, applied to the table of processes in the order of its happening, and
 * queued for whoever reports it. With the lock of tracking.h, which also says what is to be queued.
 *
 * Owns nothing: events take their references with them into the queues.
 */
#include "daemon/engine/fanotify/tracking_state.h"

#include <sys/stat.h>

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
	tracking_kick(tracking);
}

/* A process the connector tells of; one that is not in the table is older than it, or was lost. */
static struct process *known(struct tracking *tracking, pid_t pid)
{
	struct process *process = process_table_find(tracking->table, pid);

	return process ? process : tracking_add(tracking, pid);
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
		tracking_complete_image(tracking, parent);
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
		tracking_complete_image(tracking, process);
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

void news_apply(void *context, const struct connector_event *event)
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
