/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's side of what a client shares with it: event ring, verdict table, the two bells.
 *
 * delivery/ puts records in and reads verdicts out, under its lock; the descriptors go to the
 * client. Whatever the client writes into its pages is checked before it is used and can only hurt
 * the client itself.
 */
#ifndef SLUICE_DAEMON_CHANNEL_CHANNEL_H
#define SLUICE_DAEMON_CHANNEL_CHANNEL_H

#include "base/cleanup.h"
#include "wire/control.h"
#include "wire/record.h"
#include "wire/ring.h"
#include "wire/verdict.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	CHANNEL_FULL = 1, /* the record was not put: a gap for the client */
	CHANNEL_BROKEN, /* the consumer's position is impossible: never put again */
	CHANNEL_NO_SLOT, /* every verdict slot is taken */
};

struct channel;

/* ring_size: of the data; a power of two, at least 2 * RECORD_SIZE_MAX. 0, -EINVAL, or why memory
 * failed. */
int channel_new(struct channel **ret_channel, uint64_t ring_size);
struct channel *channel_free(struct channel *channel);
DEFINE_OWNED(struct channel, channel_free)

/* Duplicates for the client, in the order of enum control_client_descriptor; the caller's. */
int channel_descriptors(const struct channel *channel,
			int ret_descriptors[CONTROL_DESCRIPTORS_MAX]);
/* The eventfd the client rings after an answer. Stays the channel's. */
int channel_answer_bell(const struct channel *channel);

/* Copies the record in and rings the doorbell if the client sleeps. 0, CHANNEL_FULL,
 * CHANNEL_BROKEN. */
int channel_put(struct channel *channel, const struct record *record);
/* A record was not even made, because something else was full. */
void channel_count_lost(struct channel *channel);
/* Where the next record will begin. */
uint64_t channel_position(const struct channel *channel);
/* Bytes put and not yet consumed. */
uint64_t channel_queued(const struct channel *channel);
/* Position up to which the client has taken records out; a hostile value is cut to
 * channel_position. */
uint64_t channel_consumed(const struct channel *channel);
uint64_t channel_size(const struct channel *channel);

/* Threads as the client's pid namespace numbers them, in the client's own words; 0: none. */
struct channel_threads {
	uint32_t handler; /* calls the handler */
	uint32_t answerer_count; /* changes when a thread answers for the first time */
	uint32_t answerers[RING_ANSWERERS]; /* others that answered; the latest at least */
};
struct channel_threads channel_threads(const struct channel *channel);
uint32_t channel_answerer_count(const struct channel *channel);

/* Opens a slot for a new question. 0 or CHANNEL_NO_SLOT. */
int channel_slot_open(struct channel *channel, uint64_t *ret_question);
/* Has it been answered? Then the flags and the wish to cache. */
bool channel_slot_answered(const struct channel *channel, uint64_t question, uint32_t *ret_flags,
			   bool *ret_cache);
/*
 * Gives the question up: from now on an answer comes too late. True if one had come before: it
 * counts, and is returned. The slot may be opened again.
 */
bool channel_slot_close(struct channel *channel, uint64_t question, uint32_t *ret_flags,
			bool *ret_cache);
/* Does the client have to ring for its answers? */
void channel_want_bell(struct channel *channel, bool want);

#endif
