/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks a directory, its subdirectories and so on, each with FAN_EVENT_ON_CHILD. New directories
 * are added when their creation is told; between that and their mark lies a moment in which what
 * happens in them is not seen. A directory is marked before its entries are listed, so that none
 * made later is missed.
 *
 * The kernel forgets a mark with its directory, so nothing is kept here but how many there are; a
 * change of interest walks the subtree again.
 */
#include "daemon/engine/fanotify/tree.h"
#include "daemon/engine/fanotify/marks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

struct tree {
	struct tree_options options;
	struct watch_masks masks; /* of every directory */
	size_t count;
};

struct walk {
	struct tree *tree;
	struct watch_masks from;
	const struct watch_masks *wanted;
	uint64_t device;
	bool leaving; /* marks are taken off */
	int error;
};

int tree_new(struct tree **ret_tree, const struct tree_options *options)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return -ENOMEM;
	tree->options = *options;
	*ret_tree = tree;
	return 0;
}

struct tree *tree_free(struct tree *tree)
{
	free(tree);
	return NULL;
}

static int mark_directory(struct walk *walk, int directory)
{
	struct watch_masks masks = walk->from;
	char path[32];
	struct marks_target target = {
		.permission_group = walk->tree->options.permission_group,
		.name_group = walk->tree->options.name_group,
		.extra = FAN_EVENT_ON_CHILD,
		.path = path,
	};

	if (walk->leaving)
		walk->tree->count -= walk->tree->count > 0;
	else if (walk->tree->count >= TREE_DIRECTORIES_MAX)
		return -ENOSPC;
	else
		walk->tree->count++;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", directory);
	return marks_change(&target, &masks, walk->wanted);
}

/* The directory's own mark, then those of its subdirectories. Takes over the descriptor. */
static void visit(struct walk *walk, int directory, int depth)
{
	DIR *stream = fdopendir(directory);
	struct dirent *entry;
	struct stat status;
	int result;

	if (!stream) {
		close(directory);
		return;
	}
	result = mark_directory(walk, directory);
	if (result < 0 && walk->error == 0)
		walk->error = result;
	while (result == 0 && depth < TREE_DEPTH_MAX && (entry = readdir(stream)) != NULL) {
		int child;

		if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
			continue;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		child = openat(directory, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		if (child < 0)
			continue;
		if (fstat(child, &status) == 0 && status.st_dev == walk->device)
			visit(walk, child, depth + 1);
		else
			close(child);
	}
	closedir(stream);
}

static int walk_from(struct walk *walk, const char *path)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (directory < 0)
		return -errno;
	if (fstat(directory, &status) < 0) {
		close(directory);
		return -errno;
	}
	walk->device = status.st_dev;
	visit(walk, directory, 0);
	return walk->error;
}

int tree_set(struct tree *tree, const struct watch_masks *wanted, char error[CONTROL_TEXT_MAX])
{
	struct watch_masks full = *wanted;
	struct walk walk = {.tree = tree, .from = tree->masks, .wanted = &full};
	int result;

	/* New directories have to be heard of, whatever else is wanted. */
	if ((wanted->permission | wanted->name) != 0 && tree->options.name_group >= 0)
		full.name |= FAN_CREATE | FAN_RENAME | FAN_ONDIR;
	if (memcmp(&full, &tree->masks, sizeof(full)) == 0)
		return 0;
	tree->count = 0;
	result = walk_from(&walk, tree->options.root);
	tree->masks = full;
	if (result == -ENOSPC)
		snprintf(error, CONTROL_TEXT_MAX,
			 "%s has more than %d directories: watch a mount instead",
			 tree->options.root, TREE_DIRECTORIES_MAX);
	else if (result < 0)
		snprintf(error, CONTROL_TEXT_MAX, "cannot watch %s: %s", tree->options.root,
			 strerror(-result));
	return result;
}

void tree_add(struct tree *tree, const char *path)
{
	struct walk walk = {.tree = tree, .wanted = &tree->masks};
	struct watch_masks none = {0};

	if (memcmp(&tree->masks, &none, sizeof(none)) == 0)
		return;
	/* What cannot be marked is gone again, or one too many: tree_count tells. */
	walk_from(&walk, path);
}

void tree_remove(struct tree *tree, const char *path)
{
	struct watch_masks none = {0};
	struct walk walk = {.tree = tree, .from = tree->masks, .wanted = &none, .leaving = true};

	if (memcmp(&tree->masks, &none, sizeof(none)) != 0)
		walk_from(&walk, path);
}

size_t tree_count(const struct tree *tree)
{
	return tree->count;
}
