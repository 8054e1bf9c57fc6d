/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hard mutes: what an administrator keeps away from a client whatever the client has set, by where
 * processes belong: a control group, or the tree of a process. They are for debugging; no inversion
 * touches them.
 *
 * A process is in the control group that it was in at its last fork or exec. In a tree are those
 * that descended from its root when it was muted, and all that descend from these, the root's end
 * notwithstanding.
 */
#ifndef SLUICE_DAEMON_POLICY_HARD_H
#define SLUICE_DAEMON_POLICY_HARD_H

#include "daemon/policy/paths.h"
#include "daemon/policy/policy.h"

struct hard_tree {
	struct record_token root;
	unsigned int subtree;
	struct event_set events;
};

/* Zero-initialised is empty. */
struct hard_mutes {
	struct path_set cgroups;
	struct hard_tree *trees; /* POLICY_TREES_MAX once there is one */
	size_t tree_count;
};

static inline bool hard_mutes_kind(uint32_t kind)
{
	return kind == CONTROL_MUTE_CGROUP || kind == CONTROL_MUTE_TREE;
}

void hard_mutes_done(struct hard_mutes *mutes);
size_t hard_mutes_count(const struct hard_mutes *mutes);
/* 1: a new entry was made, 0: there was one, -ENOSPC, -ENOMEM. */
int hard_mutes_add(struct hard_mutes *mutes, const struct control_mute *mute, const char *path);
void hard_mutes_remove(struct hard_mutes *mutes, const struct control_mute *mute, const char *path);
/* NULL: there is no such process. */
bool hard_mutes_have(const struct hard_mutes *mutes, const struct policy_subject *subject,
		     unsigned int event);

#endif
