/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a client's answers go: its verdict table (wire/verdict.h) and the bell beside it. Shared by
 * counting between the client and its AUTH messages, so that a message that outlives its client can
 * still be answered, in vain. Any thread.
 */
#ifndef SLUICE_LIBRARY_RESPOND_ANSWERS_H
#define SLUICE_LIBRARY_RESPOND_ANSWERS_H

#include "base/cleanup.h"

#include <stdint.h>

enum {
	ANSWERS_LATE = 1, /* nobody waits for this answer any more */
};

struct answers;

struct answers_descriptors {
	int ring; /* its first page says whether the bell is wanted; stays the caller's */
	int consumer; /* where the threads that answer are written; stays the caller's */
	int verdicts; /* stays the caller's */
	int bell; /* the answers' own on success */
};

/* `client` is the serial number of the client they belong to. 0 or negative errno. */
int answers_new(struct answers **ret_answers, const struct answers_descriptors *descriptors,
		uint64_t client);
struct answers *answers_ref(struct answers *answers);
/* NULL is fine. Returns NULL. */
struct answers *answers_unref(struct answers *answers);
DEFINE_OWNED(struct answers, answers_unref)
/* The client or its connection ends: every later answer is late. NULL is fine. */
void answers_close(struct answers *answers);
/* The same in a child after fork(2), where the memory is gone; closes the bell. */
void answers_forget(struct answers *answers);
uint64_t answers_client(const struct answers *answers);

/* Does anybody still wait for the answer? */
_Bool answers_wanted(const struct answers *answers, uint64_t question);
/* Answers a question, once: 0 or ANSWERS_LATE. */
int answers_give(struct answers *answers, uint64_t question, uint32_t flags, _Bool cache);

#endif
