/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind the fixed part of a record: for each event the fields of its es_event_*_t,
 * with the API's own names, as F(kind, name). One list makes both the struct an engine fills
 * (struct payload_open) and, in library/message/, the code that reads it.
 *
 * Kinds are the record_* structs below; optional_ says that the API's pointer may be NULL. Every
 * kind is a multiple of 8 bytes, so no payload has padding. Arrays: of record_string unless a
 * comment says more.
 *
 * Pure: compiles as BPF and as C.
 */
#ifndef SLUICE_WIRE_PAYLOAD_H
#define SLUICE_WIRE_PAYLOAD_H

#include "wire/events.h"
#include "wire/payload.def"
#include "wire/record.h"

/* The API's pointer may be NULL; on the wire the flag PRESENT tells. */
#define record_optional_file	record_file
#define record_optional_process record_process

/* The same on the wire, another thing in the API. */
#define record_listed	record_array /* read by functions of its own: es_exec_arg and its kin */
#define record_replaced record_destination /* without a mode */
#define record_member	record_members /* just one */

struct record_optional_token {
	__u64 present;
	struct record_token token;
};

/* has_X and X of the API. */
struct record_optional_id {
	__u32 present;
	__u32 id;
};

/* The union of create and rename: existing_file, or dir with filename (and mode, for create). */
struct record_destination {
	__u32 type; /* es_destination_type_t: 0 existing file, 1 new path */
	__u32 mode;
	struct record_string filename;
	struct record_file file; /* the existing file, or the directory */
};

struct record_statfs {
	__u64 block_size;
	__u64 blocks;
	__u64 blocks_free;
	__u64 blocks_available;
	__u64 files;
	__u64 files_free;
	__u64 fsid;
	__u32 owner;
	__u32 type;
	__u32 flags;
	__u32 subtype;
	struct record_string type_name;
	struct record_string mounted_on;
	struct record_string mounted_from;
};

struct record_attrlist {
	__u32 bitmapcount;
	__u32 commonattr;
	__u32 volattr;
	__u32 dirattr;
	__u32 fileattr;
	__u32 forkattr;
};

/* An element of exec's fds. */
struct record_descriptor {
	__s32 fd;
	__u32 fdtype; /* PROX_FDTYPE_* */
	__u64 pipe_id;
};

struct record_thread_state {
	__u32 present;
	__s32 flavor;
	struct record_array state; /* of bytes */
};

/* The four arms of es_event_authentication_t; the event's type says which. */
struct record_authentication {
	struct record_process instigator;
	struct record_token instigator_token;
	struct record_string texts[4]; /* od: record_type, record_name, node_name, db_path;
					  token: pubkey_hash, token_id, kerberos_principal;
					  auto_unlock: username */
	struct record_optional_id uid; /* touchid */
	__s64 number; /* touchid: mode; auto_unlock: type */
};

struct record_launch_item {
	__u32 item_type;
	__u32 legacy;
	__u32 managed;
	__u32 uid;
	struct record_string item_url;
	struct record_string app_url;
};

struct record_profile {
	struct record_string identifier;
	struct record_string uuid;
	__s64 install_source;
	struct record_string organization;
	struct record_string display_name;
	struct record_string scope;
};

/* An element of authorization_judgement's results. */
struct record_authorization_result {
	struct record_string right_name;
	__u32 rule_class;
	__u32 granted;
};

struct record_reject_info {
	__u32 present;
	__u32 plugin_type;
	struct record_string plugin_name;
	struct record_string failure_message;
};

/* One member (od_group_add, _remove: count 1) or several (od_group_set). */
struct record_members {
	__u32 member_type;
	__u32 reserved;
	struct record_array names; /* of record_string, for names */
	struct record_array uuids; /* of 16 bytes, for UUIDs */
};

struct record_signing_info {
	__u64 present;
	struct record_array cdhash; /* of bytes */
	struct record_string signing_id;
	struct record_string team_id;
};

struct record_code_requirement {
	__u64 present;
	struct record_string team_id;
	struct record_string signing_id;
};

/* One struct for each list; both forms of an event share it. */
#define PAYLOAD_FIELD(kind, name) struct record_##kind name;
#define PAYLOAD_STRUCT(member)                  \
	struct payload_##member {               \
		PAYLOAD_##member(PAYLOAD_FIELD) \
	};
PAYLOAD_LISTS(PAYLOAD_STRUCT)
#undef PAYLOAD_STRUCT
#undef PAYLOAD_FIELD

#endif
