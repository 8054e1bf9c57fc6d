/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds and removes marks. Bits are added before others are removed, so that a change of interest
 * loses no event that was wanted before and after.
 *
 * The ignore mask is set before the mask it narrows: else reads of files would be held for a
 * moment where only those of directories are meant.
 */
#include "daemon/engine/fanotify/marks.h"
#include "daemon/engine/fanotify/abilities.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/fanotify.h>

static int mark(int group, unsigned int flags, uint64_t mask, const char *path)
{
	return fanotify_mark(group, flags, mask, AT_FDCWD, path) < 0 ? -errno : 0;
}

static int change_mask(int group, unsigned int flags, const struct marks_target *target,
		       uint64_t *mask, uint64_t wanted)
{
	uint64_t events = ~(uint64_t)(FAN_ONDIR | FAN_EVENT_ON_CHILD);
	uint64_t gone;
	int result;

	wanted = wanted & events ? wanted | target->extra : 0;
	gone = *mask & ~wanted;
	if (wanted & ~*mask) {
		result = mark(group, FAN_MARK_ADD | flags, wanted, target->path);
		if (result < 0)
			return result;
	}
	/* A mark without events is removed by the kernel, with its flags. */
	if (gone) {
		result = mark(group, FAN_MARK_REMOVE | flags, wanted ? gone : *mask, target->path);
		if (result < 0 && result != -ENOENT)
			return result;
	}
	*mask = wanted;
	return 0;
}

static int change_group(int group, unsigned int flags, const struct marks_target *target,
			uint64_t *masks[2], const uint64_t wanted[2])
{
	unsigned int ignore = flags | FAN_MARK_IGNORE | FAN_MARK_IGNORED_SURV_MODIFY;
	int result = 0;

	if (wanted[1] & ~*masks[1])
		result = change_mask(group, ignore, target, masks[1], *masks[1] | wanted[1]);
	if (result == 0)
		result = change_mask(group, flags, target, masks[0], wanted[0]);
	if (result == 0 && *masks[1] & ~wanted[1])
		result = change_mask(group, ignore, target, masks[1], wanted[1]);
	return result;
}

int marks_change(const struct marks_target *target, struct watch_masks *masks,
		 const struct watch_masks *wanted)
{
	int result = 0, also = 0;

	if (target->permission_group >= 0)
		result = change_group(
			target->permission_group, target->permission_flags, target,
			(uint64_t *[2]){&masks->permission, &masks->permission_ignore},
			(const uint64_t[2]){wanted->permission, wanted->permission_ignore});
	if (target->name_group >= 0)
		also = change_group(target->name_group, target->name_flags, target,
				    (uint64_t *[2]){&masks->name, &masks->name_ignore},
				    (const uint64_t[2]){wanted->name, wanted->name_ignore});
	return result < 0 ? result : also;
}
