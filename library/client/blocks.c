/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling blocks (library/client/blocks.h). Owns a copied block from the call that takes it to its
 * last use; the copy itself is the Blocks runtime's.
 */
#include "library/client/blocks.h"

#include <Block.h>

void block_run_once(void *block)
{
	const struct block *called = block;

	((void (*)(void *))called->invoke)(block);
	_Block_release(block);
}

void block_handle(es_client_t *client, const es_message_t *message, void *block)
{
	const struct block *called = block;

	((void (*)(void *, es_client_t *, const es_message_t *))called->invoke)(block, client,
										message);
}
