/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How mutes are set and listed over the control protocol (wire/control.h).
 *
 * Pure: no I/O, no allocation.
 */
#ifndef SLUICE_WIRE_MUTE_H
#define SLUICE_WIRE_MUTE_H

#include "wire/events.h"
#include "wire/record.h"

enum control_mute_operation {
	CONTROL_MUTE_ADD,
	CONTROL_MUTE_REMOVE,
	CONTROL_MUTE_CLEAR, /* every path of the kind's family (executable or target); kind PREFIX
			       or TARGET_PREFIX */
	CONTROL_MUTE_INVERT, /* kind is then a control_mute_dimension */
};
/* The first four are es_mute_path_type_t. */
enum control_mute_kind {
	CONTROL_MUTE_PREFIX,
	CONTROL_MUTE_LITERAL,
	CONTROL_MUTE_TARGET_PREFIX,
	CONTROL_MUTE_TARGET_LITERAL,
	CONTROL_MUTE_PROCESS,
	/* Hard mutes, an administrator's: no inversion touches them, and the API does not list
	 * them. */
	CONTROL_MUTE_CGROUP, /* path: of a control group, and what is below it */
	CONTROL_MUTE_TREE, /* token: a process and all that descend from it, now and later */
	CONTROL_MUTE_KIND_LAST,
};
/* es_mute_inversion_type_t. */
enum control_mute_dimension {
	CONTROL_MUTE_DIMENSION_PROCESS,
	CONTROL_MUTE_DIMENSION_PATH,
	CONTROL_MUTE_DIMENSION_TARGET_PATH,
	CONTROL_MUTE_DIMENSION_LAST,
};
struct control_mute {
	__u32 operation;
	__u32 kind;
	struct event_set events; /* every event the call means: the library fills in "all" */
	struct record_token token;
	__u64 client_id; /* CONTROL_CLIENT_MUTE only */
	__u32 path_length; /* bytes that follow, without NUL */
	__u32 subtree; /* of a tree; the daemon's own to fill in */
};

/* One entry in the memfd of CONTROL_MUTES; path_length bytes follow, padded with zeros to 8. */
struct control_mute_entry {
	__u32 size; /* of the entry with its path and padding */
	__u32 kind;
	struct event_set events;
	struct record_token token;
	__u32 path_length;
	__u32 reserved;
};

_Static_assert(sizeof(struct control_mute) == 80, "layout");
_Static_assert(sizeof(struct control_mute_entry) == 72, "layout");

#endif
