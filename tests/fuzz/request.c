/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets that a client may send. The first byte says how many descriptors come along. What is
 * taken for a request has the body its row demands, inside the packet, and a path that ends.
 */
#include "daemon/control/request.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static void check(const struct request *request, const struct packet *packet)
{
	const unsigned char *bytes = packet->bytes;
	const unsigned char *body = request->body;

	WANT(request->type < CONTROL_TYPE_LAST && request->row == &request_rows[request->type]);
	WANT(body >= bytes && body + request->row->body_size <= bytes + packet->size);
	WANT((request->descriptor >= 0) == request->row->descriptor);
	WANT(memchr(request->path, '\0', sizeof(request->path)));
	WANT(request->row->path || !request->path[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct packet packet = {0};
	struct request request;
	void *copy;
	int result;

	if (size == 0 || size - 1 > CONTROL_PACKET_MAX)
		return 0;
	packet.descriptor_count = bytes[0] % PACKET_DESCRIPTORS_MAX;
	packet.size = size - 1;
	copy = malloc(packet.size ? packet.size : 1);
	WANT(copy);
	memcpy(copy, bytes + 1, packet.size);
	packet.bytes = copy;
	result = request_parse(&request, &packet);
	WANT(result == 0 || result == -EBADMSG || result == -EPROTONOSUPPORT ||
	     result == -EOPNOTSUPP);
	if (result == 0)
		check(&request, &packet);
	free(copy);
	return 0;
}
