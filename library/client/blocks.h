/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks, from C that does not know them: what clang -fblocks passes is a pointer to a struct whose
 * `invoke` is called with that pointer first. The functions of the API that take one are declared
 * here, since the public header shows them only to compilers with blocks.
 */
#ifndef SLUICE_LIBRARY_CLIENT_BLOCKS_H
#define SLUICE_LIBRARY_CLIENT_BLOCKS_H

#include <EndpointSecurity/EndpointSecurity.h>

struct block {
	void *isa;
	int flags;
	int reserved;
	void (*invoke)(void); /* of the type its user gave it, with the block as first argument */
};

#ifndef __BLOCKS__
OS_EXPORT es_new_client_result_t es_new_client(es_client_t **client, void *handler);
OS_EXPORT es_new_client_result_t es_new_descendants_client(es_client_t **client, void *handler);
OS_EXPORT es_return_t es_sync_client(es_client_t *client, void *block);
#endif

/* Calls a copied block of no arguments, and releases it. */
void block_run_once(void *block);
/* Calls a copied block that is a handler. */
void block_handle(es_client_t *client, const es_message_t *message, void *block);

#endif
