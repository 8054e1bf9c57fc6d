/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps marks on every file system that is watched: one mark a file system and group, whichever
 * mounts it has. A file system is reached through the mount that shows most of it, and is known to
 * fanotify's events by its fsid.
 *
 * With a root, only that mount, or the directories below that directory (tree.h), are marked.
 */
#include "daemon/engine/fanotify/watch.h"
#include "daemon/engine/fanotify/marks.h"
#include "daemon/engine/fanotify/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>

struct place {
	uint64_t device;
	uint64_t mount_id;
	uint64_t fsid;
	char *point;
	size_t root_length; /* how deep below the file system's root the mount begins */
	char type[32];
	enum mount_rule rule;
	const char *reason;
	int error; /* what marking it gave */
	int mount; /* descriptor, for one batch of events; -1 */
	bool seen;
	struct watch_masks masks;
};

struct watch {
	pthread_mutex_t lock;
	struct watch_options options;
	char *root; /* real path, without a slash at its end; NULL: the machine */
	size_t root_length;
	uint64_t root_mount;
	struct tree *tree; /* the root is a directory, not a mount; else NULL */
	struct watch_masks wanted;
	struct place *places;
	size_t count;
	size_t refused; /* file systems beyond the limit */
};

static int find_root(struct watch *watch, const char *root, char error[CONTROL_TEXT_MAX])
{
	struct statx status;
	int result = 0;

	watch->root = realpath(root, NULL);
	if (!watch->root || statx(AT_FDCWD, watch->root, 0, STATX_TYPE | STATX_MNT_ID, &status) < 0)
		result = -errno;
	else if (!S_ISDIR(status.stx_mode))
		result = -ENOTDIR;
	if (result < 0) {
		snprintf(error, CONTROL_TEXT_MAX, "cannot watch %s: %s", root, strerror(-result));
		return result;
	}
	watch->root_length = strcmp(watch->root, "/") == 0 ? 0 : strlen(watch->root);
	watch->root_mount = status.stx_mnt_id;
	if (status.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return 0;
	return tree_new(&watch->tree, &(struct tree_options){
					      .permission_group = watch->options.permission_group,
					      .name_group = watch->options.name_group,
					      .root = watch->root,
				      });
}

int watch_new(struct watch **ret_watch, const struct watch_options *options,
	      char error[CONTROL_TEXT_MAX])
{
	OWNED(watch_free) struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	pthread_mutex_init(&watch->lock, NULL);
	watch->options = *options;
	if (options->root) {
		int result = find_root(watch, options->root, error);

		if (result < 0)
			return result;
	}
	*ret_watch = TAKE(watch);
	return 0;
}

static void close_mount(struct place *place)
{
	if (place->mount >= 0)
		close(place->mount);
	place->mount = -1;
}

static void place_done(struct place *place)
{
	close_mount(place);
	free(place->point);
}

struct watch *watch_free(struct watch *watch)
{
	if (!watch)
		return NULL;
	for (size_t i = 0; i < watch->count; i++)
		place_done(&watch->places[i]);
	free(watch->places);
	tree_free(watch->tree);
	free(watch->root);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
	return NULL;
}

/*
 * Marks this file system for what is wanted. The mount point is opened first and compared: another
 * file system may be mounted over it by now.
 */
static void mark_place(struct watch *watch, struct place *place)
{
	bool one_mount = watch->options.root != NULL;
	OWNED_DESCRIPTOR int point = open(place->point, O_PATH | O_CLOEXEC);
	struct watch_masks wanted = watch->wanted;
	struct marks_target target = {
		.permission_group = watch->options.permission_group,
		.name_group = watch->options.name_group,
		.permission_flags = one_mount ? FAN_MARK_MOUNT : FAN_MARK_FILESYSTEM,
		.name_flags = FAN_MARK_FILESYSTEM,
	};
	struct statx status;
	char path[32];

	if (watch->tree || place->rule == MOUNT_RULE_NONE)
		return;
	if (point < 0 ||
	    statx(point, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) < 0) {
		place->error = -errno;
		return;
	}
	if (status.stx_mnt_id != place->mount_id) {
		place->error = -ESTALE;
		return;
	}
	if (place->rule == MOUNT_RULE_NOTIFY) {
		wanted.permission = 0;
		wanted.permission_ignore = 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", point);
	target.path = path;
	place->error = marks_change(&target, &place->masks, &wanted);
}

/* Is the root on a file system that is never watched? */
static bool is_served_root(const struct watch *watch)
{
	return watch->root && watch->count == 1 && watch->places[0].rule == MOUNT_RULE_NONE;
}

int watch_set(struct watch *watch, const struct event_set *events, char error[CONTROL_TEXT_MAX])
{
	size_t failed = 0;
	int result = 0;

	pthread_mutex_lock(&watch->lock);
	watch->wanted = watch_masks_of(events);
	if (is_served_root(watch) && !event_set_empty(events)) {
		snprintf(error, CONTROL_TEXT_MAX, "cannot watch %.256s: %s", watch->root,
			 watch->places[0].reason);
		pthread_mutex_unlock(&watch->lock);
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < watch->count; i++) {
		struct place *place = &watch->places[i];

		mark_place(watch, place);
		failed += place->error < 0;
		if (place->error < 0 && result == 0) {
			result = place->error;
			snprintf(error, CONTROL_TEXT_MAX, "cannot watch %.256s (%s): %s",
				 place->point, place->type, strerror(-place->error));
		}
	}
	/* What one file system refuses keeps no other from being watched. */
	if (failed < watch->count)
		result = 0;
	if (watch->tree)
		result = tree_set(watch->tree, &watch->wanted, error);
	pthread_mutex_unlock(&watch->lock);
	return result;
}

static struct place *find_place(struct watch *watch, uint64_t device)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->places[i].device == device)
			return &watch->places[i];
	return NULL;
}

static uint64_t fsid_of(const char *point)
{
	struct statfs status;
	uint64_t fsid = 0;

	if (statfs(point, &status) == 0)
		memcpy(&fsid, &status.f_fsid, sizeof(fsid));
	return fsid;
}

static struct place *add_place(struct watch *watch, const struct mount *mount,
			       const struct mount_kind *kind)
{
	struct place *larger;
	struct place place = {
		.device = mount->device,
		.mount_id = mount->id,
		.point = strdup(mount->point),
		.root_length = strlen(mount->root),
		.rule = kind ? kind->rule : MOUNT_RULE_ALL,
		.reason = kind ? kind->reason : "",
		.mount = -1,
	};

	if (watch->count >= WATCH_PLACES_MAX || !place.point) {
		watch->refused++;
		free(place.point);
		return NULL;
	}
	larger = realloc(watch->places, (watch->count + 1) * sizeof(place));
	if (!larger) {
		free(place.point);
		return NULL;
	}
	watch->places = larger;
	snprintf(place.type, sizeof(place.type), "%s", mount->type);
	if (place.rule != MOUNT_RULE_NONE)
		place.fsid = fsid_of(place.point);
	watch->places[watch->count] = place;
	return &watch->places[watch->count++];
}

/* Another mount of the same file system: keep the one that shows more. */
static void prefer(struct place *place, const struct mount *mount)
{
	size_t root_length = strlen(mount->root);
	OWNED_MEMORY char *point = NULL;

	if (place->seen && root_length >= place->root_length)
		return;
	if (place->mount_id == mount->id && strcmp(place->point, mount->point) == 0)
		return;
	point = strdup(mount->point);
	if (!point)
		return;
	free(place->point);
	close_mount(place);
	place->point = TAKE(point);
	place->mount_id = mount->id;
	place->root_length = root_length;
}

static void forget_unseen(struct watch *watch)
{
	size_t kept = 0;

	for (size_t i = 0; i < watch->count; i++) {
		if (watch->places[i].seen)
			watch->places[kept++] = watch->places[i];
		else
			place_done(&watch->places[i]);
	}
	watch->count = kept;
}

void watch_refresh(struct watch *watch, const struct mounts *mounts)
{
	pthread_mutex_lock(&watch->lock);
	for (size_t i = 0; i < watch->count; i++)
		watch->places[i].seen = false;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		struct place *place;

		if (watch->root && mount->id != watch->root_mount)
			continue;
		place = find_place(watch, mount->device);
		if (place)
			prefer(place, mount);
		else
			place = add_place(watch, mount, mount_kind_find(mount->type));
		if (place)
			place->seen = true;
	}
	/* A file system without mounts has lost its marks with it. */
	forget_unseen(watch);
	for (size_t i = 0; i < watch->count; i++)
		mark_place(watch, &watch->places[i]);
	pthread_mutex_unlock(&watch->lock);
}

void watch_directory(struct watch *watch, const char *path)
{
	if (!watch->tree)
		return;
	pthread_mutex_lock(&watch->lock);
	if (watch_covers(watch, path, strlen(path)))
		tree_add(watch->tree, path);
	else
		tree_remove(watch->tree, path);
	pthread_mutex_unlock(&watch->lock);
}

bool watch_covers(const struct watch *watch, const char *path, size_t length)
{
	if (!watch->root)
		return true;
	return length >= watch->root_length && memcmp(path, watch->root, watch->root_length) == 0 &&
	       (length == watch->root_length || path[watch->root_length] == '/');
}

int watch_mount(struct watch *watch, uint64_t fsid)
{
	int result = -1;

	pthread_mutex_lock(&watch->lock);
	for (size_t i = 0; i < watch->count && result < 0; i++) {
		struct place *place = &watch->places[i];

		if (place->fsid != fsid || place->rule == MOUNT_RULE_NONE)
			continue;
		if (place->mount < 0)
			place->mount = open(place->point,
					    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
		result = place->mount;
	}
	pthread_mutex_unlock(&watch->lock);
	return result;
}

void watch_close_mounts(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	for (size_t i = 0; i < watch->count; i++)
		close_mount(&watch->places[i]);
	pthread_mutex_unlock(&watch->lock);
}

static const char *what_of(const struct place *place)
{
	if (place->rule == MOUNT_RULE_NONE)
		return place->reason;
	if (place->error == -ESTALE)
		return "hidden under another mount";
	if (place->error < 0)
		return strerror(-place->error);
	return place->rule == MOUNT_RULE_NOTIFY ? "told of, not held" : "watched";
}

struct watch_counts watch_describe(struct watch *watch, char *text, size_t size)
{
	struct watch_counts counts = {0};
	size_t used = 0;

	text[0] = '\0';
	pthread_mutex_lock(&watch->lock);
	if (watch->tree)
		counts.marks = tree_count(watch->tree);
	for (size_t i = 0; i < watch->count; i++) {
		const struct place *place = &watch->places[i];
		int length = 0;

		counts.places++;
		counts.marks += (place->masks.permission != 0) + (place->masks.name != 0);
		if (used < size)
			length = snprintf(text + used, size - used, "%s (%s): %s\n", place->point,
					  place->type, what_of(place));
		used += length > 0 ? (size_t)length : 0;
	}
	pthread_mutex_unlock(&watch->lock);
	return counts;
}
