/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the descriptors of two processes (ends.h): what /proc/PID/fd names, in which direction
 * it is open, and for sockets what the kernel's socket diagnosis and its list of TCP connections
 * say of the other end. Owns both lists while it compares.
 */
#include "daemon/guard/ends.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum end_kind { END_PIPE, END_SOCKET, END_TERMINAL, END_MASTER };

struct end {
	enum end_kind kind;
	uint64_t number; /* inode, or the terminal's number */
	bool reads;
	bool writes;
};

struct ends {
	struct end ends[ENDS_MAX];
	size_t count;
};

static void close_file_owned(FILE **owned)
{
	if (*owned)
		fclose(*owned);
}
#define OWNED_FILE __attribute__((cleanup(close_file_owned)))

/* ---- What a process holds ---- */

/* How it is open, and which terminal a master has. */
static bool describe(pid_t pid, const char *name, struct end *end)
{
	char path[64], line[128];
	OWNED_FILE FILE *file = NULL;
	unsigned int flags = O_RDWR;
	bool numbered = end->kind != END_MASTER;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", pid, name);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "flags: %o", &flags);
		if (end->kind == END_MASTER)
			numbered |= sscanf(line, "tty-index: %" SCNu64, &end->number) == 1;
	}
	end->reads = (flags & O_ACCMODE) != O_WRONLY;
	end->writes = (flags & O_ACCMODE) != O_RDONLY;
	return file && numbered;
}

static bool name_end(const char *target, struct end *end)
{
	static const struct {
		const char *prefix;
		enum end_kind kind;
	} kinds[] = {
		{"pipe:[", END_PIPE},
		{"socket:[", END_SOCKET},
		{"/dev/pts/", END_TERMINAL},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t length = strlen(kinds[i].prefix);

		end->kind = kinds[i].kind;
		if (strncmp(target, kinds[i].prefix, length) == 0 &&
		    sscanf(target + length, "%" SCNu64, &end->number) == 1)
			return true;
	}
	end->kind = END_MASTER;
	return strcmp(target, "/dev/ptmx") == 0 || strcmp(target, "/dev/pts/ptmx") == 0;
}

static void list_ends(pid_t pid, struct ends *ends)
{
	char path[64], target[64];
	const struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	while (folder && ends->count < ENDS_MAX && (entry = readdir(folder))) {
		struct end *end = &ends->ends[ends->count];
		ssize_t size = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

		if (size <= 0)
			continue;
		target[size] = '\0';
		if (name_end(target, end) && describe(pid, entry->d_name, end))
			ends->count++;
	}
	if (folder)
		closedir(folder);
}

/* ---- The other end of a socket ---- */

static uint64_t peer_in(const struct nlmsghdr *header, size_t size)
{
	const struct unix_diag_msg *message = NLMSG_DATA(header);
	const struct rtattr *attribute = (const struct rtattr *)(message + 1);
	size_t left;

	if (!NLMSG_OK(header, size) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    header->nlmsg_len < NLMSG_LENGTH(sizeof(*message)))
		return 0;
	left = header->nlmsg_len - NLMSG_LENGTH(sizeof(*message));
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == UNIX_DIAG_PEER &&
		    RTA_PAYLOAD(attribute) >= sizeof(uint32_t))
			return *(const uint32_t *)RTA_DATA(attribute);
	return 0;
}

/* The inode of a local socket's peer; 0: it has none, or is no local socket. */
static uint64_t local_peer(int diagnosis, uint64_t inode)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} asked = {
		.header = {.nlmsg_len = sizeof(asked),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = AF_UNIX,
			    .udiag_states = ~0U,
			    .udiag_ino = (uint32_t)inode,
			    .udiag_show = UDIAG_SHOW_PEER,
			    .udiag_cookie = {~0U, ~0U}},
	};
	_Alignas(8) char answer[1024];
	ssize_t size;

	if (send(diagnosis, &asked, sizeof(asked), MSG_DONTWAIT) != (ssize_t)sizeof(asked))
		return 0;
	size = recv(diagnosis, answer, sizeof(answer), MSG_DONTWAIT);
	return size > 0 ? peer_in((const struct nlmsghdr *)answer, (size_t)size) : 0;
}

struct connection {
	char local[64];
	char remote[64];
	uint64_t inode;
};

enum { CONNECTIONS_MAX = 65536 };

/* Goes through the TCP connections of the process's network; true once `matches` is. */
static bool find_connection(pid_t pid, const char *list, struct connection *connection,
			    bool (*matches)(const struct connection *connection,
					    const struct connection *wanted),
			    const struct connection *wanted)
{
	char path[64], line[256];
	OWNED_FILE FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, list);
	file = fopen(path, "re");
	for (int seen = 0; file && seen < CONNECTIONS_MAX && fgets(line, sizeof(line), file);
	     seen++) {
		if (sscanf(line, "%*s %63s %63s %*s %*s %*s %*s %*s %*s %" SCNu64,
			   connection->local, connection->remote, &connection->inode) == 3 &&
		    matches(connection, wanted))
			return true;
	}
	return false;
}

static bool has_inode(const struct connection *connection, const struct connection *wanted)
{
	return connection->inode == wanted->inode;
}

static bool is_other_end(const struct connection *connection, const struct connection *wanted)
{
	return strcmp(connection->local, wanted->remote) == 0 &&
	       strcmp(connection->remote, wanted->local) == 0;
}

static uint64_t tcp_peer(pid_t pid, uint64_t inode)
{
	static const char *const lists[] = {"tcp", "tcp6"};
	const struct connection wanted = {.inode = inode};
	struct connection own, other;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (find_connection(pid, lists[i], &own, has_inode, &wanted) &&
		    find_connection(pid, lists[i], &other, is_other_end, &own))
			return other.inode;
	return 0;
}

/* ---- Both together ---- */

static bool pair(const struct end *left, const struct end *right)
{
	if (left->number != right->number)
		return false;
	if (left->kind == END_PIPE && right->kind == END_PIPE)
		return (left->reads && right->writes && !right->reads) ||
		       (left->writes && right->reads && !right->writes);
	return left->kind == END_TERMINAL && right->kind == END_MASTER;
}

static bool has_socket(const struct ends *ends, uint64_t inode)
{
	for (size_t i = 0; inode && i < ends->count; i++)
		if (ends->ends[i].kind == END_SOCKET && ends->ends[i].number == inode)
			return true;
	return false;
}

static bool meets(pid_t pid, const struct end *end, const struct ends *others, int diagnosis)
{
	if (end->kind == END_SOCKET)
		return has_socket(others, local_peer(diagnosis, end->number)) ||
		       has_socket(others, tcp_peer(pid, end->number));
	for (size_t i = 0; i < others->count; i++)
		if (pair(end, &others->ends[i]))
			return true;
	return false;
}

bool ends_meet(pid_t left, pid_t right)
{
	OWNED_DESCRIPTOR int diagnosis = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
						NETLINK_SOCK_DIAG);
	OWNED_MEMORY struct ends *ends = calloc(2, sizeof(*ends));
	bool met = false;

	if (!ends)
		return false;
	list_ends(left, &ends[0]);
	list_ends(right, &ends[1]);
	for (size_t i = 0; !met && i < ends[0].count; i++)
		met = meets(left, &ends[0].ends[i], &ends[1], diagnosis);
	return met;
}
