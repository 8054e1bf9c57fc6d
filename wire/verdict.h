/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict table: where a client answers. One 64-bit word a slot, written by compare and
 * exchange, so that a late answer can never hit another question:
 *
 *	63        35 34   33   32  31          0
 *	generation   state   cache  flags allowed
 *
 * The engine opens a slot by storing ASKED with a new generation; the client's library exchanges
 * ASKED for ANSWERED; whoever gives the question up first (deadline, debug policy) exchanges it for
 * CLOSED. A question is named by its slot and generation. The table is memory that its client may
 * write: what stands there decides this client's own questions and nothing else.
 *
 * Pure: compiles as BPF and as C.
 */
#ifndef SLUICE_WIRE_VERDICT_H
#define SLUICE_WIRE_VERDICT_H

#include <linux/types.h>

enum {
	VERDICT_SLOT_BITS = 12,
	VERDICT_SLOTS = 1 << VERDICT_SLOT_BITS, /* all taken: the client's miss mode answers */
	VERDICT_TABLE_SIZE = VERDICT_SLOTS * 8,
	VERDICT_GENERATION_BITS = 29,
};

enum verdict_state { VERDICT_FREE, VERDICT_ASKED, VERDICT_ANSWERED, VERDICT_CLOSED };

/* The answer of es_respond_auth_result in terms of flags. */
#define VERDICT_FLAGS_ALLOW 0xffffffffU
#define VERDICT_FLAGS_DENY  0U

static inline __u64 verdict_word(__u32 generation, enum verdict_state state, _Bool cache,
				 __u32 flags)
{
	return (__u64)generation << 35 | (__u64)state << 33 | (__u64)cache << 32 | flags;
}

static inline __u32 verdict_generation(__u64 word)
{
	return (__u32)(word >> 35);
}

static inline enum verdict_state verdict_state(__u64 word)
{
	return (enum verdict_state)(word >> 33 & 3);
}

static inline _Bool verdict_cache(__u64 word)
{
	return word >> 32 & 1;
}

static inline __u32 verdict_flags(__u64 word)
{
	return (__u32)word;
}

/* Generations run from 1, so that no question is 0. */
static inline __u32 verdict_next_generation(__u32 generation)
{
	generation = (generation + 1) & ((1U << VERDICT_GENERATION_BITS) - 1);
	return generation ? generation : 1;
}

static inline __u64 verdict_question(__u32 slot, __u32 generation)
{
	return (__u64)generation << VERDICT_SLOT_BITS | slot;
}

static inline __u32 verdict_question_slot(__u64 question)
{
	return (__u32)question & (VERDICT_SLOTS - 1);
}

static inline __u32 verdict_question_generation(__u64 question)
{
	return (__u32)(question >> VERDICT_SLOT_BITS) & ((1U << VERDICT_GENERATION_BITS) - 1);
}

#endif
