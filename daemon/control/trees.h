/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process trees that are muted, of all clients (daemon/policy/hard.h): at most
 * POLICY_TREES_MAX, as each is a mark of every process.
 */
#ifndef SLUICE_DAEMON_CONTROL_TREES_H
#define SLUICE_DAEMON_CONTROL_TREES_H

#include "daemon/control/connection.h"

/* The tree of mute->token is one of this client's; fills in the subtree. 0, -ENOSPC. */
int trees_mute(struct server *server, uint64_t client_id, struct control_mute *mute);
/* Fills in the subtree and the whole token of a muted tree, which may be named by a pid alone. 0,
 * -ENOENT. */
int trees_find(struct server *server, uint64_t client_id, struct control_mute *mute);
/* What trees_find has found: these events are told again; without any it is forgotten. */
void trees_unmute(struct server *server, const struct control_mute *mute);
/* The client is gone. */
void trees_forget(struct server *server, uint64_t client_id);

#endif
