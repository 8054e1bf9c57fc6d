/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hard mutes (hard.h): a set of control groups and a short list of trees. Owns both. Whether a
 * process is in a tree is a bit of it that the engine keeps; a control group is looked up from the
 * top down, so that its parents' mutes count.
 */
#include "daemon/policy/hard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void hard_mutes_done(struct hard_mutes *mutes)
{
	path_set_done(&mutes->cgroups);
	free(mutes->trees);
	*mutes = (struct hard_mutes){.tree_count = 0};
}

size_t hard_mutes_count(const struct hard_mutes *mutes)
{
	return path_set_count(&mutes->cgroups) + mutes->tree_count;
}

static struct hard_tree *find_tree(const struct hard_mutes *mutes, unsigned int subtree)
{
	for (size_t place = 0; place < mutes->tree_count; place++)
		if (mutes->trees[place].subtree == subtree)
			return &mutes->trees[place];
	return NULL;
}

static int add_tree(struct hard_mutes *mutes, const struct control_mute *mute)
{
	struct hard_tree *tree = find_tree(mutes, mute->subtree);

	if (tree) {
		event_set_merge(&tree->events, &mute->events);
		return 0;
	}
	if (mutes->tree_count == POLICY_TREES_MAX)
		return -ENOSPC;
	if (!mutes->trees)
		mutes->trees = calloc(POLICY_TREES_MAX, sizeof(*mutes->trees));
	if (!mutes->trees)
		return -ENOMEM;
	mutes->trees[mutes->tree_count++] = (struct hard_tree){
		.root = mute->token,
		.subtree = mute->subtree,
		.events = mute->events,
	};
	return 1;
}

int hard_mutes_add(struct hard_mutes *mutes, const struct control_mute *mute, const char *path)
{
	if (mute->kind == CONTROL_MUTE_TREE)
		return mute->subtree < POLICY_DEBUGGERS ? add_tree(mutes, mute) : -EINVAL;
	return path_set_add(&mutes->cgroups, path, mute->path_length, &mute->events);
}

void hard_mutes_remove(struct hard_mutes *mutes, const struct control_mute *mute, const char *path)
{
	struct hard_tree *tree;

	if (mute->kind == CONTROL_MUTE_CGROUP) {
		path_set_remove(&mutes->cgroups, path, mute->path_length, &mute->events);
		return;
	}
	tree = find_tree(mutes, mute->subtree);
	if (!tree)
		return;
	event_set_subtract(&tree->events, &mute->events);
	if (event_set_empty(&tree->events))
		*tree = mutes->trees[--mutes->tree_count];
}

/* "/a/b/c" is asked for as "/a", "/a/b" and "/a/b/c". */
static bool in_cgroup(const struct path_set *cgroups, const struct policy_subject *subject,
		      unsigned int event)
{
	const char *path = subject->cgroup;

	if (!path || path_set_count(cgroups) == 0)
		return false;
	for (size_t length = 1; length <= subject->cgroup_length; length++)
		if ((length == subject->cgroup_length || path[length] == '/') &&
		    path_set_has_literal(cgroups, path, length, event))
			return true;
	return false;
}

bool hard_mutes_have(const struct hard_mutes *mutes, const struct policy_subject *subject,
		     unsigned int event)
{
	if (!subject)
		return false;
	for (size_t place = 0; place < mutes->tree_count; place++)
		if (subtree_set_has(&subject->subtrees, mutes->trees[place].subtree) &&
		    event_set_has(&mutes->trees[place].events, event))
			return true;
	return in_cgroup(&mutes->cgroups, subject, event);
}
