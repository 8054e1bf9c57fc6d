/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens file handles (with O_PATH: nothing is opened on the device, no event arises) and reads
 * where they are. Directories of one batch of events are remembered, as events come in runs from
 * one directory; after the batch all is forgotten, since directories move.
 */
#include "daemon/engine/fanotify/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { KEPT = 16 };

union handle {
	struct file_handle head;
	unsigned char bytes[sizeof(struct file_handle) + NAMES_HANDLE_MAX];
};

struct paths {
	struct watch *watch;
	struct kept {
		struct file_key key; /* 0, 0: free */
		struct file_facts facts;
	} kept[KEPT];
};

int paths_new(struct paths **ret_paths, struct watch *watch)
{
	struct paths *paths = calloc(1, sizeof(*paths));

	if (!paths)
		return -ENOMEM;
	paths->watch = watch;
	*ret_paths = paths;
	return 0;
}

struct paths *paths_free(struct paths *paths)
{
	free(paths);
	return NULL;
}

void paths_forget(struct paths *paths)
{
	for (size_t i = 0; i < KEPT; i++)
		paths->kept[i].key = (struct file_key){0};
	watch_close_mounts(paths->watch);
}

struct file_key file_key_of(const struct name_place *file)
{
	const unsigned char *bytes = file->handle;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < file->handle_size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return (struct file_key){.fsid = file->fsid, .handle = hash};
}

static int open_handle(struct paths *paths, const struct name_place *place)
{
	union handle handle;
	int mount, file;

	if (!place->handle)
		return -ENOENT;
	mount = watch_mount(paths->watch, place->fsid);
	if (mount < 0)
		return -ENODEV;
	memcpy(handle.bytes, place->handle, place->handle_size);
	file = open_by_handle_at(mount, &handle.head, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	return file < 0 ? -errno : file;
}

const struct file_facts *paths_directory(struct paths *paths, const struct name_place *place)
{
	struct file_key key = file_key_of(place);
	struct kept *kept = &paths->kept[key.handle % KEPT];
	OWNED_DESCRIPTOR int directory = -1;

	if (place->handle && kept->key.handle == key.handle && kept->key.fsid == key.fsid)
		return &kept->facts;
	kept->key = (struct file_key){0};
	directory = open_handle(paths, place);
	if (directory < 0 || facts_of_descriptor(directory, &kept->facts) < 0)
		return NULL;
	kept->key = key;
	return &kept->facts;
}

/* directory/name; the directory's own path for ".". */
static void join(struct file_facts *facts, const struct file_facts *directory,
		 const struct name_place *name)
{
	size_t length = directory->path_length;

	if (length == 0 || length + 1 + name->name_length >= sizeof(facts->path))
		return;
	memcpy(facts->path, directory->path, length);
	if (strcmp(name->name, ".") != 0) {
		if (directory->path[length - 1] != '/')
			facts->path[length++] = '/';
		memcpy(facts->path + length, name->name, name->name_length);
		length += name->name_length;
	}
	facts->path[length] = '\0';
	facts->path_length = length;
}

void paths_file(struct paths *paths, const struct name_place *directory,
		const struct name_place *file, struct file_facts *ret_facts)
{
	const struct name_place *place = file->handle ? file : directory;
	const struct file_facts *parent;
	OWNED_DESCRIPTOR int descriptor = -1;

	memset(&ret_facts->stat, 0, sizeof(ret_facts->stat));
	ret_facts->path[0] = '\0';
	ret_facts->path_length = 0;
	ret_facts->flags = RECORD_FILE_PRESENT | RECORD_FILE_NO_STAT;
	/* The handle of the directory alone stands for the file only where the file is it. */
	if (file->handle || !directory->name || strcmp(directory->name, ".") == 0)
		descriptor = open_handle(paths, place);
	if (descriptor >= 0)
		facts_of_descriptor(descriptor, ret_facts);
	if (!directory->name)
		return;
	/* The name in the event is the one that was used; the kernel's own choice may be another.
	 */
	ret_facts->path_length = 0;
	parent = paths_directory(paths, directory);
	if (parent)
		join(ret_facts, parent, directory);
}

bool paths_alias(struct paths *paths, const struct name_place *file, const char *not_this,
		 struct file_facts *ret_facts)
{
	OWNED_DESCRIPTOR int descriptor = open_handle(paths, file);

	if (descriptor < 0 || facts_of_descriptor(descriptor, ret_facts) < 0)
		return false;
	return ret_facts->path_length > 1 && strcmp(ret_facts->path, not_this) != 0;
}
