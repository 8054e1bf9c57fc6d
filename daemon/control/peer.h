/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process at the other end of a connection, known by its pidfd, so that its pid cannot come to
 * mean another.
 */
#ifndef SLUICE_DAEMON_CONTROL_PEER_H
#define SLUICE_DAEMON_CONTROL_PEER_H

#include <stdbool.h>
#include <sys/types.h>

enum { PEER_NAME_MAX = 256, PEER_UNIT_MAX = 256 };

struct peer {
	pid_t pid;
	uid_t uid;
	int pidfd; /* -1: none */
	/* Of peer_describe. */
	bool capable; /* CAP_SYS_ADMIN in the daemon's user namespace */
	char name[PEER_NAME_MAX]; /* its executable's path, else its command name */
	char unit[PEER_UNIT_MAX]; /* systemd's system unit; empty: none */
};

/*
 * Who connected (or made the pair of) this socket. *ret_exact: the pidfd came from the kernel with
 * the socket; else it was opened by number, and the caller must see a packet sent after this call
 * by that number before it trusts it. 0; -ESRCH: gone, or not of this pid namespace; other errno.
 */
int peer_identify(struct peer *ret_peer, int socket, bool *ret_exact);
/* Looks the rest up, as it is now. 0 or -ESRCH. */
int peer_describe(struct peer *peer);
bool peer_alive(const struct peer *peer);
void peer_done(struct peer *peer);

#endif
