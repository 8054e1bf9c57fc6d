/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of fanotify's events each event of ours is made from. Some are there to tell others apart:
 * an open beside a modification tells O_TRUNC from truncate(2), and what was seen at an open is
 * what a later change of attributes is compared with.
 */
#include "daemon/engine/fanotify/abilities.h"
#include "daemon/engine/fanotify/watch.h"

#include <sys/fanotify.h>

static const struct row {
	uint16_t event;
	struct watch_masks masks;
} rows[] = {
	{EVENT_AUTH_OPEN, {.permission = FAN_OPEN_PERM | FAN_ONDIR}},
	{EVENT_AUTH_EXEC, {.permission = FAN_OPEN_EXEC_PERM}},
	{EVENT_AUTH_READDIR,
	 {.permission = FAN_ACCESS_PERM | FAN_ONDIR, .permission_ignore = FAN_ACCESS_PERM}},
	{EVENT_NOTIFY_OPEN, {.name = FAN_OPEN | FAN_ONDIR}},
	{EVENT_NOTIFY_CLOSE, {.name = FAN_CLOSE | FAN_MODIFY | FAN_ONDIR}},
	{EVENT_NOTIFY_CREATE, {.name = FAN_CREATE | FAN_ONDIR}},
	{EVENT_NOTIFY_LINK, {.name = FAN_CREATE | FAN_ONDIR}},
	{EVENT_NOTIFY_UNLINK, {.name = FAN_DELETE | FAN_ONDIR}},
	{EVENT_NOTIFY_RENAME, {.name = FAN_RENAME | FAN_ONDIR}},
	{EVENT_NOTIFY_WRITE, {.name = FAN_MODIFY}},
	{EVENT_NOTIFY_TRUNCATE, {.name = FAN_MODIFY | FAN_OPEN | FAN_CREATE}},
	{EVENT_NOTIFY_SETMODE, {.name = FAN_ATTRIB | FAN_OPEN | FAN_CREATE | FAN_ONDIR}},
	{EVENT_NOTIFY_SETOWNER, {.name = FAN_ATTRIB | FAN_OPEN | FAN_CREATE | FAN_ONDIR}},
	{EVENT_NOTIFY_UTIMES,
	 {.name = FAN_ATTRIB | FAN_OPEN | FAN_CREATE | FAN_MODIFY | FAN_ONDIR}},
	{EVENT_NOTIFY_READDIR, {.name = FAN_ACCESS | FAN_ONDIR, .name_ignore = FAN_ACCESS}},
};

struct watch_masks watch_masks_of(const struct event_set *events)
{
	struct watch_masks masks = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!event_set_has(events, rows[i].event))
			continue;
		masks.permission |= rows[i].masks.permission;
		masks.permission_ignore |= rows[i].masks.permission_ignore;
		masks.name |= rows[i].masks.name;
		masks.name_ignore |= rows[i].masks.name_ignore;
	}
	return masks;
}
