/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits at descriptors: pipes, local sockets, locks, files. Owns nothing. The other end is whoever
 * has it open; one that is on its way in a message of a socket is not seen.
 */
#include "daemon/deadlock/sockets.h"
#include "daemon/deadlock/waits.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum {
	READERS = 1U << O_RDONLY | 1U << O_RDWR,
	WRITERS = 1U << O_WRONLY | 1U << O_RDWR,
	ANY_ACCESS = READERS | WRITERS,
	DIAGNOSIS_MS = 100,
	POLLED_MAX = 8,
};

/* How a descriptor is waited at. */
struct end {
	const char *verb; /* "read from" */
	unsigned int others; /* whose descriptors could end it */
	int timeout; /* the socket's option that would end it too */
};
static const struct end reading = {"read from", WRITERS, SO_RCVTIMEO};
static const struct end writing = {"write to", READERS, SO_SNDTIMEO};

static uint64_t diagnosis_deadline(void)
{
	return clock_now_ns() + DIAGNOSIS_MS * NANOSECONDS_PER_MILLISECOND;
}

/* Is the socket one that waits for ever? */
static bool is_patient(const struct waiting *waiting, int descriptor, int option)
{
	OWNED_DESCRIPTOR int process = (int)syscall(SYS_pidfd_open, waiting->pid, 0);
	OWNED_DESCRIPTOR int socket = -1;
	struct timeval limit;
	socklen_t size = sizeof(limit);

	if (process < 0)
		return false;
	socket = (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);
	if (socket < 0 || getsockopt(socket, SOL_SOCKET, option, &limit, &size) < 0)
		return false;
	return limit.tv_sec == 0 && limit.tv_usec == 0;
}

static void add_socket_holders(const struct waiting *waiting, uint64_t inode,
			       struct graph_wait *wait)
{
	char link[PEEK_LINK_MAX];
	const struct peek_sought sought = {.link = link, .access = ANY_ACCESS};

	snprintf(link, sizeof(link), "socket:[%llu]", (unsigned long long)inode);
	peek_holders(waiting->effort, &sought, wait);
}

/* The other end of a local socket, or who listens where it is not accepted yet. */
static void at_socket(const struct waiting *waiting, int descriptor, uint64_t inode,
		      const struct end *end, struct graph_wait *wait)
{
	OWNED_MEMORY struct unix_socket *own = malloc(sizeof(*own));
	OWNED_MEMORY struct unix_socket *other = malloc(sizeof(*other));
	int found = -ENOENT;

	wait_say(wait, "%s a socket", end->verb);
	wait->waits = true;
	if (!own || !other || unix_socket_find(inode, diagnosis_deadline(), own) < 0 ||
	    !own->connected)
		return;
	if (own->peer)
		found = unix_socket_find(own->peer, diagnosis_deadline(), other);
	else
		found = unix_socket_find_listener(NULL, inode, diagnosis_deadline(), other);
	if (found < 0)
		return;
	if (other->name[0] || own->name[0])
		wait_say(wait, "%s %s", end->verb, other->name[0] ? other->name : own->name);
	wait->whole = is_patient(waiting, descriptor, end->timeout);
	add_socket_holders(waiting, other->inode, wait);
}

/* A fifo has a path like any file; where the thread sleeps tells it from one. */
static bool is_pipe(const struct waiting *waiting, const char *link)
{
	return strncmp(link, "pipe:", 5) == 0 || (link[0] == '/' && strstr(waiting->place, "pipe"));
}

static void on_file_system(const struct waiting *waiting, const char *verb, const char *path,
			   struct graph_wait *wait)
{
	OWNED_MEMORY char *text = malloc(PEEK_LOCKS_MAX);
	char type[FILE_SYSTEM_MAX] = "an unknown file system";
	ssize_t size = text ? peek_read(waiting->effort, text, PEEK_LOCKS_MAX, "/proc/%d/mountinfo",
					waiting->pid)
			    : -ENOMEM;

	if (size > 0)
		file_system_parse(text, (size_t)size, path, type);
	wait_say(wait, "sleeps in %s %.128s on %s", verb, path, type);
}

static void at_descriptor(const struct waiting *waiting, int descriptor, const struct end *end,
			  struct graph_wait *wait)
{
	char link[PEEK_LINK_MAX];
	const struct peek_sought sought = {.link = link, .access = end->others};
	unsigned long long inode;

	if (peek_link(waiting->effort, waiting->pid, descriptor, link) < 0)
		return;
	if (sscanf(link, "socket:[%llu]", &inode) == 1) {
		at_socket(waiting, descriptor, inode, end, wait);
	} else if (is_pipe(waiting, link)) {
		wait_say(wait, "%s %s", end->verb, link[0] == '/' ? link : "a pipe");
		wait->waits = true;
		wait->whole = true;
		peek_holders(waiting->effort, &sought, wait);
	} else if (link[0] == '/') {
		on_file_system(waiting, end->verb, link, wait);
	} else {
		wait_say(wait, "waits to %s %s", end->verb, link);
	}
}

void wait_to_read(const struct waiting *waiting, struct graph_wait *wait)
{
	at_descriptor(waiting, (int)waiting->call->arguments[0], &reading, wait);
}

void wait_to_write(const struct waiting *waiting, struct graph_wait *wait)
{
	at_descriptor(waiting, (int)waiting->call->arguments[0], &writing, wait);
}

/* poll and ppoll of one descriptor; of more, whoever could end it is anybody. */
void wait_to_poll(const struct waiting *waiting, struct graph_wait *wait)
{
	const uint64_t *arguments = waiting->call->arguments;
	bool timed = waiting->call->number == SYS_ppoll ? arguments[2] != 0
							: (int)arguments[2] >= 0;
	struct pollfd polled;

	if (arguments[1] != 1 ||
	    peek_memory(waiting->effort, waiting->pid, arguments[0], &polled, sizeof(polled)) < 0)
		return;
	at_descriptor(waiting, polled.fd, polled.events & POLLOUT ? &writing : &reading, wait);
	/* What is polled waits by its call, not by its socket's patience; and a pipe or socket
	 * polled both ways could be let go of from either side. */
	wait->whole = wait->whole && !timed && (polled.events & (POLLIN | POLLOUT)) != 0;
}

void wait_to_accept(const struct waiting *waiting, struct graph_wait *wait)
{
	wait_say(wait, "waits for a caller at descriptor %d", (int)waiting->call->arguments[0]);
}

void wait_to_connect(const struct waiting *waiting, struct graph_wait *wait)
{
	OWNED_MEMORY struct unix_socket *listener = malloc(sizeof(*listener));
	const uint64_t *arguments = waiting->call->arguments;
	struct sockaddr_un address = {.sun_family = AF_UNSPEC};
	char name[sizeof(address.sun_path) + 1] = "";
	size_t size = arguments[2] < sizeof(address) ? (size_t)arguments[2] : sizeof(address);

	if (!listener || size <= offsetof(struct sockaddr_un, sun_path) ||
	    peek_memory(waiting->effort, waiting->pid, arguments[1], &address, size) < 0 ||
	    address.sun_family != AF_UNIX)
		return;
	memcpy(name, address.sun_path, size - offsetof(struct sockaddr_un, sun_path));
	if (name[0] == '\0')
		name[0] = '@';
	wait_say(wait, "connect %s", name);
	wait->waits = true;
	if (unix_socket_find_listener(name, 0, diagnosis_deadline(), listener) < 0)
		return;
	wait->whole = is_patient(waiting, (int)arguments[0], SO_SNDTIMEO);
	add_socket_holders(waiting, listener->inode, wait);
}

/* ---- Locks ---- */

/* What the call asks for; LOCK_OTHER: it is not about locks. */
static enum lock_kind lock_asked(const struct thread_call *call)
{
	if (call->number == SYS_flock)
		return LOCK_FLOCK;
	if (call->arguments[1] == F_SETLKW)
		return LOCK_POSIX;
	return call->arguments[1] == F_OFD_SETLKW ? LOCK_OFD : LOCK_OTHER;
}

/* Who holds such a lock of the file: a process, or whoever has it open where it was locked. */
static void add_lock_holders(const struct waiting *waiting, const struct lock_line *asked,
			     struct graph_wait *wait)
{
	const struct peek_sought sought = {.lock = asked};
	OWNED_MEMORY char *text = NULL;
	const char *line, *next;

	if (asked->kind != LOCK_POSIX) {
		peek_holders(waiting->effort, &sought, wait);
		return;
	}
	text = malloc(PEEK_LOCKS_MAX);
	if (!text || peek_read(waiting->effort, text, PEEK_LOCKS_MAX, "/proc/locks") < 0)
		return;
	for (line = text; (next = strchr(line, '\n')); line = next + 1) {
		struct lock_line lock;

		if (lock_line_parse(line, (size_t)(next + 1 - line), &lock) == 0 && !lock.blocked &&
		    lock.kind == asked->kind && lock.inode == asked->inode && lock.pid > 0)
			peek_add_holder(wait, lock.pid, 0);
	}
}

void wait_for_lock(const struct waiting *waiting, struct graph_wait *wait)
{
	static const char *const names[] = {
		[LOCK_FLOCK] = "flock",
		[LOCK_POSIX] = "record lock",
		[LOCK_OFD] = "open file lock",
	};
	struct lock_line asked = {.kind = lock_asked(waiting->call)};
	int descriptor = (int)waiting->call->arguments[0];
	struct descriptor_info info;
	char link[PEEK_LINK_MAX];

	if (asked.kind == LOCK_OTHER ||
	    peek_descriptor(waiting->effort, waiting->pid, descriptor, &info) < 0 ||
	    peek_link(waiting->effort, waiting->pid, descriptor, link) < 0)
		return;
	wait_say(wait, "%s of %.160s", names[asked.kind], link);
	asked.inode = info.inode;
	wait->waits = true;
	wait->whole = info.inode != 0;
	if (info.inode != 0)
		add_lock_holders(waiting, &asked, wait);
}

/* ---- Paths ---- */

static void at_path(const struct waiting *waiting, uint64_t address, struct graph_wait *wait)
{
	char path[PEEK_LINK_MAX];

	if (peek_string(waiting->effort, waiting->pid, address, path, sizeof(path)) < 0 ||
	    path[0] != '/')
		return;
	on_file_system(waiting, "the look-up of", path, wait);
}

void wait_for_path(const struct waiting *waiting, struct graph_wait *wait)
{
	at_path(waiting, waiting->call->arguments[0], wait);
}

void wait_for_path_at(const struct waiting *waiting, struct graph_wait *wait)
{
	at_path(waiting, waiting->call->arguments[1], wait);
}
