/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a record in a buffer of the caller's: begin, fill the fixed fields, append strings and
 * arrays, finish. What does not fit is left out and remembered, so that no step needs a check of
 * its own: builder_finish says at the end whether something was lost.
 *
 * Pure: no I/O, no allocation. One thread at a time.
 */
#ifndef SLUICE_WIRE_BUILDER_H
#define SLUICE_WIRE_BUILDER_H

#include "wire/record.h"

#include <stddef.h>

struct builder {
	struct record *record; /* the first byte of the buffer */
	size_t capacity;
	size_t used;
	_Bool overflow;
};

/*
 * Starts a record of this event in buffer (8-aligned, at least RECORD_SIZE_MAX bytes to hold any
 * record): the fixed part and the event's payload are zeroed. Returns the payload, NULL if the
 * buffer is too small or the event unknown.
 */
void *builder_begin(struct builder *builder, void *buffer, size_t capacity, unsigned int event);

/* Appends text[0..length) and a NUL. Without room the result is absent and the record marked. */
struct record_string builder_string(struct builder *builder, const char *text, size_t length);

/* Room for count elements, zeroed, 8-aligned; NULL without room (ret_array is then empty). */
void *builder_array(struct builder *builder, size_t count, size_t element_size,
		    struct record_array *ret_array);

/* Bytes still free. */
size_t builder_room(const struct builder *builder);

/* Writes the size into the record. 0, or -ENOBUFS if something did not fit (the record is still
 * whole). */
int builder_finish(struct builder *builder);

#endif
