/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts every NOTIFY record shares: time, acting process, muting's view of both, and handing it
 * to delivery/. What each event adds is in tell_file.c, tell_process.c and tell_mount.c.
 */
#include "daemon/engine/fanotify/tell.h"
#include "base/clock.h"

#include <errno.h>
#include <time.h>

int telling_new(struct telling **ret_telling, struct engine *engine)
{
	OWNED(telling_free) struct telling *telling = calloc(1, sizeof(*telling));
	int result;

	if (!telling)
		return -ENOMEM;
	telling->engine = engine;
	telling->buffer = malloc(RECORD_SIZE_MAX);
	telling->scratch = malloc(TELL_SCRATCH_SIZE);
	if (!telling->buffer || !telling->scratch)
		return -ENOMEM;
	result = paths_new(&telling->paths, engine->watch);
	if (result == 0)
		result = attributes_new(&telling->attributes, ATTRIBUTES_MAX);
	if (result < 0)
		return result;
	*ret_telling = TAKE(telling);
	return 0;
}

struct telling *telling_free(struct telling *telling)
{
	if (!telling)
		return NULL;
	mounts_done(&telling->mounts);
	attributes_free(telling->attributes);
	paths_free(telling->paths);
	free(telling->scratch);
	free(telling->buffer);
	free(telling);
	return NULL;
}

void *telling_begin(struct telling *telling, unsigned int event)
{
	void *payload = builder_begin(&telling->builder, telling->buffer, RECORD_SIZE_MAX, event);
	struct record *record = telling->builder.record;
	struct timespec now;

	telling->event = (struct delivery_event){0};
	telling->subject = (struct policy_subject){0};
	clock_gettime(CLOCK_REALTIME, &now);
	record->time.seconds = now.tv_sec;
	record->time.nanoseconds = (uint32_t)now.tv_nsec;
	record->monotonic_ns = clock_now_ns();
	record->result_type = RECORD_RESULT_AUTH;
	return payload;
}

void telling_put_subject(struct telling *telling, struct process *process)
{
	struct record_process *place = &telling->builder.record->process;

	tracking_complete(telling->engine->tracking, process, true);
	facts_put_process(&telling->builder, process, place);
	facts_put_subject(&telling->builder, process, place, &telling->subject);
}

void telling_send(struct telling *telling)
{
	struct record *record = telling->builder.record;

	if (!(record->process.flags & RECORD_PROCESS_PRESENT)) {
		record->process.flags = RECORD_PROCESS_PRESENT;
		record->missing |= RECORD_MISSING_PROCESS | RECORD_MISSING_EXECUTABLE;
		facts_put_image(&telling->builder, NULL, &record->process.executable);
	}
	builder_finish(&telling->builder);
	telling->subject.token = &record->process.token;
	telling->event.record = record;
	telling->event.subject = &telling->subject;
	atomic_fetch_add_explicit(&telling->engine->events, 1, memory_order_relaxed);
	delivery_notify(telling->engine->delivery, &telling->event);
}
