/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was last seen of files, to tell by comparison what changed.
 *
 * Pure: no I/O, no locks.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_ATTRIBUTES_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_ATTRIBUTES_H

#include "base/cleanup.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ATTRIBUTES_MAX = 65536, /* files; a new one takes the place of an old one */
};

/* A file, however it is called: its file system and a hash of its handle, which is never reused. */
struct file_key {
	uint64_t fsid;
	uint64_t handle;
};

enum attribute_change {
	ATTRIBUTE_MODE = 1 << 0,
	ATTRIBUTE_OWNER = 1 << 1,
	ATTRIBUTE_TIMES = 1 << 2,
	ATTRIBUTE_LINKS = 1 << 3,
	ATTRIBUTE_SHORTER = 1 << 4,
	ATTRIBUTE_UNKNOWN = 1 << 5, /* the file was not known */
};

struct attributes;

/* limit: a power of two. The caller owns *ret_attributes. 0 or -ENOMEM. */
int attributes_new(struct attributes **ret_attributes, size_t limit);
struct attributes *attributes_free(struct attributes *attributes);
DEFINE_OWNED(struct attributes, attributes_free)

/* What differs from what was known; from now on it is known so. written: its content changed. */
unsigned int attributes_compare(struct attributes *attributes, const struct file_key *key,
				const struct record_stat *stat, bool written);
/* What was last seen of it. False: nothing. */
bool attributes_known(struct attributes *attributes, const struct file_key *key,
		      struct record_stat *ret_stat);
/* Was it written to since this was last asked? True also where it is not known. */
bool attributes_take_written(struct attributes *attributes, const struct file_key *key);

#endif
