/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is watched: which file systems carry marks, and which events they are marked for.
 *
 * Every function takes the watch's own lock and may be called from any thread; none is called
 * between a question and its answer.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_WATCH_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_WATCH_H

#include "base/cleanup.h"
#include "daemon/engine/fanotify/mounts.h"
#include "wire/control.h"
#include "wire/events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WATCH_PLACES_MAX = 16384, /* file systems; one more is left unwatched and counted */
};

/* fanotify's masks for a set of events. */
struct watch_masks {
	uint64_t permission; /* in the permission group */
	uint64_t permission_ignore; /* of these only directories are wanted */
	uint64_t name; /* in the group of names */
	uint64_t name_ignore;
};
/* Pure. */
struct watch_masks watch_masks_of(const struct event_set *events);

struct watch;
struct watch_options {
	int permission_group; /* borrowed; -1: none */
	int name_group;
	const char *root; /* NULL: the machine */
};

/* Watches nothing yet. 0 or negative errno; then error[] says what to do. */
int watch_new(struct watch **ret_watch, const struct watch_options *options,
	      char error[CONTROL_TEXT_MAX]);
struct watch *watch_free(struct watch *watch);
DEFINE_OWNED(struct watch, watch_free)

/* From now on these events are wanted. 0 or negative errno; then error[] says what to do. */
int watch_set(struct watch *watch, const struct event_set *events, char error[CONTROL_TEXT_MAX]);

/*
 * The mounts are these: new file systems are marked, those that left are forgotten. What is
 * refused for one file system is remembered with its reason and keeps nothing else from working.
 */
void watch_refresh(struct watch *watch, const struct mounts *mounts);

/* A directory appeared at this path, or moved to it: below a root each has its own marks. */
void watch_directory(struct watch *watch, const char *path);

/* Is this path below the root that is watched? */
bool watch_covers(const struct watch *watch, const char *path, size_t length);

/*
 * A descriptor on the mount of the file system with this fsid, to open handles by; -1: unknown. It
 * stays open until watch_close_mounts, which must follow soon: it keeps the mount busy.
 */
int watch_mount(struct watch *watch, uint64_t fsid);
void watch_close_mounts(struct watch *watch);

struct watch_counts {
	uint64_t marks;
	uint64_t places;
};
/* A line for people: what is watched and what is left out, and why. */
struct watch_counts watch_describe(struct watch *watch, char *text, size_t size);

#endif
