/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded cursor every reader of a record goes through. Nothing of a record is believed before
 * it was checked here: offsets, lengths, alignment, the NUL behind each string.
 *
 * Pure: no I/O, no allocation.
 */
#ifndef SLUICE_WIRE_CURSOR_H
#define SLUICE_WIRE_CURSOR_H

#include "wire/record.h"

#include <stddef.h>

/* Bytes of the event's payload, which stands right behind struct record; 0 for an unknown event. */
size_t payload_size(unsigned int event);

struct cursor {
	const unsigned char *bytes; /* the record's first byte */
	size_t size;
};

/*
 * Checks the fixed part of the record in bytes[0..size): its own size, version, event and that the
 * payload of its event fits. Returns 0, or -EBADMSG (malformed), -EPROTONOSUPPORT (another
 * version).
 */
int cursor_init(struct cursor *ret_cursor, const void *bytes, size_t size);

/* The run [offset, offset + length) of the record, or NULL if it is not all inside or not on
 * `alignment`. */
const void *cursor_run(const struct cursor *cursor, __u32 offset, __u64 length, __u32 alignment);

/* A string. Absent: *ret_data is NULL. Returns 0 or -EBADMSG. */
int cursor_string(const struct cursor *cursor, const struct record_string *string,
		  const char **ret_data);

/* An array of elements of element_size bytes, on a multiple of 8. Absent or empty: NULL. 0 or
 * -EBADMSG. */
int cursor_array(const struct cursor *cursor, const struct record_array *array, size_t element_size,
		 const void **ret_elements);

#endif
