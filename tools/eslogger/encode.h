/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message as one line of JSON: walks the tables of tools/eslogger/field.h over the message and
 * writes into the encoder's buffer.
 */
#ifndef SLUICE_TOOLS_ESLOGGER_ENCODE_H
#define SLUICE_TOOLS_ESLOGGER_ENCODE_H

#include "tools/eslogger/field.h"
#include "tools/eslogger/json.h"

#include <EndpointSecurity/EndpointSecurity.h>

struct event;

/*
 * The two encodings of audit_token_t: eight numbers, as from message version 10, or names and
 * numbers, as before it. With the latter the message is written as one of version 9.
 */
enum encode_tokens { ENCODE_TOKENS_ARRAY, ENCODE_TOKENS_OBJECT };

enum { ENCODE_SCHEMA_VERSION = 1, ENCODE_ARRAY_VERSION = 10 };

struct encoder {
	struct json json;
	enum encode_tokens tokens;
	/* The rest belongs to the message being encoded. */
	const es_message_t *message;
	const struct event *event;
	const void *payload;
	uint32_t version;
	uint64_t dropped;
};

/* The buffer stays the caller's and must live as long as the encoder. */
void encoder_init(struct encoder *encoder, enum encode_tokens tokens, char *buffer,
		  size_t capacity);

/*
 * Appends the message's line, with its newline. `dropped`: messages lost so far. Returns false, and
 * leaves the buffer as it was, if there is no room for it.
 */
bool encode_message(struct encoder *encoder, const es_message_t *message, uint64_t dropped);

/* The object of `fields` at `base`: what encode.c and encode-linux.c share. */
void encode_object(struct encoder *encoder, const struct field *fields, const char *base);
/* The value of the key "linux": what macOS has no word for. */
void encode_linux(struct encoder *encoder);

#endif
