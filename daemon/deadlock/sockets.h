/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local sockets and their other ends, as the kernel's socket diagnosis tells them. Sees the network
 * namespace of the daemon.
 */
#ifndef SLUICE_DAEMON_DEADLOCK_SOCKETS_H
#define SLUICE_DAEMON_DEADLOCK_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOCKET_NAME_MAX = 112, SOCKET_CALLERS_MAX = 256 };

struct unix_socket {
	uint64_t inode;
	bool connected;
	uint64_t peer; /* its other end; 0: not accepted yet */
	char name[SOCKET_NAME_MAX]; /* an abstract one begins with '@'; empty: none */
	unsigned int caller_count; /* who wait to be accepted, of one that listens */
	uint64_t callers[SOCKET_CALLERS_MAX];
};

/* One answer of the diagnosis, behind its netlink header. 0 or -EBADMSG. */
int unix_socket_parse(const void *bytes, size_t size, struct unix_socket *ret_socket);

/* The socket with this inode. 0, or negative errno; waits until the deadline at most. */
int unix_socket_find(uint64_t inode, uint64_t deadline_ns, struct unix_socket *ret_socket);
/*
 * The listening socket of this name, or with name NULL the one at which this caller waits to be
 * accepted. 0, -ENOENT, or negative errno.
 */
int unix_socket_find_listener(const char *name, uint64_t caller, uint64_t deadline_ns,
			      struct unix_socket *ret_socket);

#endif
