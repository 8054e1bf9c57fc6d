/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the connector tells, applied to the table of processes in the order of its happening, and
 * queued for whoever reports it. With the lock of tracking.h, which also says what is to be queued.
 *
 * Owns nothing: events take their references with them into the queues.
 */
#include "daemon/engine/fanotify/tracking_state.h"

#include "base/clock.h"

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
static struct process *known(struct tracking *tracking, const struct connector_event *from,
			     pid_t pid)
{
	struct process *process = process_table_find(tracking->table, pid);
	struct gather_start start;
	int threads;

	if (!process)
		return tracking_add(tracking, pid);
	if (process_table_seen(tracking->table, process))
		return process;
	start = gather_start_of(process);
	switch (gather_look(&tracking->gather, &start, &threads)) {
	case GATHER_ALIVE:
		/* What it runs now is what this tells. */
		if (from->kind == CONNECTOR_EXEC)
			return process;
		return tracking_verified(tracking, process);
	case GATHER_OTHER:
		return tracking_verified(tracking, process);
	case GATHER_ENDED:
	case GATHER_GONE:
		break;
	}
	/* It did this and then ended: that is told next. */
	return process;
}

static void start_of(struct tracking *tracking, struct process *child, uint64_t boot_ns)
{
	child->start_boot_ns = boot_ns;
	child->start_time_us = (uint64_t)(((int64_t)boot_ns + tracking->gather.boot_offset_ns) /
					  1000);
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

/* The child of a fork. NULL: full, or no memory. */
static struct process *born(struct tracking *tracking, struct process *parent,
			    const struct connector_event *from)
{
	struct process *child = process_table_find(tracking->table, from->other_pid);
	uint64_t boot_ns = gather_boot_ns(from->time_ns);

	if (child) {
		const struct gather_start start = gather_start_of(child);

		/* It was in /proc before it was told of. */
		if (gather_began_then(&tracking->gather, &start, boot_ns))
			return child;
		news_end_unseen(tracking, child);
	}
	child = process_table_fork(tracking->table, parent, from->other_pid);
	if (child)
		start_of(tracking, child, boot_ns);
	return child;
}

static void on_fork(struct tracking *tracking, const struct connector_event *from)
{
	struct process_event event;
	struct process *parent, *child;

	process_table_thread_remove(tracking->table, from->other_tid);
	if (from->other_tid != from->other_pid) {
		struct process *process = process_table_find(tracking->table, from->other_pid);

		if (process &&
		    process_table_thread_add(tracking->table, from->other_tid, process) == 0) {
			process->threads++;
			process->news++;
		}
		return;
	}
	parent = known(tracking, from, from->pid);
	if (parent && tracking->eager && parent->stale & PROCESS_STALE_IMAGE)
		tracking_complete_image(tracking, parent);
	child = parent ? born(tracking, parent, from) : NULL;
	if (!child)
		return;
	event = event_of(from, parent);
	add_other(&event, child);
	queue(tracking, &event);
}

static void on_exec(struct tracking *tracking, const struct connector_event *from)
{
	struct process *process = known(tracking, from, from->pid);
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
	process_table_exec(tracking->table, process);
	/* The other threads have ended by it, and nothing of what was lost holds any more. */
	process_table_see(tracking->table, process);
	process_table_count(tracking->table, process, 1);
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
	struct process *process = known(tracking, from, from->pid);
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
	struct process *process = known(tracking, from, from->pid);

	if (!process)
		return;
	process->session = from->pid;
	process->group = from->pid;
	process->stale |= PROCESS_STALE_SURROUNDINGS; /* the terminal is let go */
}

static void on_ptrace(struct tracking *tracking, const struct connector_event *from)
{
	struct process *target = known(tracking, from, from->pid);
	struct process *tracer = from->other_pid ? known(tracking, from, from->other_pid) : NULL;
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
	struct process *process = known(tracking, from, from->pid);
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

void news_end_unseen(struct tracking *tracking, struct process *process)
{
	struct connector_event from = {.kind = CONNECTOR_EXIT, .time_ns = clock_now_ns()};
	struct process_event event = event_of(&from, process);

	event.status_missing = !process_table_ended_with(tracking->table, process, &event.status);
	process_table_end(tracking->table, process);
	/* Without the connector ends are not told, for most are never seen. */
	if (tracking->connector >= 0)
		queue(tracking, &event);
	else
		process_event_done(&event);
}

/*
 * A thread ended in a process whose threads are not known. If it is this process: of one that is
 * gone that cannot be said.
 */
static void may_end(struct tracking *tracking, struct process *process, uint32_t status)
{
	struct gather_start start = gather_start_of(process);
	enum gather_likeness likeness = GATHER_ALIVE;
	int threads;

	if (!process_table_seen(tracking->table, process))
		likeness = gather_look(&tracking->gather, &start, &threads);
	if (likeness == GATHER_ALIVE || likeness == GATHER_ENDED)
		process_table_ending(tracking->table, process, status);
	settle_hurry(tracking);
}

static void on_exit_of_task(struct tracking *tracking, const struct connector_event *from)
{
	struct process *process = process_table_find(tracking->table, from->pid);

	if (from->tid != from->pid)
		process_table_thread_remove(tracking->table, from->tid);
	if (!process)
		return;
	process->news++;
	if (!process_table_counted(tracking->table, process)) {
		may_end(tracking, process, from->status);
		return;
	}
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
