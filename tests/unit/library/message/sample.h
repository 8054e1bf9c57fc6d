/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of every event type, every field filled with something that its name foretells; and a
 * walk through a message that reads everything it points to. Both are made of wire/payload.def, so
 * a new field is tested by being listed.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_MESSAGE_SAMPLE_H
#define SLUICE_TESTS_UNIT_LIBRARY_MESSAGE_SAMPLE_H

#include "wire/payload.h"

#include <EndpointSecurity/ESLinux.h>
#include <EndpointSecurity/EndpointSecurity.h>
#include <stddef.h>

enum {
	SAMPLE_QUESTION = 0x1234,
	SAMPLE_SEQUENCE = 77,
	SAMPLE_DEADLINE = 30000,
	SAMPLE_BUFFER = 64 * 1024, /* holds each of them */
};

/* What the fields called `name` hold. */
#define SAMPLE_NUMBER(name) ((long long)(sizeof(name) % 2 + 1))
#define SAMPLE_WORD(name)   ((__u32)(sizeof(name) + (unsigned char)(name)[0]))

/* Makes the record of an event in buffer[0..SAMPLE_BUFFER), 8-aligned. Returns its size. */
size_t sample_record(void *buffer, unsigned int event);

/* Reads everything the message points to. The sum is of no meaning but that it needs it all. */
unsigned long sample_touch(const es_message_t *message);

#endif
