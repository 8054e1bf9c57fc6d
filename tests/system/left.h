/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process has at hand: open descriptors, children, mounts. Taken before and after a test,
 * and compared: a test leaves nothing behind.
 */
#ifndef SLUICE_TESTS_SYSTEM_LEFT_H
#define SLUICE_TESTS_SYSTEM_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LEFT_DAEMON_NAME "endpointsecurit" /* as /proc/PID/comm cuts it */

struct left {
	size_t descriptors;
	size_t children; /* without daemons: a private one stays for the life of its program */
	size_t mounts;
	size_t unix_sockets; /* of this process */
};

void left_look(struct left *ret_left);
/* Prints what is more than before, as TAP diagnostics. True if nothing is. */
bool left_nothing(const struct left *before);

/* Calls `each` for the children of a process; the name is that of /proc/PID/comm. */
void left_each_child(pid_t parent, void (*each)(void *context, pid_t pid, const char *name),
		     void *context);
/* fanotify marks in any process, on the file system or on the mount this path lies in. */
size_t left_marks(const char *path);
/* Open descriptors of a process. */
size_t left_descriptors(pid_t pid);
void left_print_descriptors(pid_t pid);

#endif
