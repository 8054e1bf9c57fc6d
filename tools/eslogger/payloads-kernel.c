/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payloads of events that the kernel sees, a table each and a row a
 * field (tools/eslogger/field.h), in the order of <EndpointSecurity/ESMessage.h>. Owns nothing;
 * tools/eslogger/events.c names the tables.
 */
#include "tools/eslogger/payloads.h"

const struct field payload_fields_exec[] = {
	FIELD(es_event_exec_t, target),
	FIELD_SINCE(es_event_exec_t, dyld_exec_path, 7),
	FIELD_SINCE(es_event_exec_t, script, 2),
	FIELD_SINCE(es_event_exec_t, cwd, 3),
	FIELD_SINCE(es_event_exec_t, last_fd, 4),
	FIELD_SINCE(es_event_exec_t, image_cputype, 6),
	FIELD_SINCE(es_event_exec_t, image_cpusubtype, 6),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_EXEC_ARGUMENTS, "args"),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_EXEC_ENVIRONMENT, "env"),
	FIELD_WITHOUT_OFFSET(FIELD_KIND_EXEC_DESCRIPTORS, "fds"),
	FIELDS_END,
};

const struct field payload_fields_fork[] = {
	FIELD(es_event_fork_t, child),
	FIELDS_END,
};

const struct field payload_fields_exit[] = {
	FIELD(es_event_exit_t, stat),
	FIELDS_END,
};

const struct field payload_fields_cs_invalidated[] = {
	FIELDS_END,
};

const struct field payload_fields_signal[] = {
	FIELD(es_event_signal_t, sig),
	FIELD(es_event_signal_t, target),
	FIELD_SINCE(es_event_signal_t, instigator, 9),
	FIELDS_END,
};

const struct field payload_fields_trace[] = {
	FIELD(es_event_trace_t, target),
	FIELDS_END,
};

const struct field payload_fields_get_task[] = {
	FIELD(es_event_get_task_t, target),
	FIELD_SINCE(es_event_get_task_t, type, 5),
	FIELDS_END,
};

const struct field payload_fields_get_task_read[] = {
	FIELD(es_event_get_task_read_t, target),
	FIELD_SINCE(es_event_get_task_read_t, type, 5),
	FIELDS_END,
};

const struct field payload_fields_get_task_inspect[] = {
	FIELD(es_event_get_task_inspect_t, target),
	FIELD_SINCE(es_event_get_task_inspect_t, type, 5),
	FIELDS_END,
};

const struct field payload_fields_get_task_name[] = {
	FIELD(es_event_get_task_name_t, target),
	FIELD_SINCE(es_event_get_task_name_t, type, 5),
	FIELDS_END,
};

const struct field payload_fields_proc_check[] = {
	FIELD(es_event_proc_check_t, target),
	FIELD(es_event_proc_check_t, type),
	FIELD(es_event_proc_check_t, flavor),
	FIELDS_END,
};

const struct field payload_fields_proc_suspend_resume[] = {
	FIELD(es_event_proc_suspend_resume_t, target),
	FIELD(es_event_proc_suspend_resume_t, type),
	FIELDS_END,
};

const struct field payload_fields_remote_thread_create[] = {
	FIELD(es_event_remote_thread_create_t, target),
	FIELD(es_event_remote_thread_create_t, thread_state),
	FIELDS_END,
};

const struct field payload_fields_setuid[] = {
	FIELD(es_event_setuid_t, uid),
	FIELDS_END,
};

const struct field payload_fields_setgid[] = {
	FIELD(es_event_setgid_t, gid),
	FIELDS_END,
};

const struct field payload_fields_seteuid[] = {
	FIELD(es_event_seteuid_t, euid),
	FIELDS_END,
};

const struct field payload_fields_setegid[] = {
	FIELD(es_event_setegid_t, egid),
	FIELDS_END,
};

const struct field payload_fields_setreuid[] = {
	FIELD(es_event_setreuid_t, ruid),
	FIELD(es_event_setreuid_t, euid),
	FIELDS_END,
};

const struct field payload_fields_setregid[] = {
	FIELD(es_event_setregid_t, rgid),
	FIELD(es_event_setregid_t, egid),
	FIELDS_END,
};

const struct field payload_fields_open[] = {
	FIELD(es_event_open_t, fflag),
	FIELD(es_event_open_t, file),
	FIELDS_END,
};

const struct field payload_fields_close[] = {
	FIELD(es_event_close_t, modified),
	FIELD(es_event_close_t, target),
	FIELD_SINCE(es_event_close_t, was_mapped_writable, 6),
	FIELDS_END,
};

static const struct field create_new_path[] = {
	FIELD_NAMED(es_event_create_t, destination.new_path.dir, "dir"),
	FIELD_NAMED(es_event_create_t, destination.new_path.filename, "filename"),
	FIELD_NAMED(es_event_create_t, destination.new_path.mode, "mode"),
	FIELDS_END,
};

static const struct field create_arms[] = {
	FIELD_NAMED(es_event_create_t, destination.existing_file, "existing_file"),
	FIELD_GROUP("new_path", create_new_path),
	FIELDS_END,
};

const struct field payload_fields_create[] = {
	FIELD(es_event_create_t, destination_type),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "destination", es_event_create_t, destination_type,
		     create_arms),
	FIELD_SINCE(es_event_create_t, acl, 2),
	FIELDS_END,
};

const struct field payload_fields_write[] = {
	FIELD(es_event_write_t, target),
	FIELDS_END,
};

const struct field payload_fields_truncate[] = {
	FIELD(es_event_truncate_t, target),
	FIELDS_END,
};

const struct field payload_fields_mmap[] = {
	FIELD(es_event_mmap_t, protection), FIELD(es_event_mmap_t, max_protection),
	FIELD(es_event_mmap_t, flags),	    FIELD(es_event_mmap_t, file_pos),
	FIELD(es_event_mmap_t, source),	    FIELDS_END,
};

const struct field payload_fields_mprotect[] = {
	FIELD(es_event_mprotect_t, protection),
	FIELD(es_event_mprotect_t, address),
	FIELD(es_event_mprotect_t, size),
	FIELDS_END,
};

const struct field payload_fields_fcntl[] = {
	FIELD(es_event_fcntl_t, target),
	FIELD(es_event_fcntl_t, cmd),
	FIELDS_END,
};

const struct field payload_fields_dup[] = {
	FIELD(es_event_dup_t, target),
	FIELDS_END,
};

const struct field payload_fields_unlink[] = {
	FIELD(es_event_unlink_t, target),
	FIELD(es_event_unlink_t, parent_dir),
	FIELDS_END,
};

static const struct field rename_new_path[] = {
	FIELD_NAMED(es_event_rename_t, destination.new_path.dir, "dir"),
	FIELD_NAMED(es_event_rename_t, destination.new_path.filename, "filename"),
	FIELDS_END,
};

static const struct field rename_arms[] = {
	FIELD_NAMED(es_event_rename_t, destination.existing_file, "existing_file"),
	FIELD_GROUP("new_path", rename_new_path),
	FIELDS_END,
};

const struct field payload_fields_rename[] = {
	FIELD(es_event_rename_t, source),
	FIELD(es_event_rename_t, destination_type),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "destination", es_event_rename_t, destination_type,
		     rename_arms),
	FIELDS_END,
};

const struct field payload_fields_link[] = {
	FIELD(es_event_link_t, source),
	FIELD(es_event_link_t, target_dir),
	FIELD(es_event_link_t, target_filename),
	FIELDS_END,
};

const struct field payload_fields_clone[] = {
	FIELD(es_event_clone_t, source),
	FIELD(es_event_clone_t, target_dir),
	FIELD(es_event_clone_t, target_name),
	FIELDS_END,
};

const struct field payload_fields_copyfile[] = {
	FIELD(es_event_copyfile_t, source),
	FIELD(es_event_copyfile_t, target_file),
	FIELD(es_event_copyfile_t, target_dir),
	FIELD(es_event_copyfile_t, target_name),
	FIELD(es_event_copyfile_t, mode),
	FIELD(es_event_copyfile_t, flags),
	FIELDS_END,
};

const struct field payload_fields_exchangedata[] = {
	FIELD(es_event_exchangedata_t, file1),
	FIELD(es_event_exchangedata_t, file2),
	FIELDS_END,
};

const struct field payload_fields_readdir[] = {
	FIELD(es_event_readdir_t, target),
	FIELDS_END,
};

const struct field payload_fields_lookup[] = {
	FIELD(es_event_lookup_t, source_dir),
	FIELD(es_event_lookup_t, relative_target),
	FIELDS_END,
};

const struct field payload_fields_readlink[] = {
	FIELD(es_event_readlink_t, source),
	FIELDS_END,
};

const struct field payload_fields_chdir[] = {
	FIELD(es_event_chdir_t, target),
	FIELDS_END,
};

const struct field payload_fields_chroot[] = {
	FIELD(es_event_chroot_t, target),
	FIELDS_END,
};

const struct field payload_fields_fsgetpath[] = {
	FIELD(es_event_fsgetpath_t, target),
	FIELDS_END,
};

const struct field payload_fields_searchfs[] = {
	FIELD(es_event_searchfs_t, attrlist),
	FIELD(es_event_searchfs_t, target),
	FIELDS_END,
};

const struct field payload_fields_stat[] = {
	FIELD(es_event_stat_t, target),
	FIELDS_END,
};

const struct field payload_fields_access[] = {
	FIELD(es_event_access_t, mode),
	FIELD(es_event_access_t, target),
	FIELDS_END,
};

const struct field payload_fields_setmode[] = {
	FIELD(es_event_setmode_t, mode),
	FIELD(es_event_setmode_t, target),
	FIELDS_END,
};

const struct field payload_fields_setowner[] = {
	FIELD(es_event_setowner_t, uid),
	FIELD(es_event_setowner_t, gid),
	FIELD(es_event_setowner_t, target),
	FIELDS_END,
};

const struct field payload_fields_utimes[] = {
	FIELD(es_event_utimes_t, target),
	FIELD(es_event_utimes_t, atime),
	FIELD(es_event_utimes_t, mtime),
	FIELDS_END,
};

const struct field payload_fields_setflags[] = {
	FIELD(es_event_setflags_t, flags),
	FIELD(es_event_setflags_t, target),
	FIELDS_END,
};

/* By es_set_or_clear_t: a list that is cleared has no content. */
static const struct field setacl_arms[] = {
	FIELD_NAMED(es_event_setacl_t, acl.set, "set"),
	FIELD_NO_ARM,
	FIELDS_END,
};

const struct field payload_fields_setacl[] = {
	FIELD(es_event_setacl_t, target),
	FIELD(es_event_setacl_t, set_or_clear),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "acl", es_event_setacl_t, set_or_clear, setacl_arms),
	FIELDS_END,
};

const struct field payload_fields_setextattr[] = {
	FIELD(es_event_setextattr_t, target),
	FIELD(es_event_setextattr_t, extattr),
	FIELDS_END,
};

const struct field payload_fields_getextattr[] = {
	FIELD(es_event_getextattr_t, target),
	FIELD(es_event_getextattr_t, extattr),
	FIELDS_END,
};

const struct field payload_fields_listextattr[] = {
	FIELD(es_event_listextattr_t, target),
	FIELDS_END,
};

const struct field payload_fields_deleteextattr[] = {
	FIELD(es_event_deleteextattr_t, target),
	FIELD(es_event_deleteextattr_t, extattr),
	FIELDS_END,
};

const struct field payload_fields_getattrlist[] = {
	FIELD(es_event_getattrlist_t, attrlist),
	FIELD(es_event_getattrlist_t, target),
	FIELDS_END,
};

const struct field payload_fields_setattrlist[] = {
	FIELD(es_event_setattrlist_t, attrlist),
	FIELD(es_event_setattrlist_t, target),
	FIELDS_END,
};

const struct field payload_fields_mount[] = {
	FIELD(es_event_mount_t, statfs),
	FIELD_SINCE(es_event_mount_t, disposition, 8),
	FIELDS_END,
};

const struct field payload_fields_remount[] = {
	FIELD(es_event_remount_t, statfs),
	FIELD_SINCE(es_event_remount_t, remount_flags, 8),
	FIELD_SINCE(es_event_remount_t, disposition, 8),
	FIELDS_END,
};

const struct field payload_fields_unmount[] = {
	FIELD(es_event_unmount_t, statfs),
	FIELDS_END,
};

const struct field payload_fields_kextload[] = {
	FIELD(es_event_kextload_t, identifier),
	FIELDS_END,
};

const struct field payload_fields_kextunload[] = {
	FIELD(es_event_kextunload_t, identifier),
	FIELDS_END,
};

const struct field payload_fields_iokit_open[] = {
	FIELD(es_event_iokit_open_t, user_client_type),
	FIELD(es_event_iokit_open_t, user_client_class),
	FIELD_SINCE(es_event_iokit_open_t, parent_registry_id, 10),
	FIELD_SINCE(es_event_iokit_open_t, parent_path, 10),
	FIELDS_END,
};

const struct field payload_fields_settime[] = {
	FIELDS_END,
};

const struct field payload_fields_uipc_bind[] = {
	FIELD(es_event_uipc_bind_t, dir),
	FIELD(es_event_uipc_bind_t, filename),
	FIELD(es_event_uipc_bind_t, mode),
	FIELDS_END,
};

const struct field payload_fields_uipc_connect[] = {
	FIELD(es_event_uipc_connect_t, file),
	FIELD(es_event_uipc_connect_t, domain),
	FIELD(es_event_uipc_connect_t, type),
	FIELD(es_event_uipc_connect_t, protocol),
	FIELDS_END,
};

const struct field payload_fields_pty_grant[] = {
	FIELD(es_event_pty_grant_t, dev),
	FIELDS_END,
};

const struct field payload_fields_pty_close[] = {
	FIELD(es_event_pty_close_t, dev),
	FIELDS_END,
};

const struct field payload_fields_file_provider_materialize[] = {
	FIELD(es_event_file_provider_materialize_t, instigator),
	FIELD(es_event_file_provider_materialize_t, source),
	FIELD(es_event_file_provider_materialize_t, target),
	FIELD_SINCE(es_event_file_provider_materialize_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_file_provider_update[] = {
	FIELD(es_event_file_provider_update_t, source),
	FIELD(es_event_file_provider_update_t, target_path),
	FIELDS_END,
};
