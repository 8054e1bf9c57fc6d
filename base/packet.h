/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet over a SOCK_SEQPACKET socket, with descriptors beside it: what both ends of the
 * control protocol are made of.
 *
 * A deadline is a point on base/clock.h's clock; 0 never waits. Descriptors that come are
 * close-on-exec. A peer that is gone never raises SIGPIPE.
 */
#ifndef SLUICE_BASE_PACKET_H
#define SLUICE_BASE_PACKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PACKET_DESCRIPTORS_MAX = 8 };

struct packet {
	void *bytes; /* the packet, or room for it */
	size_t size;
	int descriptors[PACKET_DESCRIPTORS_MAX];
	unsigned int descriptor_count;
	/* Receiving: the process that sent it, 0 if the socket has no SO_PASSCRED. */
	pid_t sender;
};

/*
 * Sends one packet. The descriptors stay the caller's. 0; -ETIMEDOUT: no room until the deadline;
 * -EPIPE, -ECONNRESET: the peer is gone; another errno.
 */
int packet_send(int socket, const struct packet *packet, uint64_t deadline_ns);

/*
 * Receives one packet into bytes[0..size), sets size, descriptors (the caller's now) and sender. 0;
 * -ETIMEDOUT; -ECONNRESET: the peer is gone; -EMSGSIZE: the packet or its descriptors did not fit,
 * and what came is thrown away.
 */
int packet_receive(int socket, struct packet *packet, uint64_t deadline_ns);

/* Closes the descriptors and forgets them. */
void packet_close_descriptors(struct packet *packet);

#endif
