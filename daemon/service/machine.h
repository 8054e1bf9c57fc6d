/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's own process: what it must be allowed to, and how it keeps itself alive.
 */
#ifndef SLUICE_DAEMON_SERVICE_MACHINE_H
#define SLUICE_DAEMON_SERVICE_MACHINE_H

#include "wire/control.h"

#include <stdbool.h>

/* Does the kernel's command line (a file such as /proc/cmdline) say endpointsecurity=off? */
bool machine_switched_off(const char *path);

/*
 * May this process be an endpointsecurityd? 0, or the result that a private daemon's client gets
 * (es_new_client_result_t: NOT_PRIVILEGED, NOT_PERMITTED) with what is wrong and what to do.
 */
int machine_check_rights(char text[CONTROL_TEXT_MAX]);

/* Is the directory there? 0, or negative errno and words. */
int machine_check_root(const char *root, char text[CONTROL_TEXT_MAX]);

enum { MACHINE_PATH_MAX = 256 };

/*
 * Where a file of the daemon behind this socket lies that is never to wait for a disk: beside the
 * socket, if its directory is in memory, else in /dev/shm. -EOPNOTSUPP: neither is; other errno.
 */
int machine_memory_file(char ret_path[MACHINE_PATH_MAX], const char *socket, const char *suffix);

/*
 * Ahead of others, out of reach of the memory killer and of swapping, room for descriptors. Each as
 * far as it is allowed: the daemon works without. Before the first thread, which inherits it.
 */
void machine_prepare(void);

#endif
