/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ring is made of: for ring.c, which maps and reads it, and wait.c, which waits on it.
 */
#ifndef SLUICE_LIBRARY_CHANNEL_STATE_H
#define SLUICE_LIBRARY_CHANNEL_STATE_H

#include "library/channel/ring.h"

struct ring {
	const struct ring_producer_page *producer; /* with the data behind it, twice in a row */
	const unsigned char *data;
	struct ring_consumer_page *consumer;
	uint64_t size; /* of the data */
	uint64_t position; /* of the reader */
	uint64_t next_position; /* behind the record ring_next found */
	int doorbell;
	int poller; /* an epoll: doorbell, nudge, connection */
};

/* Is there something for ring_next? */
_Bool ring_has_record(const struct ring *ring);

#endif
