/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event of a group that reports names: which file, in which directory, under which name.
 *
 * Pure: no I/O.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_NAMES_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NAMES_HANDLE_MAX = 128 }; /* bytes of a handle, MAX_HANDLE_SZ */

/* Where the kernel says a file is. It points into the event. */
struct name_place {
	uint64_t fsid;
	const void *handle; /* struct file_handle, not aligned; NULL: absent */
	size_t handle_size; /* with its head */
	const char *name; /* NUL-terminated; NULL: absent; ".": the directory itself */
	size_t name_length;
};

struct name_event {
	uint64_t mask;
	pid_t pid;
	int pidfd; /* negative: none, FAN_NOPIDFD if the process has ended */
	struct name_place file;
	struct name_place directory;
	struct name_place to; /* FAN_RENAME: the new name */
};

/*
 * Reads one event from bytes[0..size). Returns how many bytes it takes, or -EBADMSG (then nothing
 * behind it can be read either; *ret_event is untouched).
 */
ssize_t name_event_parse(const void *bytes, size_t size, struct name_event *ret_event);

#endif
