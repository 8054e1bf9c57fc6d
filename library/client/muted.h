/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of a client's mutes, as the daemon hands it out: entries in a memfd.
 */
#ifndef SLUICE_LIBRARY_CLIENT_MUTED_H
#define SLUICE_LIBRARY_CLIENT_MUTED_H

#include "library/client/client.h"

struct muted {
	void *bytes; /* of struct control_mute_entry; a copy, the owner's */
	size_t size;
};
static inline void muted_done_owned(struct muted *muted)
{
	free(muted->bytes);
}

/* 0 or negative errno; then the failure is set. */
int muted_fetch(es_client_t *client, const char *function, struct muted *ret_muted)
	HOLDS(client->lock);

#endif
