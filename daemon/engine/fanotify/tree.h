/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subtree that is watched directory by directory, because its file system is not to be watched as
 * a whole.
 *
 * No locks of its own: watch.h guards it.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_TREE_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_TREE_H

#include "daemon/engine/fanotify/watch.h"

enum {
	TREE_DIRECTORIES_MAX = 65536, /* one more is not watched: tree_set fails, tree_add counts */
	TREE_DEPTH_MAX = 128, /* what lies deeper is not watched */
};

struct tree;
struct tree_options {
	int permission_group; /* borrowed; -1: none */
	int name_group;
	const char *root; /* borrowed */
};

/* 0 or -ENOMEM. */
int tree_new(struct tree **ret_tree, const struct tree_options *options);
struct tree *tree_free(struct tree *tree);

/* Marks every directory for this. 0 or negative errno; then error[] says what to do. */
int tree_set(struct tree *tree, const struct watch_masks *wanted, char error[CONTROL_TEXT_MAX]);
/* A directory appeared at this path: it and what is below it by now are marked. */
void tree_add(struct tree *tree, const char *path);
/* A directory left for this path outside: it and what is below it lose their marks. */
void tree_remove(struct tree *tree, const char *path);
/* Directories with marks. */
size_t tree_count(const struct tree *tree);

#endif
