/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes records (wire/builder.h). Writes only into the buffer it was given and hands on offsets
 * into it. The builder keeps one rule: `used` is always a multiple of 8 where an array or the end
 * may stand.
 */
#include "wire/builder.h"
#include "wire/cursor.h"
#include "wire/events.h"

#include <errno.h>
#include <string.h>

static size_t aligned(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

void *builder_begin(struct builder *builder, void *buffer, size_t capacity, unsigned int event)
{
	size_t fixed = sizeof(struct record) + payload_size(event);

	if (event >= EVENT_LAST || capacity < fixed || (size_t)buffer % 8)
		return NULL;
	if (capacity > RECORD_SIZE_MAX)
		capacity = RECORD_SIZE_MAX;
	memset(buffer, 0, fixed);
	builder->record = buffer;
	builder->capacity = capacity & ~(size_t)7;
	builder->used = fixed;
	builder->overflow = 0;
	builder->record->version = RECORD_VERSION;
	builder->record->event = (__u16)event;
	return builder->record + 1;
}

size_t builder_room(const struct builder *builder)
{
	return builder->capacity - aligned(builder->used);
}

struct record_string builder_string(struct builder *builder, const char *text, size_t length)
{
	struct record_string string = {0};
	char *place = (char *)builder->record + builder->used;

	if (builder->capacity - builder->used <= length) {
		builder->overflow = 1;
		return string;
	}
	memcpy(place, text, length);
	place[length] = '\0';
	string.offset = (__u32)builder->used;
	string.length = (__u32)length;
	builder->used += length + 1;
	return string;
}

void *builder_array(struct builder *builder, size_t count, size_t element_size,
		    struct record_array *ret_array)
{
	size_t start = aligned(builder->used);
	void *place = (char *)builder->record + start;

	*ret_array = (struct record_array){0};
	if (count == 0)
		return NULL;
	if (start > builder->capacity || count > (builder->capacity - start) / element_size) {
		builder->overflow = 1;
		return NULL;
	}
	/* The gap before an array is part of the record: no byte of it may be anything but written.
	 */
	memset((char *)builder->record + builder->used, 0, start - builder->used);
	memset(place, 0, count * element_size);
	ret_array->offset = (__u32)start;
	ret_array->count = (__u32)count;
	builder->used = start + count * element_size;
	return place;
}

int builder_finish(struct builder *builder)
{
	size_t end = aligned(builder->used);

	memset((char *)builder->record + builder->used, 0, end - builder->used);
	builder->used = end;
	builder->record->size = (__u32)end;
	return builder->overflow ? -ENOBUFS : 0;
}
