/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that tells of what has happened, and what it does at the start.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_NOTIFY_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_NOTIFY_H

#include "daemon/engine/fanotify/tell.h"

/* Reads mountinfo, marks new file systems; with `tell`, mounts and unmounts are told. 0 or -errno.
 */
int notify_mounts(struct telling *telling, bool tell);

#endif
