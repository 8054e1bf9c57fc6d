/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do two processes hold the two ends of something they can talk over?
 */
#ifndef SLUICE_DAEMON_GUARD_ENDS_H
#define SLUICE_DAEMON_GUARD_ENDS_H

#include <stdbool.h>
#include <sys/types.h>

enum { ENDS_MAX = 512 }; /* descriptors of one process that are looked at */

/*
 * A pipe that one may write and the other read, a local socket and its peer, the two ends of a TCP
 * connection of the machine, or a terminal and its master.
 */
bool ends_meet(pid_t left, pid_t right);

#endif
