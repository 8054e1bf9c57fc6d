/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the askers of single events share: the subject that waits, and how a question is put.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_AUTH_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_AUTH_H

#include "daemon/engine/fanotify/facts.h"
#include "daemon/engine/fanotify/opening.h"
#include "daemon/engine/fanotify/reader.h"
#include "daemon/engine/fanotify/state.h"
#include "wire/builder.h"
#include "wire/payload.h"

/* One event being asked about; the memory is reused for the next. One thread. */
struct asking {
	struct engine *engine;
	void *buffer; /* RECORD_SIZE_MAX bytes */
	struct opening *opening;
	struct reader *reader;
	pid_t tid;
	int descriptor; /* of the event; -1: answered, or held */
	struct file_facts file; /* of the event */
	struct file_facts other; /* for an asker's use */
	bool held; /* a subject waits since events were last taken in */
	bool drained; /* all that was told of processes before this event is taken in */
	bool uncertain; /* the answer depends on more than the file: it is not to be remembered */
	struct builder builder;
	struct policy_subject subject;
	struct delivery_event event;
};

int asking_new(struct asking **ret_asking, struct engine *engine);
struct asking *asking_free(struct asking *asking);
DEFINE_OWNED(struct asking, asking_free)

/*
 * Starts a record of this event with the subject's process in it. Returns the payload; NULL:
 * nobody is to be asked about this subject.
 */
void *asking_begin(struct asking *asking, unsigned int event);

/* Puts the question; targets and flags of asking->event are the caller's. */
void asking_ask(struct asking *asking);

/* The askers. What they leave open is allowed. */
void open_ask(struct asking *asking);
void readdir_ask(struct asking *asking);
void exec_ask(struct asking *asking);

#endif
