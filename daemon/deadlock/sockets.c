/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel by NETLINK_SOCK_DIAG: for one socket by its inode, or for all that listen. The
 * kernel answers at once; the deadline is for a kernel that does not.
 */
#include "daemon/deadlock/sockets.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
	ANSWER_MAX = 32 * 1024,
	ANSWERS_MAX = 64, /* packets of one answer; what comes behind is not seen */
	STATE_LISTEN = 10, /* TCP_LISTEN, which local sockets use too */
};

/* ---- One answer ---- */

static void take_name(struct unix_socket *socket, const unsigned char *bytes, size_t size)
{
	size = size < SOCKET_NAME_MAX - 1 ? size : SOCKET_NAME_MAX - 1;
	memset(socket->name, 0, sizeof(socket->name));
	memcpy(socket->name, bytes, size);
	if (size > 0 && socket->name[0] == '\0')
		socket->name[0] = '@';
}

static void take_peer(struct unix_socket *socket, const unsigned char *bytes, size_t size)
{
	uint32_t peer;

	if (size < sizeof(peer))
		return;
	memcpy(&peer, bytes, sizeof(peer));
	socket->connected = true;
	socket->peer = peer;
}

static void take_callers(struct unix_socket *socket, const unsigned char *bytes, size_t size)
{
	uint32_t caller;

	socket->caller_count = 0;
	for (; size >= sizeof(caller) && socket->caller_count < SOCKET_CALLERS_MAX;
	     size -= sizeof(caller), bytes += sizeof(caller)) {
		memcpy(&caller, bytes, sizeof(caller));
		socket->callers[socket->caller_count++] = caller;
	}
}

static const struct {
	unsigned int type;
	void (*take)(struct unix_socket *socket, const unsigned char *bytes, size_t size);
} attributes[] = {
	{UNIX_DIAG_NAME, take_name},
	{UNIX_DIAG_PEER, take_peer},
	{UNIX_DIAG_ICONS, take_callers},
};

int unix_socket_parse(const void *bytes, size_t size, struct unix_socket *ret_socket)
{
	const unsigned char *at = bytes;
	struct unix_diag_msg message;
	struct rtattr attribute;

	if (size < sizeof(message))
		return -EBADMSG;
	memcpy(&message, at, sizeof(message));
	memset(ret_socket, 0, sizeof(*ret_socket));
	ret_socket->inode = message.udiag_ino;
	at += sizeof(message);
	size -= sizeof(message);
	while (size >= sizeof(attribute)) {
		size_t step;

		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > size)
			return -EBADMSG;
		for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
			if (attributes[i].type == attribute.rta_type)
				attributes[i].take(ret_socket, at + sizeof(attribute),
						   attribute.rta_len - sizeof(attribute));
		step = RTA_ALIGN((size_t)attribute.rta_len);
		if (step >= size)
			break;
		at += step;
		size -= step;
	}
	return 0;
}

/* ---- Asking ---- */

struct listener {
	const char *name;
	uint64_t caller;
};

/* Is it the one that is looked for? NULL: the first is. */
static bool is_sought(const struct unix_socket *socket, const struct listener *sought)
{
	if (!sought)
		return true;
	if (sought->name)
		return strcmp(socket->name, sought->name) == 0;
	for (unsigned int i = 0; i < socket->caller_count; i++)
		if (socket->callers[i] == sought->caller)
			return true;
	return false;
}

/* Looks through one packet. 0: found; -EAGAIN: the answer goes on; other errno: it ends. */
static int look_through(const void *packet, size_t size, const struct listener *sought,
			struct unix_socket *ret_socket)
{
	const struct nlmsghdr *header = packet;

	for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
		if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
			return -ENOENT;
		if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			continue;
		if (unix_socket_parse(NLMSG_DATA(header), NLMSG_PAYLOAD(header, 0), ret_socket) ==
			    0 &&
		    is_sought(ret_socket, sought))
			return 0;
	}
	return -EAGAIN;
}

static int receive(int diagnosis, uint64_t deadline_ns, const struct listener *sought,
		   struct unix_socket *ret_socket)
{
	OWNED_MEMORY unsigned char *packet = malloc(ANSWER_MAX);
	int result = -EAGAIN;

	if (!packet)
		return -ENOMEM;
	for (int i = 0; i < ANSWERS_MAX && result == -EAGAIN; i++) {
		struct pollfd polled = {.fd = diagnosis, .events = POLLIN};
		ssize_t size;

		if (poll(&polled, 1, clock_milliseconds_until(deadline_ns)) <= 0)
			return -ETIMEDOUT;
		size = recv(diagnosis, packet, ANSWER_MAX, MSG_DONTWAIT);
		if (size < 0)
			return -errno;
		result = look_through(packet, (size_t)size, sought, ret_socket);
	}
	return result;
}

static int ask(const struct unix_diag_req *asked, uint16_t flags, uint64_t deadline_ns,
	       const struct listener *sought, struct unix_socket *ret_socket)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} packet = {
		.header = {.nlmsg_len = sizeof(packet),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)},
		.request = *asked,
	};
	OWNED_DESCRIPTOR int diagnosis = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
						NETLINK_SOCK_DIAG);

	if (diagnosis < 0)
		return -errno;
	if (send(diagnosis, &packet, sizeof(packet), MSG_DONTWAIT) < 0)
		return -errno;
	return receive(diagnosis, deadline_ns, sought, ret_socket);
}

int unix_socket_find(uint64_t inode, uint64_t deadline_ns, struct unix_socket *ret_socket)
{
	const struct unix_diag_req request = {
		.sdiag_family = AF_UNIX,
		.udiag_states = UINT32_MAX,
		.udiag_ino = (uint32_t)inode,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER,
		.udiag_cookie = {UINT32_MAX, UINT32_MAX}, /* any */
	};

	return ask(&request, 0, deadline_ns, NULL, ret_socket);
}

int unix_socket_find_listener(const char *name, uint64_t caller, uint64_t deadline_ns,
			      struct unix_socket *ret_socket)
{
	const struct unix_diag_req request = {
		.sdiag_family = AF_UNIX,
		.udiag_states = 1U << STATE_LISTEN,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_ICONS,
	};
	const struct listener sought = {.name = name, .caller = caller};

	return ask(&request, NLM_F_DUMP, deadline_ns, &sought, ret_socket);
}
