/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to one request while it is made.
 */
#ifndef SLUICE_DAEMON_CONTROL_ANSWER_H
#define SLUICE_DAEMON_CONTROL_ANSWER_H

#include "base/packet.h"
#include "wire/control.h"

#include <stdbool.h>

struct answer {
	bool later; /* nothing is sent now: server_sync_done sends it */
	bool close; /* the connection ends once this is sent */
	/* Used where the result is 0. */
	size_t size;
	_Alignas(8) unsigned char body[CONTROL_TEXT_MAX + 64];
	/* Used where it is not. */
	char text[CONTROL_TEXT_MAX];
	/* Closed once sent. */
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	unsigned int descriptor_count;
};

void answer_body(struct answer *answer, const void *body, size_t size);
void answer_number(struct answer *answer, uint64_t number);
/* Words for a refusal, cut to fit. Returns result. */
__attribute__((format(printf, 3, 4))) int answer_refuse(struct answer *answer, int result,
							const char *format, ...);
/* Bytes as a sealed memfd, with the control_list that tells of it. 0 or negative errno. */
int answer_list(struct answer *answer, const void *bytes, size_t size, uint64_t count);
/* Sends it without waiting. 0 or negative errno: the connection is of no use any more. */
int answer_send(const struct answer *answer, int socket, enum control_type type, uint32_t serial,
		int result);
void answer_done(struct answer *answer);

#endif
