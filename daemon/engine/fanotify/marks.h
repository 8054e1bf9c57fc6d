/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object's marks in both groups, moved from one set of masks to another.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_MARKS_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_MARKS_H

#include "daemon/engine/fanotify/watch.h"

struct marks_target {
	int permission_group;
	int name_group;
	unsigned int permission_flags; /* FAN_MARK_FILESYSTEM, FAN_MARK_MOUNT or 0: an inode */
	unsigned int name_flags;
	uint64_t extra; /* bits of every mask: FAN_EVENT_ON_CHILD */
	const char *path;
};

/*
 * Changes what the object at target->path is marked for from *masks to `wanted`. *masks becomes
 * what it is marked for now. Returns the first error of either group; what can be done is done.
 */
int marks_change(const struct marks_target *target, struct watch_masks *masks,
		 const struct watch_masks *wanted);

#endif
