/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that keeps deadlines: sleeps until the next one, has delivery/ answer what has passed
 * it, and shows by its beats that it is alive.
 */
#ifndef SLUICE_DAEMON_DEADLINE_CLOCK_H
#define SLUICE_DAEMON_DEADLINE_CLOCK_H

#include "base/cleanup.h"
#include "daemon/delivery/delivery.h"

#include <stdint.h>

enum { CLOCK_BEAT_MS = 1000 }; /* the longest it sleeps at a stretch */

struct deadline_clock;

/* Starts it; delivery stays the caller's and outlives it. 0 or negative errno. */
int deadline_clock_new(struct deadline_clock **ret_clock, struct delivery *delivery);
/* Stops it, for good: delivery_stop. NULL is fine. Returns NULL. */
struct deadline_clock *deadline_clock_free(struct deadline_clock *clock);
DEFINE_OWNED(struct deadline_clock, deadline_clock_free)

/* Grows at least once in CLOCK_BEAT_MS while the thread gets on. Any thread. */
uint64_t deadline_clock_beats(const struct deadline_clock *clock);

#endif
