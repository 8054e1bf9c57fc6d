/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for messages. Blocks of the usual size are kept in a short list between uses.
 */
#ifndef SLUICE_LIBRARY_MESSAGE_BLOCK_H
#define SLUICE_LIBRARY_MESSAGE_BLOCK_H

#include "library/message/message.h"

enum {
	BLOCK_USUAL = 8 * 1024, /* holds nearly every message */
	BLOCK_KEPT_MAX = 64, /* more than this are given back to the system */
	BLOCK_MAGIC = 0x45534d41, /* in message->magic while it lives */
	BLOCK_PLACES = 4096, /* a block for which there is none is one that debuggers do not see */
};

/*
 * Every block with a place, in use or kept, so that a debugger finds the living messages. The
 * library itself only writes here, without a lock.
 */
extern struct message *_Atomic block_places[BLOCK_PLACES];

/* A block of at least this size with one reference; only the head is set. NULL: no memory. */
struct message *block_new(size_t size);
struct message *block_free(struct message *block);
DEFINE_OWNED(struct message, block_free)
/* From now on what is freed is overwritten, and the last BLOCK_KEPT_MAX are not used again. */
void block_poison(void);
/* Was this block one that lives? False for one that was freed and not used again since. */
_Bool block_alive(const struct message *block);

#endif
