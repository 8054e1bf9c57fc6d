/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of processes: what the connector said becomes fork, exec, exit, trace and the changes of
 * user and group. The connector says that ids changed, not by which call: the event that fits the
 * change best is told.
 */
#include "daemon/engine/fanotify/image.h"
#include "daemon/engine/fanotify/tell.h"

/* A process as it was: everything of it now, but image and token. Under tracking's lock. */
static void put_as(struct telling *telling, struct process *process, struct image *image,
		   const struct record_token *token, struct record_process *ret_process)
{
	struct image *now = process->image;

	process->image = image;
	facts_put_process(&telling->builder, process, ret_process);
	process->image = now;
	ret_process->token = *token;
}

static void put_subject(struct telling *telling, struct process_event *event)
{
	struct record_process *place = &telling->builder.record->process;

	tracking_complete(telling->engine->tracking, event->process, true);
	put_as(telling, event->process, event->image, &event->token, place);
	telling->builder.record->thread_id = (uint64_t)event->tid;
	facts_put_subject(&telling->builder, event->process, place, &telling->subject);
}

static void put_other(struct telling *telling, struct process_event *event,
		      struct record_process *ret_process)
{
	tracking_complete(telling->engine->tracking, event->other, true);
	put_as(telling, event->other, event->other_image, &event->other_token, ret_process);
}

static void tell_fork(struct telling *telling, struct process_event *event)
{
	struct payload_fork *payload = telling_begin(telling, EVENT_NOTIFY_FORK);

	tracking_lock(telling->engine->tracking);
	put_subject(telling, event);
	put_other(telling, event, &payload->child);
	tracking_unlock(telling->engine->tracking);
	telling_send(telling);
}

static void tell_exit(struct telling *telling, struct process_event *event)
{
	struct payload_exit *payload = telling_begin(telling, EVENT_NOTIFY_EXIT);

	payload->stat.value = (int32_t)event->status;
	if (event->status_missing)
		telling->builder.record->missing |= RECORD_MISSING_STATUS;
	if (event->tid == 0)
		telling->builder.record->missing |= RECORD_MISSING_THREAD;
	tracking_lock(telling->engine->tracking);
	put_subject(telling, event);
	tracking_unlock(telling->engine->tracking);
	telling_send(telling);
}

/* The file a script is in: what was to be run, where that is not what runs. */
static void put_script(struct telling *telling, pid_t pid, struct payload_exec *payload)
{
	const struct record_string *path = &payload->dyld_exec_path;
	OWNED_DESCRIPTOR int script = image_open_seen_by(
		pid, (const char *)telling->builder.record + path->offset, path->length);

	if (script < 0 || facts_of_descriptor(script, &telling->other) < 0)
		return;
	if (telling->other.stat.inode != payload->target.executable.stat.inode ||
	    telling->other.stat.device != payload->target.executable.stat.device)
		facts_put_file(&telling->builder, &telling->other, &payload->script);
}

static void tell_exec(struct telling *telling, struct process_event *event)
{
	struct payload_exec *payload = telling_begin(telling, EVENT_NOTIFY_EXEC);
	struct tracking *tracking = telling->engine->tracking;
	pid_t pid = process_pid(event->process);
	char path[FACTS_PATH_SIZE];
	size_t length;

	tracking_lock(tracking);
	put_subject(telling, event);
	facts_put_process(&telling->builder, event->process, &payload->target);
	tracking_unlock(tracking);
	image_put_text(&telling->builder, pid, telling->scratch, payload);
	image_put_context(&telling->builder, pid, &telling->other, payload);
	image_machine(image_own_machine(), payload);
	length = image_name(pid, path, sizeof(path));
	payload->dyld_exec_path = builder_string(&telling->builder, path, length);
	put_script(telling, pid, payload);
	telling->event.targets[0] = facts_target(&telling->builder, &payload->target.executable);
	telling->event.target_count = 1;
	telling_send(telling);
}

static void tell_trace(struct telling *telling, struct process_event *event)
{
	struct payload_trace *payload = telling_begin(telling, EVENT_NOTIFY_TRACE);

	tracking_lock(telling->engine->tracking);
	put_subject(telling, event);
	put_other(telling, event, &payload->target);
	tracking_unlock(telling->engine->tracking);
	telling->event.targets[0] = facts_target(&telling->builder, &payload->target.executable);
	telling->event.target_count = 1;
	telling_send(telling);
}

/* setuid changes both to one, seteuid the effective one alone, setreuid whatever else. */
enum identity { IDENTITY_BOTH, IDENTITY_EFFECTIVE, IDENTITY_EACH };

static enum identity identity_change(const struct process_event *event, unsigned int real_word)
{
	bool real_changed = event->token.words[real_word] != event->real;

	if (!real_changed)
		return IDENTITY_EFFECTIVE;
	return event->real == event->effective ? IDENTITY_BOTH : IDENTITY_EACH;
}

static void tell_identity(struct telling *telling, struct process_event *event)
{
	static const unsigned int events[2][3] = {
		{EVENT_NOTIFY_SETUID, EVENT_NOTIFY_SETEUID, EVENT_NOTIFY_SETREUID},
		{EVENT_NOTIFY_SETGID, EVENT_NOTIFY_SETEGID, EVENT_NOTIFY_SETREGID},
	};
	bool group = event->kind == CONNECTOR_GID;
	enum identity change = identity_change(event,
					       group ? RECORD_TOKEN_RGID : RECORD_TOKEN_RUID);
	unsigned int type = events[group][change];
	/* The payloads are alike: one number, or two. */
	struct record_number *numbers;

	if (!delivery_wants(telling->engine->delivery, type))
		return;
	numbers = telling_begin(telling, type);
	numbers[0].value = change == IDENTITY_EFFECTIVE ? event->effective : event->real;
	if (change == IDENTITY_EACH)
		numbers[1].value = event->effective;
	tracking_lock(telling->engine->tracking);
	put_subject(telling, event);
	tracking_unlock(telling->engine->tracking);
	telling_send(telling);
}
_Static_assert(sizeof(struct payload_setuid) == sizeof(struct record_number), "layout");
_Static_assert(sizeof(struct payload_setreuid) == 2 * sizeof(struct record_number), "layout");

void tell_process(struct telling *telling, struct process_event *event)
{
	static const struct step {
		unsigned int event; /* EVENT_LAST: chosen later */
		void (*tell)(struct telling *telling, struct process_event *event);
	} steps[CONNECTOR_LAST] = {
		[CONNECTOR_FORK] = {EVENT_NOTIFY_FORK, tell_fork},
		[CONNECTOR_EXEC] = {EVENT_NOTIFY_EXEC, tell_exec},
		[CONNECTOR_EXIT] = {EVENT_NOTIFY_EXIT, tell_exit},
		[CONNECTOR_PTRACE] = {EVENT_NOTIFY_TRACE, tell_trace},
		[CONNECTOR_UID] = {EVENT_LAST, tell_identity},
		[CONNECTOR_GID] = {EVENT_LAST, tell_identity},
	};
	const struct step *step = &steps[event->kind];

	if (process_pid(event->process) == telling->engine->daemon_pid || !step->tell)
		return;
	if (step->event != EVENT_LAST && !delivery_wants(telling->engine->delivery, step->event))
		return;
	step->tell(telling, event);
}
