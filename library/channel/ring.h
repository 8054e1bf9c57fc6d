/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading end of a client's event ring (wire/ring.h).
 *
 * Used by one thread at a time: the client's dispatch thread. What the producer wrote is checked
 * before it is believed: a position or length that cannot be is -EBADMSG, never a fault.
 */
#ifndef SLUICE_LIBRARY_CHANNEL_RING_H
#define SLUICE_LIBRARY_CHANNEL_RING_H

#include "base/cleanup.h"
#include "wire/ring.h"

#include <stddef.h>
#include <stdint.h>

enum {
	RING_EMPTY = 1, /* ring_next: nothing there */
};

/* Why ring_wait came back. */
enum ring_woken {
	RING_WOKEN_RECORD, /* or by nothing at all */
	RING_WOKEN_NUDGE,
	RING_WOKEN_HANGUP,
	RING_WOKEN_TIMEOUT,
};

struct ring;

struct ring_descriptors {
	int ring;
	int consumer;
	int doorbell;
};

/*
 * Maps the ring of `size` bytes of data behind these descriptors. On success they are the ring's;
 * on failure they stay the caller's. 0 or negative errno.
 */
int ring_open(struct ring **ret_ring, const struct ring_descriptors *descriptors, uint64_t size);
struct ring *ring_close(struct ring *ring);
DEFINE_OWNED(struct ring, ring_close)
/* In a child after fork(2), where the mappings are gone: closes the descriptors alone. */
void ring_forget(struct ring *ring);

/*
 * The next record, which stays in the ring until ring_advance. 0, RING_EMPTY, -EBADMSG. Nothing may
 * be assumed of the bytes but that they can be read.
 */
int ring_next(struct ring *ring, const void **ret_bytes, size_t *ret_size);
/* Gives the record of the last ring_next back to the producer. */
void ring_advance(struct ring *ring);
/* Position behind the last record given back. */
uint64_t ring_position(const struct ring *ring);
/* Tells the producer that everything before this position has been handled. */
void ring_publish_handled(struct ring *ring, uint64_t position);
/* Tells the producer that the calling thread is the one that handles. */
void ring_publish_handler(struct ring *ring);
/* Records that found the ring full. From any thread. */
uint64_t ring_dropped(const struct ring *ring);

/*
 * Names what else ends a wait: writing to `nudge` (an eventfd), and `connection` hanging up. Once,
 * before the first ring_wait. 0 or negative errno.
 */
int ring_watch(struct ring *ring, int nudge, int connection);
/* Sleeps until the doorbell rings, one of the two above happens, or the deadline. */
enum ring_woken ring_wait(struct ring *ring, uint64_t deadline_ns);

#endif
