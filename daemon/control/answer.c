/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes answers and sends them. An answer is small; what may be large is put into a memfd that
 * nobody can change any more. Sending never waits: a peer has one answer owed at a time, and one
 * that does not read it loses its connection.
 */
#include "daemon/control/answer.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void answer_body(struct answer *answer, const void *body, size_t size)
{
	if (size > sizeof(answer->body))
		size = sizeof(answer->body);
	memcpy(answer->body, body, size);
	answer->size = size;
}

void answer_number(struct answer *answer, uint64_t number)
{
	const struct control_number body = {.number = number};

	answer_body(answer, &body, sizeof(body));
}

int answer_refuse(struct answer *answer, int result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(answer->text, sizeof(answer->text), format, arguments);
	va_end(arguments);
	return result;
}

static int write_all(int file, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(file, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

int answer_list(struct answer *answer, const void *bytes, size_t size, uint64_t count)
{
	const struct control_list list = {.size = size, .count = count};
	OWNED_DESCRIPTOR int file = memfd_create("endpointsecurity-list",
						 MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result;

	if (file < 0)
		return -errno;
	result = write_all(file, bytes, size);
	if (result < 0)
		return result;
	if (fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	lseek(file, 0, SEEK_SET);
	answer_body(answer, &list, sizeof(list));
	answer->descriptors[answer->descriptor_count++] = TAKE_DESCRIPTOR(file);
	return 0;
}

int answer_send(const struct answer *answer, int socket, enum control_type type, uint32_t serial,
		int result)
{
	struct {
		struct control_header header;
		unsigned char body[sizeof(answer->body)];
	} bytes = {.header = {.version = CONTROL_VERSION,
			      .type = (__u16)type,
			      .serial = serial,
			      .result = result}};
	struct packet packet = {.bytes = &bytes};
	size_t size = answer->size;

	if (result == 0) {
		memcpy(bytes.body, answer->body, size);
		memcpy(packet.descriptors, answer->descriptors, sizeof(answer->descriptors));
		packet.descriptor_count = answer->descriptor_count;
	} else {
		size = sizeof(struct control_text);
		memcpy(bytes.body, answer->text, sizeof(answer->text));
	}
	packet.size = sizeof(bytes.header) + size;
	bytes.header.size = (__u32)packet.size;
	return packet_send(socket, &packet, 0);
}

void answer_done(struct answer *answer)
{
	while (answer->descriptor_count > 0)
		close(answer->descriptors[--answer->descriptor_count]);
}
