/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log. Saying something never waits: a thread of its own writes, since whoever reads the log
 * (journald, a terminal, a pipe) may be a client's subject and wait for an answer of ours.
 */
#ifndef SLUICE_DAEMON_SERVICE_JOURNAL_H
#define SLUICE_DAEMON_SERVICE_JOURNAL_H

#include "base/cleanup.h"

#include <stdint.h>

enum journal_target { JOURNAL_STDERR, JOURNAL_JOURNAL, JOURNAL_NONE };

enum {
	JOURNAL_LINES = 1024, /* waiting to be written; one more is dropped and counted */
	JOURNAL_LINE_MAX = 2400,
};

struct journal;

/* descriptor: for JOURNAL_STDERR, stays the caller's. 0 or negative errno. */
int journal_new(struct journal **ret_journal, enum journal_target target, int descriptor);
/* Writes what is left, if that takes no longer than until then; else leaves it. Returns NULL. */
struct journal *journal_free(struct journal *journal, uint64_t deadline_ns);

/* Any thread. `context` is the journal, so that it can be handed on as a callback. */
void journal_say(void *context, int priority, const char *text);
__attribute__((format(printf, 3, 4))) void journal_print(struct journal *journal, int priority,
							 const char *format, ...);
/* Lines that found no room, since the start. */
uint64_t journal_dropped(const struct journal *journal);

#endif
