/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of a fanotify group that reports names: lengths within lengths.
 */
#include "daemon/engine/fanotify/names.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static void inside(const unsigned char *first, size_t size, const struct name_place *place)
{
	const unsigned char *handle = place->handle;
	const unsigned char *name = (const unsigned char *)place->name;

	if (handle)
		WANT(handle >= first && handle + place->handle_size <= first + size);
	if (name)
		WANT(name >= first && name + place->name_length < first + size &&
		     name[place->name_length] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);
	size_t at = 0;

	WANT(copy);
	memcpy(copy, bytes, size);
	while (at < size) {
		struct name_event event;
		ssize_t length = name_event_parse(copy + at, size - at, &event);

		WANT(length == -EBADMSG || (length > 0 && (size_t)length <= size - at));
		if (length < 0)
			break;
		inside(copy + at, (size_t)length, &event.file);
		inside(copy + at, (size_t)length, &event.directory);
		inside(copy + at, (size_t)length, &event.to);
		at += (size_t)length;
	}
	free(copy);
	return 0;
}
