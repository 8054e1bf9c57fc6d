/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of a client's channel, by hand: it writes what a daemon would, or what it never
 * should.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_CHANNEL_PRODUCER_H
#define SLUICE_TESTS_UNIT_LIBRARY_CHANNEL_PRODUCER_H

#include "library/channel/ring.h"
#include "library/respond/answers.h"
#include "wire/control.h"

enum { PRODUCER_RING_SIZE = 8192 };

struct producer {
	int descriptors[CONTROL_DESCRIPTORS_MAX]; /* -1: given away */
	struct ring_producer_page *page;
	unsigned char *data; /* once */
	struct ring_consumer_page *consumer;
	uint64_t *verdicts;
	int bell; /* of the client; a duplicate */
	int doorbell;
};

void producer_open(struct producer *producer);
void producer_close(struct producer *producer);
/* The descriptors go to the ring and the answers. */
struct ring *producer_ring(struct producer *producer);
struct answers *producer_answers(struct producer *producer, uint64_t client);

/* Puts bytes[0..size) into the ring, with these bits in the header, and rings the doorbell. */
void producer_put(struct producer *producer, const void *bytes, size_t size, uint32_t bits);
void producer_ring_doorbell(struct producer *producer);

#endif
