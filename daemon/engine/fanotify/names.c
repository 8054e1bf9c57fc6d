/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes apart the events of a fanotify group that reports file handles and names: a fixed part,
 * then a chain of records, each with its own length. Every length is checked against what is there;
 * records of unknown kinds are passed over.
 */
#include "daemon/engine/fanotify/names.h"

#include <errno.h>
#include <string.h>
#include <sys/fanotify.h>

struct handle_head {
	uint32_t bytes;
	int32_t type;
};

/* fsid, handle and, where there is one, the name behind it. */
static int parse_place(const unsigned char *at, size_t size, struct name_place *ret_place)
{
	struct name_place place = {0};
	struct handle_head head;
	size_t fixed = sizeof(place.fsid) + sizeof(head);
	size_t rest;

	if (size < fixed)
		return -EBADMSG;
	memcpy(&place.fsid, at, sizeof(place.fsid));
	memcpy(&head, at + sizeof(place.fsid), sizeof(head));
	if (head.bytes > NAMES_HANDLE_MAX || head.bytes > size - fixed)
		return -EBADMSG;
	/* A handle of no bytes stands for a file without one. */
	if (head.bytes > 0) {
		place.handle = at + sizeof(place.fsid);
		place.handle_size = sizeof(head) + head.bytes;
	}
	rest = size - fixed - head.bytes;
	place.name = rest ? (const char *)at + fixed + head.bytes : NULL;
	if (place.name) {
		const char *end = memchr(place.name, '\0', rest);

		if (!end)
			return -EBADMSG;
		place.name_length = (size_t)(end - place.name);
	}
	*ret_place = place;
	return 0;
}

static int parse_record(const unsigned char *at, size_t size, unsigned int type,
			struct name_event *event)
{
	struct name_place *place = NULL;
	struct name_place found;
	int32_t pidfd;

	if (type == FAN_EVENT_INFO_TYPE_PIDFD) {
		if (size < sizeof(pidfd))
			return -EBADMSG;
		memcpy(&pidfd, at, sizeof(pidfd));
		event->pidfd = pidfd;
		return 0;
	}
	if (type == FAN_EVENT_INFO_TYPE_FID)
		place = &event->file;
	else if (type == FAN_EVENT_INFO_TYPE_DFID_NAME || type == FAN_EVENT_INFO_TYPE_DFID ||
		 type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME)
		place = &event->directory;
	else if (type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME)
		place = &event->to;
	if (!place)
		return 0;
	if (parse_place(at, size, &found) < 0)
		return -EBADMSG;
	/* Padding behind a handle is no name. */
	if (type == FAN_EVENT_INFO_TYPE_FID || type == FAN_EVENT_INFO_TYPE_DFID) {
		found.name = NULL;
		found.name_length = 0;
	}
	*place = found;
	return 0;
}

ssize_t name_event_parse(const void *bytes, size_t size, struct name_event *ret_event)
{
	struct name_event event = {.pidfd = FAN_NOPIDFD};
	struct fanotify_event_metadata head;
	struct fanotify_event_info_header info;
	const unsigned char *first = bytes;
	size_t at;

	if (size < sizeof(head))
		return -EBADMSG;
	memcpy(&head, bytes, sizeof(head));
	if (head.vers != FANOTIFY_METADATA_VERSION || head.event_len < sizeof(head) ||
	    head.event_len > size || head.metadata_len < sizeof(head) ||
	    head.metadata_len > head.event_len)
		return -EBADMSG;
	event.mask = head.mask;
	event.pid = head.pid;
	for (at = head.metadata_len; at + sizeof(info) <= head.event_len; at += info.len) {
		memcpy(&info, first + at, sizeof(info));
		if (info.len < sizeof(info) || info.len > head.event_len - at)
			return -EBADMSG;
		if (parse_record(first + at + sizeof(info), info.len - sizeof(info), info.info_type,
				 &event) < 0)
			return -EBADMSG;
	}
	*ret_event = event;
	return head.event_len;
}
