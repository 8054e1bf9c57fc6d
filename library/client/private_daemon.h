/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon this process starts for itself when the system has none: one for all its clients, a
 * process of its own that ends with the last of them or with this process.
 */
#ifndef SLUICE_LIBRARY_CLIENT_PRIVATE_DAEMON_H
#define SLUICE_LIBRARY_CLIENT_PRIVATE_DAEMON_H

#include <stdint.h>

struct control;

/*
 * A connection to it, which the caller owns; it is started if it does not run. Each success is
 * paired with one private_daemon_leave. 0 or negative errno; then the failure is set.
 */
int private_daemon_join(struct control **ret_control, uint64_t deadline_ns);
void private_daemon_leave(void);
/* In a child after fork(2): it is the parent's. */
void private_daemon_forget(void);

struct spawn_options {
	const char *root; /* NULL: the machine */
	_Bool development;
};
/* Starts the program at `path` with one end of a socket pair. 0 or negative errno. (spawn.c) */
int spawn_daemon(const char *path, const struct spawn_options *options, int *ret_socket);

#endif
