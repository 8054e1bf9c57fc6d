/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes belong to which descendants client: a bit of each process, inherited at fork.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_SUBTREE_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_SUBTREE_H

#include "daemon/engine/engine.h"

/* As in struct engine_operations. */
void subtree_add(struct engine *engine, unsigned int client_index, const struct record_token *root);
void subtree_remove(struct engine *engine, unsigned int client_index);
bool subtree_has(struct engine *engine, unsigned int client_index,
		 const struct record_token *token);

#endif
