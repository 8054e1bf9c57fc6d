/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables (tools/eslogger/field.h) of what messages have in common: the message itself,
 * processes, files, and the objects inside payloads. The payloads' own tables are in
 * payloads-kernel.c and payloads-programs.c.
 */
#include "tools/eslogger/field.h"

const struct field fields_stat[] = {
	FIELD(struct stat, st_dev),
	FIELD(struct stat, st_ino),
	FIELD(struct stat, st_mode),
	FIELD(struct stat, st_nlink),
	FIELD(struct stat, st_uid),
	FIELD(struct stat, st_gid),
	FIELD(struct stat, st_rdev),
	FIELD_NAMED(struct stat, st_atim, "st_atimespec"),
	FIELD_NAMED(struct stat, st_mtim, "st_mtimespec"),
	FIELD_NAMED(struct stat, st_ctim, "st_ctimespec"),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_EPOCH, "st_birthtimespec"),
	FIELD(struct stat, st_size),
	FIELD(struct stat, st_blocks),
	FIELD(struct stat, st_blksize),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_ZERO, "st_flags"),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_ZERO, "st_gen"),
	FIELDS_END,
};

const struct field fields_file[] = {
	FIELD(es_file_t, path),
	FIELD(es_file_t, path_truncated),
	FIELD(es_file_t, stat),
	FIELDS_END,
};

const struct field fields_process[] = {
	FIELD(es_process_t, audit_token),
	FIELD(es_process_t, ppid),
	FIELD(es_process_t, original_ppid),
	FIELD(es_process_t, group_id),
	FIELD(es_process_t, session_id),
	FIELD(es_process_t, codesigning_flags),
	FIELD(es_process_t, is_platform_binary),
	FIELD(es_process_t, is_es_client),
	FIELD_AS(FIELD_KIND_BYTES, es_process_t, cdhash, "cdhash", sizeof(es_cdhash_t)),
	FIELD_OPTIONAL_STRING(es_process_t, signing_id),
	FIELD_OPTIONAL_STRING(es_process_t, team_id),
	FIELD(es_process_t, executable),
	FIELD_SINCE(es_process_t, tty, 2),
	FIELD_SINCE(es_process_t, start_time, 3),
	FIELD_SINCE(es_process_t, responsible_audit_token, 4),
	FIELD_SINCE(es_process_t, parent_audit_token, 4),
	FIELD_SINCE(es_process_t, cs_validation_category, 10),
	FIELD_SINCE(es_process_t, cdhash_full, 11),
	FIELDS_END,
};

const struct field fields_thread[] = {
	FIELD(es_thread_t, thread_id),
	FIELDS_END,
};

/* The raw state is left out, as the original does. */
const struct field fields_thread_state[] = {
	FIELD(es_thread_state_t, flavor),
	FIELDS_END,
};

const struct field fields_statfs[] = {
	FIELD(es_statfs_t, f_bsize),
	FIELD(es_statfs_t, f_iosize),
	FIELD(es_statfs_t, f_blocks),
	FIELD(es_statfs_t, f_bfree),
	FIELD(es_statfs_t, f_bavail),
	FIELD(es_statfs_t, f_files),
	FIELD(es_statfs_t, f_ffree),
	FIELD_AS(FIELD_KIND_FSID, es_statfs_t, f_fsid, "f_fsid", 0),
	FIELD(es_statfs_t, f_owner),
	FIELD(es_statfs_t, f_type),
	FIELD(es_statfs_t, f_flags),
	FIELD(es_statfs_t, f_fssubtype),
	FIELD_AS(FIELD_KIND_TEXT, es_statfs_t, f_fstypename, "f_fstypename", MFSTYPENAMELEN),
	FIELD_AS(FIELD_KIND_TEXT, es_statfs_t, f_mntonname, "f_mntonname", MNAMELEN),
	FIELD_AS(FIELD_KIND_TEXT, es_statfs_t, f_mntfromname, "f_mntfromname", MNAMELEN),
	FIELD(es_statfs_t, f_flags_ext),
	FIELDS_END,
};

const struct field fields_attrlist[] = {
	FIELD(struct attrlist, bitmapcount), FIELD(struct attrlist, reserved),
	FIELD(struct attrlist, commonattr),  FIELD(struct attrlist, volattr),
	FIELD(struct attrlist, dirattr),     FIELD(struct attrlist, fileattr),
	FIELD(struct attrlist, forkattr),    FIELDS_END,
};

/* `pipe` is added for pipes alone: tools/eslogger/encode.c. */
const struct field fields_descriptor[] = {
	FIELD(es_fd_t, fd),
	FIELD(es_fd_t, fdtype),
	FIELDS_END,
};

const struct field fields_launch_item[] = {
	FIELD(es_btm_launch_item_t, item_type),
	FIELD(es_btm_launch_item_t, legacy),
	FIELD(es_btm_launch_item_t, managed),
	FIELD(es_btm_launch_item_t, uid),
	FIELD(es_btm_launch_item_t, item_url),
	FIELD_OPTIONAL_STRING(es_btm_launch_item_t, app_url),
	FIELDS_END,
};

const struct field fields_profile[] = {
	FIELD(es_profile_t, identifier),
	FIELD(es_profile_t, uuid),
	FIELD(es_profile_t, install_source),
	FIELD(es_profile_t, organization),
	FIELD(es_profile_t, display_name),
	FIELD(es_profile_t, scope),
	FIELDS_END,
};

const struct field fields_reject_info[] = {
	FIELD(es_sudo_reject_info_t, plugin_name),
	FIELD(es_sudo_reject_info_t, plugin_type),
	FIELD(es_sudo_reject_info_t, failure_message),
	FIELDS_END,
};

const struct field fields_signing_info[] = {
	FIELD_AS(FIELD_KIND_BYTES, es_signed_file_info_t, cdhash, "cdhash", sizeof(es_cdhash_t)),
	FIELD_OPTIONAL_STRING(es_signed_file_info_t, signing_id),
	FIELD_OPTIONAL_STRING(es_signed_file_info_t, team_id),
	FIELDS_END,
};

/* Data NULL, a fact that is not asked for, is null; an empty one stays a string. */
const struct field fields_code_requirement[] = {
	FIELD(es_lightweight_code_requirement_t, team_id),
	FIELD(es_lightweight_code_requirement_t, signing_id),
	FIELDS_END,
};

/* By es_od_member_type_t: a name, or the UUID of a user or a group. */
static const struct field member_arms[] = {
	FIELD_NAMED(es_od_member_id_t, member_value.name, "name"),
	FIELD_AS(FIELD_KIND_UUID, es_od_member_id_t, member_value.uuid, "uuid", 0),
	FIELD_AS(FIELD_KIND_UUID, es_od_member_id_t, member_value.uuid, "uuid", 0),
	FIELDS_END,
};

const struct field fields_member[] = {
	FIELD(es_od_member_id_t, member_type),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "member_value", es_od_member_id_t, member_type,
		     member_arms),
	FIELDS_END,
};

static const struct field name_element[] = {{.kind = FIELD_KIND_STRING}, FIELDS_END};
static const struct field uuid_element[] = {{.kind = FIELD_KIND_UUID}, FIELDS_END};

#define MEMBER_ARRAY(name, element)                                                        \
	{                                                                                  \
		FIELD_KEY(#name), FIELD_AT(es_od_member_id_array_t, member_array.name),    \
			.kind = FIELD_KIND_ARRAY,                                          \
			.selector = offsetof(es_od_member_id_array_t, member_count),       \
			.stride = sizeof(                                                  \
				*FIELD_VALUE(es_od_member_id_array_t, member_array.name)), \
			.fields = (element),                                               \
	}
static const struct field members_arms[] = {
	MEMBER_ARRAY(names, name_element),
	MEMBER_ARRAY(uuids, uuid_element),
	MEMBER_ARRAY(uuids, uuid_element),
	FIELDS_END,
};

const struct field fields_members[] = {
	FIELD(es_od_member_id_array_t, member_type),
	FIELD(es_od_member_id_array_t, member_count),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "member_array", es_od_member_id_array_t, member_type,
		     members_arms),
	FIELDS_END,
};

const struct field fields_authentication_od[] = {
	FIELD(es_event_authentication_od_t, instigator),
	FIELD(es_event_authentication_od_t, record_type),
	FIELD(es_event_authentication_od_t, record_name),
	FIELD(es_event_authentication_od_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_authentication_od_t, db_path),
	FIELD_SINCE(es_event_authentication_od_t, instigator_token, 8),
	FIELDS_END,
};

static const struct field touchid_uid_arms[] = {
	FIELD_NO_ARM,
	FIELD_NAMED(es_event_authentication_touchid_t, uid.uid, "uid"),
	FIELDS_END,
};

const struct field fields_authentication_touchid[] = {
	FIELD(es_event_authentication_touchid_t, instigator),
	FIELD(es_event_authentication_touchid_t, touchid_mode),
	FIELD(es_event_authentication_touchid_t, has_uid),
	FIELD_CHOICE(FIELD_KIND_CHOICE_IF, "uid", es_event_authentication_touchid_t, has_uid,
		     touchid_uid_arms),
	FIELD_SINCE(es_event_authentication_touchid_t, instigator_token, 8),
	FIELDS_END,
};

const struct field fields_authentication_token[] = {
	FIELD(es_event_authentication_token_t, instigator),
	FIELD(es_event_authentication_token_t, pubkey_hash),
	FIELD(es_event_authentication_token_t, token_id),
	FIELD_OPTIONAL_STRING(es_event_authentication_token_t, kerberos_principal),
	FIELD_SINCE(es_event_authentication_token_t, instigator_token, 8),
	FIELDS_END,
};

const struct field fields_authentication_auto_unlock[] = {
	FIELD(es_event_authentication_auto_unlock_t, username),
	FIELD(es_event_authentication_auto_unlock_t, type),
	FIELDS_END,
};

const struct field fields_message[] = {
	FIELD_WITHOUT_OFFSET(FIELD_KIND_SCHEMA_VERSION, "schema_version"),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_VERSION, "version"),
	FIELD(es_message_t, time),
	FIELD(es_message_t, mach_time),
	FIELD(es_message_t, event_type),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_EVENT, "event"),
	FIELD(es_message_t, action_type),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_ACTION, "action"),
	FIELD(es_message_t, process),
	FIELD_SINCE(es_message_t, thread, 4),
	FIELD_SINCE(es_message_t, seq_num, 2),
	FIELD_SINCE(es_message_t, global_seq_num, 4),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_LINUX, "linux"),
	FIELDS_END,
};
