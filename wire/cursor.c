/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded cursor over a record (wire/cursor.h). Owns nothing: the bytes stay the caller's.
 * Hands on only what lies inside the record whole.
 */
#include "wire/cursor.h"
#include "wire/payload.h"

#include <errno.h>

static const __u32 payload_sizes[EVENT_LAST] = {
#define PAYLOAD_SIZE(number, constant, action, member, cache, targets) \
	[number] = sizeof(struct payload_##member),
	WIRE_EVENTS(PAYLOAD_SIZE)
#undef PAYLOAD_SIZE
};

size_t payload_size(unsigned int event)
{
	return event < EVENT_LAST ? payload_sizes[event] : 0;
}

int cursor_init(struct cursor *ret_cursor, const void *bytes, size_t size)
{
	const struct record *record = bytes;

	if (size < sizeof(*record) || size % 8 || size > RECORD_SIZE_MAX || (size_t)bytes % 8)
		return -EBADMSG;
	if (record->size != size)
		return -EBADMSG;
	if (record->version != RECORD_VERSION)
		return -EPROTONOSUPPORT;
	if (record->event >= EVENT_LAST)
		return -EBADMSG;
	if (size - sizeof(*record) < payload_sizes[record->event])
		return -EBADMSG;
	ret_cursor->bytes = bytes;
	ret_cursor->size = size;
	return 0;
}

const void *cursor_run(const struct cursor *cursor, __u32 offset, __u64 length, __u32 alignment)
{
	if (offset < sizeof(struct record) || offset % alignment)
		return NULL;
	if (offset > cursor->size || length > cursor->size - offset)
		return NULL;
	return cursor->bytes + offset;
}

int cursor_string(const struct cursor *cursor, const struct record_string *string,
		  const char **ret_data)
{
	const char *data;

	if (string->offset == 0) {
		if (string->length)
			return -EBADMSG;
		*ret_data = NULL;
		return 0;
	}
	data = cursor_run(cursor, string->offset, (__u64)string->length + 1, 1);
	if (!data || data[string->length] != '\0')
		return -EBADMSG;
	*ret_data = data;
	return 0;
}

int cursor_array(const struct cursor *cursor, const struct record_array *array, size_t element_size,
		 const void **ret_elements)
{
	const void *elements;

	if (array->offset == 0 || array->count == 0) {
		if (array->count)
			return -EBADMSG;
		*ret_elements = NULL;
		return 0;
	}
	elements = cursor_run(cursor, array->offset, (__u64)array->count * element_size, 8);
	if (!elements)
		return -EBADMSG;
	*ret_elements = elements;
	return 0;
}
