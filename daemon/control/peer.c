/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out who a peer is. Starts from what the kernel wrote into the socket when it was connected,
 * and hands on a struct peer whose facts were read while that very process lived: the pidfd is
 * looked at again after each reading of /proc.
 *
 * Facts are those no program can choose for itself: user, capabilities, the systemd unit its
 * cgroup lies in. The name is for people only.
 */
#include "daemon/control/peer.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <systemd/sd-login.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

enum { CAPABILITY_SYS_ADMIN = 21 };

static int find_pidfd(int socket, pid_t pid, bool *ret_exact)
{
	int pidfd = -1;
	socklen_t size = sizeof(pidfd);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0) {
		*ret_exact = true;
		return pidfd;
	}
	/* EINVAL: gone already (Linux says so for the dead); ENOPROTOOPT: an older kernel. */
	if (errno != ENOPROTOOPT)
		return -ESRCH;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	*ret_exact = false;
	return pidfd < 0 ? -errno : pidfd;
}

int peer_identify(struct peer *ret_peer, int socket, bool *ret_exact)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	int pidfd;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return -errno;
	if (credentials.pid <= 0)
		return -ESRCH;
	pidfd = find_pidfd(socket, credentials.pid, ret_exact);
	if (pidfd < 0)
		return pidfd;
	*ret_peer = (struct peer){.pid = credentials.pid, .uid = credentials.uid, .pidfd = pidfd};
	return 0;
}

bool peer_alive(const struct peer *peer)
{
	struct pollfd poller = {.fd = peer->pidfd, .events = POLLIN};

	return peer->pidfd >= 0 && poll(&poller, 1, 0) == 0;
}

static bool same_user_namespace(pid_t pid)
{
	char path[64];
	struct stat theirs;
	struct stat ours;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	return stat(path, &theirs) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
	       theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

static bool has_sys_admin(pid_t pid)
{
	char text[4096];
	OWNED_DESCRIPTOR int file = -1;
	const char *line;
	unsigned long long effective = 0;
	ssize_t size;

	snprintf(text, sizeof(text), "/proc/%d/status", pid);
	file = open(text, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	size = read(file, text, sizeof(text) - 1);
	if (size < 0)
		return false;
	text[size] = '\0';
	line = strstr(text, "\nCapEff:");
	if (!line)
		return false;
	effective = strtoull(line + strlen("\nCapEff:"), NULL, 16);
	return effective >> CAPABILITY_SYS_ADMIN & 1;
}

static void read_name(pid_t pid, char name[PEER_NAME_MAX])
{
	char path[64];
	OWNED_DESCRIPTOR int file = -1;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	size = readlink(path, name, PEER_NAME_MAX - 1);
	if (size < 0) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = open(path, O_RDONLY | O_CLOEXEC);
		size = file < 0 ? 0 : read(file, name, PEER_NAME_MAX - 1);
	}
	name[size > 0 ? size : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

static void read_unit(pid_t pid, char unit[PEER_UNIT_MAX])
{
	OWNED_MEMORY char *name = NULL;

	unit[0] = '\0';
	if (sd_pid_get_unit(pid, &name) >= 0 && strlen(name) < PEER_UNIT_MAX)
		strcpy(unit, name);
}

int peer_describe(struct peer *peer)
{
	struct peer described = *peer;

	described.capable = has_sys_admin(peer->pid) && same_user_namespace(peer->pid);
	read_name(peer->pid, described.name);
	read_unit(peer->pid, described.unit);
	/* The pid was the peer's all the while, if the peer still lives. */
	if (!peer_alive(peer))
		return -ESRCH;
	*peer = described;
	return 0;
}

void peer_done(struct peer *peer)
{
	if (peer->pidfd >= 0)
		close(peer->pidfd);
	peer->pidfd = -1;
}
