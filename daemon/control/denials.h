/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last denials, kills and losses, kept for `esctl denials`. Any thread may add; adding never
 * blocks for longer than a copy. When it is full the oldest goes.
 */
#ifndef SLUICE_DAEMON_CONTROL_DENIALS_H
#define SLUICE_DAEMON_CONTROL_DENIALS_H

#include "base/cleanup.h"
#include "daemon/delivery/delivery.h"

struct denials;

struct denial {
	struct delivery_note note;
	uint64_t monotonic_ns; /* when */
	uint64_t wall_time_ns;
};

/* The caller owns *ret_denials. 0 or -ENOMEM. */
int denials_new(struct denials **ret_denials, size_t limit);
struct denials *denials_free(struct denials *denials);
DEFINE_OWNED(struct denials, denials_free)

void denials_add(struct denials *denials, const struct delivery_note *note);
/* Copies up to `limit` of them, oldest first; returns how many. */
size_t denials_copy(struct denials *denials, struct denial *copies, size_t limit);

#endif
