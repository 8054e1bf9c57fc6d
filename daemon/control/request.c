/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes packets of clients apart. What comes in may be anything; what goes out has the size its row
 * demands, a path without NUL inside, and as many descriptors as the row wants.
 */
#include "daemon/control/request.h"

#include <errno.h>
#include <string.h>

static int parse_path(struct request *request, const unsigned char *rest, size_t size)
{
	const struct control_mute *mute = request->body;

	if (mute->path_length != size || size >= sizeof(request->path))
		return -EBADMSG;
	if (memchr(rest, '\0', size))
		return -EBADMSG;
	memcpy(request->path, rest, size);
	request->path[size] = '\0';
	return 0;
}

int request_parse(struct request *ret_request, const struct packet *packet)
{
	const struct control_header *header = packet->bytes;
	const struct request_row *row;
	size_t size;

	ret_request->serial = 0;
	ret_request->type = CONTROL_HELLO;
	ret_request->descriptor = -1;
	ret_request->path[0] = '\0';
	if (packet->size < sizeof(*header))
		return -EBADMSG;
	ret_request->serial = header->serial;
	if (header->version != CONTROL_VERSION)
		return -EPROTONOSUPPORT;
	if (header->size != packet->size || header->result != 0)
		return -EBADMSG;
	if (header->type >= CONTROL_TYPE_LAST)
		return -EOPNOTSUPP;
	row = &request_rows[header->type];
	ret_request->row = row;
	ret_request->type = header->type;
	ret_request->body = header + 1;
	size = packet->size - sizeof(*header);
	if (packet->descriptor_count != (row->descriptor ? 1 : 0))
		return -EBADMSG;
	if (row->descriptor)
		ret_request->descriptor = packet->descriptors[0];
	if (size < row->body_size || (size > row->body_size && !row->path))
		return -EBADMSG;
	if (row->path)
		return parse_path(ret_request, (const unsigned char *)(header + 1) + row->body_size,
				  size - row->body_size);
	return 0;
}
