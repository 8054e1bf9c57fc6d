/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the process connector (a netlink multicast group) and hands on one struct connector_event
 * for each message. Nothing of a message is believed before its length was checked, and only the
 * kernel's own messages are taken in: any privileged process may write to this socket.
 *
 * The kernel speaks only to sockets of the initial user and pid namespaces, and says nothing at all
 * to others: so the subscription counts as made when the acknowledgement has come.
 */
#include "daemon/engine/fanotify/connector.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
	MESSAGE_MAX = 256, /* the longest message the kernel sends is about 80 bytes */
	RECEIVE_BUFFER = 8 * 1024 * 1024, /* about ten thousand events; full: ENOBUFS */
};

static int subscribe(int socket)
{
	uint32_t operation = PROC_CN_MCAST_LISTEN;
	struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(operation)};
	struct nlmsghdr header = {
		.nlmsg_len = NLMSG_LENGTH(sizeof(message) + sizeof(operation)),
		.nlmsg_type = NLMSG_DONE,
	};
	struct iovec parts[] = {
		{&header, sizeof(header)},
		{&message, sizeof(message)},
		{&operation, sizeof(operation)},
	};
	struct msghdr request = {.msg_iov = parts, .msg_iovlen = 3};

	if (sendmsg(socket, &request, MSG_NOSIGNAL) < 0)
		return errno == ECONNREFUSED ? -ENOSYS : -errno;
	return 0;
}

/* Where the event begins in a datagram, and how long it is; NULL if the envelope is wrong. */
static const unsigned char *unwrap(const void *bytes, size_t size, size_t *ret_length)
{
	struct nlmsghdr header;
	struct cn_msg message;
	const unsigned char *place = bytes;

	if (size < NLMSG_HDRLEN + sizeof(message))
		return NULL;
	memcpy(&header, place, sizeof(header));
	if (header.nlmsg_len < NLMSG_HDRLEN + sizeof(message) || header.nlmsg_len > size)
		return NULL;
	memcpy(&message, place + NLMSG_HDRLEN, sizeof(message));
	if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC)
		return NULL;
	if (message.len > header.nlmsg_len - NLMSG_HDRLEN - sizeof(message))
		return NULL;
	*ret_length = message.len;
	return place + NLMSG_HDRLEN + sizeof(message);
}

/* The members of the kernel's event that each kind needs. */
static void read_fork(const struct proc_event *from, struct connector_event *to)
{
	to->tid = from->event_data.fork.parent_pid;
	to->pid = from->event_data.fork.parent_tgid;
	to->other_tid = from->event_data.fork.child_pid;
	to->other_pid = from->event_data.fork.child_tgid;
}

/* A core dump's data begin as an exec's do. */
static void read_exec(const struct proc_event *from, struct connector_event *to)
{
	to->tid = from->event_data.exec.process_pid;
	to->pid = from->event_data.exec.process_tgid;
}

static void read_identity(const struct proc_event *from, struct connector_event *to)
{
	to->tid = from->event_data.id.process_pid;
	to->pid = from->event_data.id.process_tgid;
	to->real = from->event_data.id.r.ruid;
	to->effective = from->event_data.id.e.euid;
}

static void read_session(const struct proc_event *from, struct connector_event *to)
{
	to->tid = from->event_data.sid.process_pid;
	to->pid = from->event_data.sid.process_tgid;
}

static void read_ptrace(const struct proc_event *from, struct connector_event *to)
{
	to->tid = from->event_data.ptrace.process_pid;
	to->pid = from->event_data.ptrace.process_tgid;
	to->other_tid = from->event_data.ptrace.tracer_pid;
	to->other_pid = from->event_data.ptrace.tracer_tgid;
}

static void read_exit(const struct proc_event *from, struct connector_event *to)
{
	to->tid = from->event_data.exit.process_pid;
	to->pid = from->event_data.exit.process_tgid;
	to->status = from->event_data.exit.exit_code;
}

static const struct reader {
	uint32_t what;
	enum connector_kind kind;
	size_t length; /* of the kind's own data */
	void (*read)(const struct proc_event *from, struct connector_event *to);
} readers[] = {
	{PROC_EVENT_FORK, CONNECTOR_FORK, sizeof(struct fork_proc_event), read_fork},
	{PROC_EVENT_EXEC, CONNECTOR_EXEC, sizeof(struct exec_proc_event), read_exec},
	{PROC_EVENT_UID, CONNECTOR_UID, sizeof(struct id_proc_event), read_identity},
	{PROC_EVENT_GID, CONNECTOR_GID, sizeof(struct id_proc_event), read_identity},
	{PROC_EVENT_SID, CONNECTOR_SID, sizeof(struct sid_proc_event), read_session},
	{PROC_EVENT_PTRACE, CONNECTOR_PTRACE, sizeof(struct ptrace_proc_event), read_ptrace},
	{PROC_EVENT_COREDUMP, CONNECTOR_COREDUMP, sizeof(struct exec_proc_event), read_exec},
	{PROC_EVENT_EXIT, CONNECTOR_EXIT, 8 + 2 * sizeof(uint32_t), read_exit},
};

int connector_parse(const void *bytes, size_t size, struct connector_event *ret_event)
{
	struct proc_event from = {0};
	struct connector_event event = {0};
	size_t fixed = offsetof(struct proc_event, event_data);
	size_t length;
	const unsigned char *data = unwrap(bytes, size, &length);

	if (!data || length < fixed)
		return -EBADMSG;
	memcpy(&from, data, length < sizeof(from) ? length : sizeof(from));
	event.time_ns = from.timestamp_ns;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if ((uint32_t)from.what != readers[i].what)
			continue;
		if (length < fixed + readers[i].length)
			return -EBADMSG;
		event.kind = readers[i].kind;
		readers[i].read(&from, &event);
	}
	*ret_event = event;
	return 0;
}

/* Is this the answer to the subscription? Positive: yes; 0: another event; negative: refused. */
static int acknowledgement(const void *bytes, size_t size)
{
	struct proc_event event = {0};
	size_t length;
	const unsigned char *data = unwrap(bytes, size, &length);

	if (!data || length < offsetof(struct proc_event, event_data) + sizeof(uint32_t))
		return 0;
	memcpy(&event, data, length < sizeof(event) ? length : sizeof(event));
	if ((uint32_t)event.what != PROC_EVENT_NONE)
		return 0;
	return event.event_data.ack.err ? -(int)event.event_data.ack.err : 1;
}

static int await_acknowledgement(int socket, uint64_t deadline_ns)
{
	struct pollfd wait = {.fd = socket, .events = POLLIN};
	unsigned char bytes[MESSAGE_MAX];

	for (;;) {
		int result = poll(&wait, 1, clock_milliseconds_until(deadline_ns));
		ssize_t size;

		if (result == 0)
			return -EPERM; /* other namespaces get no answer */
		if (result < 0 && errno != EINTR)
			return -errno;
		size = recv(socket, bytes, sizeof(bytes), MSG_DONTWAIT);
		result = size > 0 ? acknowledgement(bytes, (size_t)size) : 0;
		if (result != 0)
			return result < 0 ? result : 0;
	}
}

int connector_open(uint64_t deadline_ns, int *ret_socket)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	OWNED_DESCRIPTOR int connector = -1;
	int buffer = RECEIVE_BUFFER;
	int result;

	connector = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	if (connector < 0)
		return -errno;
	if (setsockopt(connector, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) < 0)
		setsockopt(connector, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (bind(connector, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	result = subscribe(connector);
	if (result == 0)
		result = await_acknowledgement(connector, deadline_ns);
	if (result < 0)
		return result;
	*ret_socket = TAKE_DESCRIPTOR(connector);
	return 0;
}

int connector_drain(int socket, void (*each)(void *context, const struct connector_event *event),
		    void *context)
{
	unsigned char bytes[MESSAGE_MAX];
	int lost = 0;

	for (;;) {
		struct connector_event event;
		struct sockaddr_nl sender = {0};
		socklen_t length = sizeof(sender);
		ssize_t size = recvfrom(socket, bytes, sizeof(bytes), MSG_DONTWAIT,
					(struct sockaddr *)&sender, &length);

		if (size < 0 && errno == ENOBUFS)
			lost = -ENOBUFS;
		else if (size < 0 && errno != EINTR)
			return lost;
		if (size <= 0 || sender.nl_pid != 0)
			continue;
		if (connector_parse(bytes, (size_t)size, &event) == 0)
			each(context, &event);
	}
}
