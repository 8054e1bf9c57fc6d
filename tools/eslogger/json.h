/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON text into one fixed buffer, fast: no allocation, no formatting functions. It knows
 * values, not structure: the caller writes the braces and commas, with json_raw.
 *
 * What does not fit is left out and remembered in `overflow`, so that no step needs a check of its
 * own; the caller looks at the end of a line and takes the line back if something is missing.
 */
#ifndef SLUICE_TOOLS_ESLOGGER_JSON_H
#define SLUICE_TOOLS_ESLOGGER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char *data; /* the caller's, capacity bytes */
	size_t used;
	size_t capacity;
	bool overflow;
	int64_t day; /* whose date is below; times of one day follow each other */
	char date[11]; /* "2026-01-31T"; made for `day` */
};

enum { JSON_MICROSECONDS = 6, JSON_NANOSECONDS = 9 };

/* data stays the caller's and must live as long as the writer. */
void json_init(struct json *json, char *data, size_t capacity);

/* Text that is JSON already. */
void json_raw(struct json *json, const char *text, size_t length);
#define json_literal(json, text) json_raw(json, "" text, sizeof(text) - 1)

void json_unsigned(struct json *json, uint64_t number);
void json_signed(struct json *json, int64_t number);
void json_boolean(struct json *json, bool value);
void json_null(struct json *json);

/*
 * A string of `length` bytes, with its quotes. A slash becomes \/, as the original writes it. Each
 * byte that belongs to no valid UTF-8 sequence becomes one U+FFFD.
 */
void json_string(struct json *json, const char *text, size_t length);

/* Upper-case hexadecimal digits, two a byte, as a string. */
void json_hexadecimal(struct json *json, const uint8_t *bytes, size_t size);
/* 16 bytes as a UUID's text, upper case. */
void json_uuid(struct json *json, const uint8_t bytes[16]);

/*
 * RFC 3339 in UTC, with exactly `digits` digits of `fraction` (JSON_MICROSECONDS,
 * JSON_NANOSECONDS). Years outside 0 to 9999 are cut to these.
 */
void json_time(struct json *json, int64_t seconds, int64_t fraction, unsigned int digits);

#endif
