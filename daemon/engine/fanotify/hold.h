/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subjects that wait in the kernel for an answer. Each is let go exactly once, whoever comes first.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_HOLD_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_HOLD_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HOLD_FULL = 1, /* hold_take: the caller answers at once */
	HOLD_GONE, /* hold_release: let go before, or never held */
	/* A held subject costs one descriptor; those above half of what is allowed are not held. */
	HOLD_MAX = 16384,
};

struct hold_table;

/* group: fanotify's, borrowed. The caller owns *ret_table. 0 or -ENOMEM. */
int hold_table_new(struct hold_table **ret_table, int group, size_t limit);
/* Allows what is still held. NULL is fine. Returns NULL. */
struct hold_table *hold_table_free(struct hold_table *table);
DEFINE_OWNED(struct hold_table, hold_table_free)

/* Takes over the descriptor of an event. *ret_hold names it. 0, or HOLD_FULL: still the caller's.
 */
int hold_take(struct hold_table *table, int descriptor, uint64_t *ret_hold);
/* Answers the kernel, then closes the descriptor. Any thread. 0 or HOLD_GONE. */
int hold_release(struct hold_table *table, uint64_t hold, bool allow);
size_t hold_count(struct hold_table *table);

/* Answers an event that is not held, then closes its descriptor. */
void hold_answer(int group, int descriptor, bool allow);

#endif
