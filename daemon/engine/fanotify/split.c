/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which the events of a merged mask are told. The kernel keeps none: the order here is
 * that of a file's life.
 */
#include "daemon/engine/fanotify/split.h"

#include <sys/fanotify.h>

size_t split_mask(uint64_t mask, uint64_t ret_events[SPLIT_MAX])
{
	static const uint64_t order[SPLIT_MAX] = {
		FAN_CREATE, FAN_OPEN,	     FAN_ACCESS,	FAN_MODIFY, FAN_ATTRIB,
		FAN_RENAME, FAN_CLOSE_WRITE, FAN_CLOSE_NOWRITE, FAN_DELETE,
	};
	size_t count = 0;

	for (size_t i = 0; i < SPLIT_MAX; i++)
		if (mask & order[i])
			ret_events[count++] = order[i];
	return count;
}
