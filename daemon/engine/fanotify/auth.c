/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that answers the kernel: takes permission events in, finds out who asks for what, puts
 * the question to delivery/, and answers at once or when the hold is released.
 *
 * A subject waits while this file works. So nothing here may wait for anybody: no log, no look-up
 * by name, no lock that is held across something slow. Answers are written before descriptors are
 * closed.
 */
#include "daemon/engine/fanotify/auth.h"
#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/fanotify.h>
#include <time.h>

enum {
	EVENTS_SIZE = 4096, /* about 170 events, and as many descriptors */
};

/* What the thread waits for, beside DELIVERY_ANSWERS. */
enum { WAIT_EVENTS = 1, WAIT_KICK };

/*
 * The process that waits, as it is now: what it runs and, for a record, its surroundings too. NULL:
 * nobody is asked about it. What has ended waits for nothing; the daemon and pid 1 are never held.
 * With the lock of tracking/.
 */
static struct process *subject_process(struct asking *asking, bool surroundings)
{
	struct tracking *tracking = asking->engine->tracking;
	struct process *process;

	if (!asking->drained)
		tracking_drain(tracking, false);
	asking->drained = true;
	process = tracking_thread(tracking, asking->tid);
	if (!process || process_pid(process) == 1 ||
	    process_pid(process) == asking->engine->daemon_pid)
		return NULL;
	tracking_complete(tracking, process, surroundings);
	return process;
}

/* Puts the subject into the record; false: nobody is asked about it. */
static bool put_subject(struct asking *asking)
{
	struct record_process *place = &asking->builder.record->process;
	struct tracking *tracking = asking->engine->tracking;
	struct process *process;

	tracking_lock(tracking);
	process = subject_process(asking, true);
	if (!process) {
		tracking_unlock(tracking);
		return false;
	}
	facts_put_process(&asking->builder, process, place);
	facts_put_subject(&asking->builder, process, place, &asking->subject);
	if (!tracking_own_mount(tracking, asking->file.mount_id))
		asking->file.flags |= RECORD_FILE_FOREIGN;
	tracking_unlock(tracking);
	asking->subject.token = &place->token;
	return true;
}

/* The process as far as mutes look at it. It points into the process. */
static struct policy_subject subject_of(const struct process *process)
{
	const struct image *image = process->image;
	struct policy_subject subject = {.token = &process->token, .subtrees = process->subtrees};

	if (process->surroundings) {
		subject.cgroup = process->surroundings->cgroup_path;
		subject.cgroup_length = process->surroundings->cgroup_length;
	}
	if (image)
		subject.executable = (struct policy_file){
			.path = image->path,
			.path_length = image->path_length,
			.foreign = image->file_flags & RECORD_FILE_FOREIGN,
		};
	return subject;
}

/* Does delivery/ know what is to be done, from who asks for which file alone? */
static bool process_recalls(struct asking *asking, const struct image *image,
			    const struct policy_subject *subject, unsigned int event)
{
	struct delivery_identity target = facts_identity(&asking->file.stat);
	struct delivery_identity executable;

	if (!image || image->file_flags & RECORD_FILE_NO_STAT)
		return false;
	executable = facts_identity(&image->stat);
	return delivery_recalls(asking->engine->delivery, &(const struct delivery_recall){
								  .event = event,
								  .subject = subject,
								  .executable = &executable,
								  .target = &target,
							  });
}

/* The quick way of most events: allowed without a record, a path or the flags. */
static bool recalled(struct asking *asking, unsigned int event)
{
	struct tracking *tracking = asking->engine->tracking;
	struct policy_subject subject;
	struct process *process;
	bool allowed = true;

	tracking_lock(tracking);
	process = subject_process(asking, false);
	if (process) {
		subject = subject_of(process);
		allowed = process_recalls(asking, process->image, &subject, event);
	}
	tracking_unlock(tracking);
	return allowed;
}

void *asking_begin(struct asking *asking, unsigned int event)
{
	void *payload = builder_begin(&asking->builder, asking->buffer, RECORD_SIZE_MAX, event);
	struct record *record = asking->builder.record;
	struct timespec now;

	asking->event = (struct delivery_event){0};
	asking->uncertain = false;
	clock_gettime(CLOCK_REALTIME, &now);
	record->time.seconds = now.tv_sec;
	record->time.nanoseconds = (uint32_t)now.tv_nsec;
	record->monotonic_ns = clock_now_ns();
	record->thread_id = (uint64_t)asking->tid;
	return put_subject(asking) ? payload : NULL;
}

/* An event that is not held. */
static void answer(struct asking *asking, bool allow)
{
	hold_answer(asking->engine->permission_group, asking->descriptor, allow);
	asking->descriptor = -1;
}

void asking_ask(struct asking *asking)
{
	struct engine *engine = asking->engine;
	struct delivery_event *event = &asking->event;
	const struct record_file *executable = &asking->builder.record->process.executable;
	enum delivery_outcome outcome;
	uint64_t hold = DELIVERY_NO_HOLD;

	builder_finish(&asking->builder);
	event->record = asking->builder.record;
	event->subject = &asking->subject;
	event->identified = !(executable->flags & RECORD_FILE_NO_STAT) && !asking->uncertain;
	event->executable = facts_identity(&executable->stat);
	event->target = facts_identity(&asking->file.stat);
	/* Once held, the descriptor belongs to whoever releases the hold. */
	if (hold_take(engine->holds, asking->descriptor, &hold) == HOLD_FULL)
		atomic_fetch_add(&engine->unasked, 1);
	else
		asking->descriptor = -1;
	outcome = delivery_ask(engine->delivery, event, hold);
	asking->held |= outcome == DELIVERY_HELD;
	if (hold == DELIVERY_NO_HOLD)
		answer(asking, outcome == DELIVERY_ALLOW);
	else if (outcome != DELIVERY_HELD)
		hold_release(engine->holds, hold, outcome == DELIVERY_ALLOW);
}

void open_ask(struct asking *asking)
{
	struct payload_open *payload;
	struct proc_syscall call = {.number = -1};
	uint32_t flags;

	payload = asking_begin(asking, EVENT_AUTH_OPEN);
	if (!payload)
		return;
	opening_syscall(asking->opening, asking->tid, &call);
	/* What an exec opens is asked about as an exec. */
	if (opening_is_exec(&call))
		return;
	facts_put_file(&asking->builder, &asking->file, &payload->file);
	if (!opening_flags(&call, &flags))
		asking->builder.record->missing |= RECORD_MISSING_FLAGS;
	payload->fflag.value = flags;
	asking->event.flags = flags;
	asking->event.targets[0] = facts_target(&asking->builder, &payload->file);
	asking->event.target_count = 1;
	asking_ask(asking);
}

void readdir_ask(struct asking *asking)
{
	struct payload_readdir *payload;

	if (!S_ISDIR(asking->file.stat.mode))
		return;
	payload = asking_begin(asking, EVENT_AUTH_READDIR);
	if (!payload)
		return;
	facts_put_file(&asking->builder, &asking->file, &payload->target);
	asking->event.targets[0] = facts_target(&asking->builder, &payload->target);
	asking->event.target_count = 1;
	asking_ask(asking);
}

static const struct step {
	uint64_t mask;
	unsigned int event;
	bool recalled; /* not exec: what else it opens is known from the first file's content */
	void (*ask)(struct asking *asking);
} steps[] = {
	{FAN_OPEN_EXEC_PERM, EVENT_AUTH_EXEC, false, exec_ask},
	{FAN_OPEN_PERM, EVENT_AUTH_OPEN, true, open_ask},
	{FAN_ACCESS_PERM, EVENT_AUTH_READDIR, true, readdir_ask},
};

static void take_step(struct asking *asking, const struct step *step)
{
	if (facts_stat_of_descriptor(asking->descriptor, &asking->file) < 0)
		return;
	if (step->recalled && recalled(asking, step->event))
		return;
	facts_path_of_descriptor(asking->descriptor, &asking->file);
	step->ask(asking);
}

/* Asks about one event; whatever is left open afterwards is allowed. */
static void take_event(struct asking *asking, const struct fanotify_event_metadata *event)
{
	struct engine *engine = asking->engine;

	asking->descriptor = event->fd;
	asking->tid = event->pid;
	asking->drained = false;
	if (event->mask & FAN_Q_OVERFLOW)
		atomic_fetch_add(&engine->overflows, 1);
	if (event->fd < 0)
		return;
	atomic_fetch_add_explicit(&engine->events, 1, memory_order_relaxed);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!(event->mask & steps[i].mask) ||
		    !delivery_wants(engine->delivery, steps[i].event))
			continue;
		take_step(asking, &steps[i]);
		break;
	}
	if (asking->descriptor >= 0)
		answer(asking, true);
}

static void take_events(struct asking *asking)
{
	char events[EVENTS_SIZE] __attribute__((aligned(8)));
	ssize_t length = read(asking->engine->permission_group, events, sizeof(events));
	struct fanotify_event_metadata *event = (struct fanotify_event_metadata *)events;

	/* A file the daemon cannot open is denied by the kernel; what follows it comes next. */
	if (length < 0 && errno != EAGAIN && errno != EINTR)
		atomic_fetch_add(&asking->engine->unasked, 1);
	for (; FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length))
		take_event(asking, event);
}

static void serve_events(struct asking *asking)
{
	asking->held = false;
	take_events(asking);
	if (asking->held)
		delivery_clients_first(asking->engine->delivery);
}

static void serve(struct asking *asking)
{
	struct engine *engine = asking->engine;
	int waits = delivery_waits(engine->delivery);
	struct epoll_event ready;

	while (!atomic_load(&engine->auth_stopping)) {
		if (epoll_wait(waits, &ready, 1, -1) <= 0)
			continue;
		if (ready.data.u64 == DELIVERY_ANSWERS)
			delivery_collect(engine->delivery);
		else if (ready.data.u64 == WAIT_EVENTS)
			serve_events(asking);
		else
			engine_unkick(engine->auth_kick);
	}
}

/* What is waited for beside answers. */
static int add_waits(struct engine *engine)
{
	const struct {
		int descriptor;
		uint64_t wait;
	} added[] = {
		{engine->permission_group, WAIT_EVENTS},
		{engine->auth_kick, WAIT_KICK},
	};

	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = added[i].wait};

		if (added[i].descriptor >= 0 &&
		    epoll_ctl(delivery_waits(engine->delivery), EPOLL_CTL_ADD, added[i].descriptor,
			      &wanted) < 0)
			return -errno;
	}
	return 0;
}

int asking_new(struct asking **ret_asking, struct engine *engine)
{
	OWNED(asking_free) struct asking *asking = calloc(1, sizeof(*asking));
	int result;

	if (!asking)
		return -ENOMEM;
	asking->engine = engine;
	asking->descriptor = -1;
	asking->buffer = malloc(RECORD_SIZE_MAX);
	if (!asking->buffer)
		return -ENOMEM;
	result = opening_new(&asking->opening);
	if (result == 0)
		result = reader_new(&asking->reader);
	if (result == 0)
		result = add_waits(engine);
	if (result < 0)
		return result;
	*ret_asking = TAKE(asking);
	return 0;
}

struct asking *asking_free(struct asking *asking)
{
	if (!asking)
		return NULL;
	reader_free(asking->reader);
	opening_free(asking->opening);
	free(asking->buffer);
	free(asking);
	return NULL;
}

void *auth_run(void *context)
{
	struct engine *engine = context;

	engine_hurry();
	serve(engine->asking);
	return NULL;
}
