/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what fanotify calls a file (file system, handle, directory, name) to path and stat.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_PATHS_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_PATHS_H

#include "daemon/engine/fanotify/attributes.h"
#include "daemon/engine/fanotify/facts.h"
#include "daemon/engine/fanotify/names.h"
#include "daemon/engine/fanotify/watch.h"

struct paths;

/* watch is borrowed. The caller owns *ret_paths. 0 or -ENOMEM. */
int paths_new(struct paths **ret_paths, struct watch *watch);
struct paths *paths_free(struct paths *paths);

/* The directory of an event, as it is called now. Valid until the next call. NULL: it is gone. */
const struct file_facts *paths_directory(struct paths *paths, const struct name_place *place);

/*
 * The file of an event: the path by directory and name, the rest by its handle. What is gone has
 * RECORD_FILE_NO_STAT, and a path only if its directory is there.
 */
void paths_file(struct paths *paths, const struct name_place *directory,
		const struct name_place *file, struct file_facts *ret_facts);

/* Another name of the file, where the kernel knows one. False: not. */
bool paths_alias(struct paths *paths, const struct name_place *file, const char *not_this,
		 struct file_facts *ret_facts);

/* The batch is over: nothing may be believed or kept open any longer. */
void paths_forget(struct paths *paths);

struct file_key file_key_of(const struct name_place *file);

#endif
