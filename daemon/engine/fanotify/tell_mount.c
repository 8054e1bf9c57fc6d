/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts and unmounts of the daemon's own mount namespace, found by comparing what mountinfo said
 * before and says now. It does not say who did it: the process is marked missing.
 */
#include "daemon/engine/fanotify/tell.h"

#include <string.h>
#include <sys/vfs.h>

/* es_mount_disposition_t */
enum { MOUNT_EXTERNAL, MOUNT_INTERNAL, MOUNT_NETWORK, MOUNT_VIRTUAL, MOUNT_NULLFS, MOUNT_UNKNOWN };

static struct record_string put_text(struct telling *telling, const char *text)
{
	return builder_string(&telling->builder, text, strlen(text));
}

static void put_statfs(struct telling *telling, const struct mount *mount, bool ask,
		       struct record_statfs *ret)
{
	const struct mount_kind *kind = mount_kind_find(mount->type);
	struct statfs status;

	ret->type_name = put_text(telling, mount->type);
	ret->mounted_on = put_text(telling, mount->point);
	ret->mounted_from = put_text(telling, mount->source);
	/* A server may never answer; what is made by the kernel has no numbers of interest. */
	if (!ask || (kind && kind->rule == MOUNT_RULE_NONE) || statfs(mount->point, &status) < 0) {
		telling->builder.record->missing |= RECORD_MISSING_STAT;
		return;
	}
	ret->block_size = (uint64_t)status.f_bsize;
	ret->blocks = status.f_blocks;
	ret->blocks_free = status.f_bfree;
	ret->blocks_available = status.f_bavail;
	ret->files = status.f_files;
	ret->files_free = status.f_ffree;
	memcpy(&ret->fsid, &status.f_fsid, sizeof(ret->fsid));
	ret->type = (uint32_t)status.f_type;
	ret->flags = (uint32_t)status.f_flags;
}

static int64_t disposition_of(const struct mount *mount)
{
	static const char *const network[] = {"9p",   "afs", "ceph", "cifs",
					      "coda", "nfs", "nfs4", "smb3"};

	for (size_t i = 0; i < sizeof(network) / sizeof(network[0]); i++)
		if (strcmp(network[i], mount->type) == 0)
			return MOUNT_NETWORK;
	if (strcmp(mount->root, "/") != 0)
		return MOUNT_NULLFS;
	return mount->device >> 8 == 0 ? MOUNT_VIRTUAL : MOUNT_UNKNOWN;
}

static void tell_mount(struct telling *telling, const struct mount *mount)
{
	struct payload_mount *payload;

	if (!delivery_wants(telling->engine->delivery, EVENT_NOTIFY_MOUNT))
		return;
	payload = telling_begin(telling, EVENT_NOTIFY_MOUNT);
	put_statfs(telling, mount, true, &payload->statfs);
	payload->disposition.value = disposition_of(mount);
	telling_send(telling);
}

static void tell_unmount(struct telling *telling, const struct mount *mount)
{
	struct payload_unmount *payload;

	if (!delivery_wants(telling->engine->delivery, EVENT_NOTIFY_UNMOUNT))
		return;
	payload = telling_begin(telling, EVENT_NOTIFY_UNMOUNT);
	put_statfs(telling, mount, false, &payload->statfs);
	telling_send(telling);
}

static bool same_mount(const struct mounts *mounts, const struct mount *mount)
{
	const struct mount *other = mounts_find(mounts, mount->id);

	return other && other->device == mount->device && other->parent == mount->parent &&
	       strcmp(other->point, mount->point) == 0;
}

void tell_mounts(struct telling *telling, const struct mounts *before)
{
	for (size_t i = 0; i < before->count; i++)
		if (!same_mount(&telling->mounts, &before->list[i]))
			tell_unmount(telling, &before->list[i]);
	for (size_t i = 0; i < telling->mounts.count; i++)
		if (!same_mount(before, &telling->mounts.list[i]))
			tell_mount(telling, &telling->mounts.list[i]);
}
