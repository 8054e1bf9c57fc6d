/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells delivery/ what has happened: one record for each event somebody wants.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_TELL_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_TELL_H

#include "daemon/engine/fanotify/attributes.h"
#include "daemon/engine/fanotify/names.h"
#include "daemon/engine/fanotify/paths.h"
#include "daemon/engine/fanotify/state.h"
#include "wire/builder.h"
#include "wire/payload.h"

/* What the thread that tells works with; the memory is reused for every event. */
struct telling {
	struct engine *engine;
	void *buffer; /* RECORD_SIZE_MAX bytes */
	char *scratch; /* TELL_SCRATCH_SIZE bytes */
	struct paths *paths;
	struct attributes *attributes;
	struct mounts mounts;
	struct builder builder;
	struct policy_subject subject;
	struct delivery_event event;
	struct file_facts file; /* of the event at hand */
	struct file_facts other;
};

enum { TELL_SCRATCH_SIZE = RECORD_SIZE_MAX };

int telling_new(struct telling **ret_telling, struct engine *engine);
struct telling *telling_free(struct telling *telling);
DEFINE_OWNED(struct telling, telling_free)

/*
 * Starts a record of this event, as of now. Returns the payload. The process is put in by
 * telling_put_subject, which wants tracking's lock; without one it is marked missing.
 */
void *telling_begin(struct telling *telling, unsigned int event);
void telling_put_subject(struct telling *telling, struct process *process);
/* The targets are those of telling->event. */
void telling_send(struct telling *telling);

/* Every event in one of a group of names. */
void tell_names(struct telling *telling, const struct name_event *event);
/* What happened to a process. */
void tell_process(struct telling *telling, struct process_event *event);
/* The mounts changed from `before` to telling->mounts. */
void tell_mounts(struct telling *telling, const struct mounts *before);

#endif
