/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets over SOCK_SEQPACKET: takes bytes and descriptors from one end, hands them out at the
 * other, never waits longer than told.
 *
 * Every call first tries without waiting, then waits for the socket alone; so a descriptor that is
 * blocking for somebody else is never blocked on here.
 */
#include "base/packet.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union ancillary {
	struct cmsghdr first;
	unsigned char bytes[CMSG_SPACE(sizeof(int) * PACKET_DESCRIPTORS_MAX) +
			    CMSG_SPACE(sizeof(struct ucred))];
};

/* 0 when the socket is ready (or broken: the next call says how), -ETIMEDOUT. */
static int wait_for(int socket, short events, uint64_t deadline_ns)
{
	struct pollfd poller = {.fd = socket, .events = events};
	int ready;

	if (deadline_ns == 0)
		return -ETIMEDOUT;
	do
		ready = poll(&poller, 1, clock_milliseconds_until(deadline_ns));
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	return ready == 0 ? -ETIMEDOUT : 0;
}

static void attach_descriptors(struct msghdr *message, union ancillary *ancillary,
			       const struct packet *packet)
{
	size_t size = sizeof(int) * packet->descriptor_count;
	struct cmsghdr *header = &ancillary->first;

	if (packet->descriptor_count == 0)
		return;
	memset(ancillary, 0, sizeof(*ancillary));
	message->msg_control = ancillary->bytes;
	message->msg_controllen = CMSG_SPACE(size);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), packet->descriptors, size);
}

int packet_send(int socket, const struct packet *packet, uint64_t deadline_ns)
{
	struct iovec part = {.iov_base = packet->bytes, .iov_len = packet->size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	union ancillary ancillary;
	int result;

	if (packet->descriptor_count > PACKET_DESCRIPTORS_MAX)
		return -EINVAL;
	attach_descriptors(&message, &ancillary, packet);
	for (;;) {
		if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		result = wait_for(socket, POLLOUT, deadline_ns);
		if (result < 0)
			return result;
	}
}

static void take_descriptors(struct packet *packet, struct cmsghdr *header)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	const unsigned char *data = CMSG_DATA(header);

	for (size_t index = 0; index < count; index++) {
		int descriptor;

		memcpy(&descriptor, data + index * sizeof(int), sizeof(int));
		if (packet->descriptor_count < PACKET_DESCRIPTORS_MAX)
			packet->descriptors[packet->descriptor_count++] = descriptor;
		else
			close(descriptor);
	}
}

static void take_ancillary(struct packet *packet, struct msghdr *message)
{
	struct ucred credentials;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET)
			continue;
		if (header->cmsg_type == SCM_RIGHTS) {
			take_descriptors(packet, header);
		} else if (header->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
			packet->sender = credentials.pid;
		}
	}
}

int packet_receive(int socket, struct packet *packet, uint64_t deadline_ns)
{
	union ancillary ancillary;
	struct iovec part = {.iov_base = packet->bytes, .iov_len = packet->size};
	struct msghdr message;
	ssize_t size;
	int result;

	for (;;) {
		message = (struct msghdr){
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = ancillary.bytes,
			.msg_controllen = sizeof(ancillary.bytes),
		};
		size = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (size >= 0)
			break;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		result = wait_for(socket, POLLIN, deadline_ns);
		if (result < 0)
			return result;
	}
	packet->descriptor_count = 0;
	packet->sender = 0;
	take_ancillary(packet, &message);
	/* An empty packet means nothing in the protocol, so 0 bytes are the end. */
	result = size == 0 ? -ECONNRESET : 0;
	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		result = -EMSGSIZE;
	if (result < 0)
		packet_close_descriptors(packet);
	else
		packet->size = (size_t)size;
	return result;
}

void packet_close_descriptors(struct packet *packet)
{
	while (packet->descriptor_count > 0)
		close(packet->descriptors[--packet->descriptor_count]);
}
