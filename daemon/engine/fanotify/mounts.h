/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of the daemon's own mount namespace, and which kinds of file system are watched.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_MOUNTS_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

enum {
	MOUNTS_MAX = 65536, /* more are left out; the kernel's own limit is 100,000 */
};

/* A line of mountinfo. The strings lie in the text it was read from. */
struct mount {
	uint64_t id;
	uint64_t parent;
	uint64_t device;
	const char *root; /* what of the file system is mounted */
	const char *point; /* where */
	const char *type;
	const char *source;
};

struct mounts {
	char *text;
	struct mount *list; /* in mountinfo's order */
	size_t count;
};

/*
 * Reads lines of mountinfo; text is changed in place and must outlive the mounts. Up to `limit`
 * are filled in; a line that is not understood is left out. Returns how many.
 */
size_t mountinfo_parse(char *text, size_t length, struct mount *mounts, size_t limit);

/* What /proc/self/mountinfo says now; file is a descriptor of it. 0 or negative errno. */
int mounts_read(int file, struct mounts *ret_mounts);
void mounts_done(struct mounts *mounts);
const struct mount *mounts_find(const struct mounts *mounts, uint64_t id);

/* What is watched of a kind of file system. */
enum mount_rule {
	MOUNT_RULE_ALL,
	MOUNT_RULE_NOTIFY, /* its files are never held, only told of */
	MOUNT_RULE_NONE,
};
struct mount_kind {
	const char *type; /* as mountinfo has it, with any subtype behind a dot */
	enum mount_rule rule;
	const char *reason;
};
/* NULL: nothing special about it. */
const struct mount_kind *mount_kind_find(const char *type);

#endif
