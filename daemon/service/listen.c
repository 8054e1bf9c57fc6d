/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the control socket. The lock beside it says whether a daemon runs: the kernel drops it with
 * its process, so it cannot be stale as a socket can. Who holds the lock may remove the socket.
 *
 * Takeover is by exit: the new daemon is ready to serve before the old one is asked to end, what
 * the old one holds is answered as it ends, and clients reconnect to the path. Under systemd the
 * socket is systemd's and this file is not used at all.
 */
#include "daemon/service/listen.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum { BACKLOG = 128 };

struct listening {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int lock;
	int socket;
	bool bound;
};

#define WRONG(error, result, ...) (snprintf(error, CONTROL_TEXT_MAX, __VA_ARGS__), (result))

static int make_folder(const char *path, char error[CONTROL_TEXT_MAX])
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	strcpy(folder, path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return 0;
	*slash = '\0';
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return WRONG(error, -errno, "Cannot make %s: %s.", folder, strerror(errno));
	return 0;
}

static int lock_now(int lock)
{
	const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(lock, F_SETLK, &whole) < 0 ? -errno : 0;
}

/* The process that has the lock; 0: none. */
static pid_t holder(int lock)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(lock, F_GETLK, &whole) < 0 || whole.l_type == F_UNLCK)
		return 0;
	return whole.l_pid;
}

/* Asks the holder to end and waits until it has. */
static int end_holder(int lock, uint64_t deadline_ns, char error[CONTROL_TEXT_MAX])
{
	pid_t pid = holder(lock);
	OWNED_DESCRIPTOR int process = -1;
	struct pollfd poller = {.events = POLLIN};

	if (pid <= 0)
		return 0;
	process = (int)syscall(SYS_pidfd_open, pid, 0);
	/* It still has the lock, so the descriptor is of the right process. */
	if (process < 0 || holder(lock) != pid)
		return 0;
	if (syscall(SYS_pidfd_send_signal, process, SIGTERM, NULL, 0) < 0)
		return WRONG(error, -errno, "Cannot end endpointsecurityd[%d]: %s.", pid,
			     strerror(errno));
	poller.fd = process;
	if (poll(&poller, 1, clock_milliseconds_until(deadline_ns)) <= 0)
		return WRONG(error, -ETIMEDOUT,
			     "endpointsecurityd[%d] was asked to end and did not "
			     "in time. Look at its log; kill it by hand.",
			     pid);
	return 0;
}

static int take_lock(struct listening *listening, bool replace, uint64_t deadline_ns,
		     char error[CONTROL_TEXT_MAX])
{
	char path[sizeof(listening->path) + sizeof(".lock")];
	int result;

	snprintf(path, sizeof(path), "%s.lock", listening->path);
	listening->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (listening->lock < 0)
		return WRONG(error, -errno, "Cannot open %s: %s.", path, strerror(errno));
	result = lock_now(listening->lock);
	if (result == 0)
		return 0;
	if (replace) {
		result = end_holder(listening->lock, deadline_ns, error);
		if (result < 0)
			return result;
		result = lock_now(listening->lock);
	}
	if (result == 0)
		return 0;
	return WRONG(
		error, -EBUSY,
		"endpointsecurityd[%d] runs already and listens at %.200s. Use that one, or take "
		"over from it with --replace (under systemd: systemctl restart "
		"endpointsecurityd).",
		holder(listening->lock), listening->path);
}

/* Removes a socket nobody listens at. */
static int sweep(const struct listening *listening, const struct sockaddr_un *address,
		 char error[CONTROL_TEXT_MAX])
{
	OWNED_DESCRIPTOR int probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
					    0);
	struct stat status;

	if (lstat(listening->path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return WRONG(error, -EEXIST,
			     "%.200s is in the way and no socket. Remove it, or give "
			     "another --socket.",
			     listening->path);
	if (probe < 0)
		return -errno;
	/* EAGAIN: somebody listens and has a full queue. EPROTOTYPE: another kind of socket. */
	if (connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
	    errno != ECONNREFUSED)
		return WRONG(error, -EADDRINUSE,
			     "Another program listens at %.200s, perhaps systemd for "
			     "endpointsecurityd.socket. Then use systemctl start "
			     "endpointsecurityd; else give another --socket.",
			     listening->path);
	if (unlink(listening->path) < 0)
		return WRONG(error, -errno, "Cannot remove the stale socket %.200s: %s.",
			     listening->path, strerror(errno));
	return 0;
}

static int open_socket(struct listening *listening, char error[CONTROL_TEXT_MAX])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int result;

	strcpy(address.sun_path, listening->path);
	result = sweep(listening, &address, error);
	if (result < 0)
		return result;
	listening->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listening->socket < 0)
		return -errno;
	if (bind(listening->socket, (struct sockaddr *)&address, sizeof(address)) < 0)
		return WRONG(error, -errno, "Cannot make the socket %.200s: %s.", listening->path,
			     strerror(errno));
	listening->bound = true;
	/* Everybody may ask; who gets what is decided by who asks. */
	if (chmod(listening->path, 0666) < 0 || listen(listening->socket, BACKLOG) < 0)
		return WRONG(error, -errno, "Cannot listen at %.200s: %s.", listening->path,
			     strerror(errno));
	return 0;
}

int listening_new(struct listening **ret_listening, const char *path, bool replace,
		  uint64_t deadline_ns, char error[CONTROL_TEXT_MAX])
{
	OWNED(listening_free) struct listening *listening = calloc(1, sizeof(*listening));
	int result;

	if (!listening)
		return -ENOMEM;
	listening->lock = -1;
	listening->socket = -1;
	if (strlen(path) >= sizeof(listening->path) - sizeof(".lock"))
		return WRONG(error, -ENAMETOOLONG, "%.200s is too long for a socket's path.", path);
	strcpy(listening->path, path);
	result = make_folder(path, error);
	if (result == 0)
		result = take_lock(listening, replace, deadline_ns, error);
	if (result == 0)
		result = open_socket(listening, error);
	if (result < 0)
		return result;
	*ret_listening = TAKE(listening);
	return 0;
}

struct listening *listening_free(struct listening *listening)
{
	if (!listening)
		return NULL;
	if (listening->socket >= 0)
		close(listening->socket);
	if (listening->bound)
		unlink(listening->path);
	if (listening->lock >= 0)
		close(listening->lock);
	free(listening);
	return NULL;
}

int listening_take(struct listening *listening)
{
	return TAKE_DESCRIPTOR(listening->socket);
}
