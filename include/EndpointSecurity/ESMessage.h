/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSecurity for Linux: the message, and what it says about each event.
 *
 * A message and all it points to are read-only and live until the handler returns, or until the
 * last es_release_message() if it was retained. Pointers are never NULL unless marked _Nullable.
 * es_message_t stands near the end, after what it is made of; the functions on messages follow it.
 *
 * Each event has one structure, es_event_NAME_t, and one member in es_events_t, NAME, used by
 * AUTH_NAME and NOTIFY_NAME alike. The comment above the structure says what the event is, and then
 *
 *	AUTH	it can be decided; otherwise it can only be watched
 *	cached	the answer may be kept: see es_respond_auth_result()
 *	target	what a mute by target path is compared with; otherwise such mutes do not touch it
 *
 * and what it is on Linux where that is not plain. Whether this machine can see the event at all is
 * another matter: ask es_linux_event_support(). "version >= 4": as in ESMessageCore.h. `reserved`
 * is room for later fields. An event is as old as macOS 10.15 unless another release is named.
 */
#ifndef __ENDPOINT_SECURITY_MESSAGE_H
#define __ENDPOINT_SECURITY_MESSAGE_H

#ifndef __ENDPOINT_SECURITY_INDIRECT__
#error "Include <EndpointSecurity/EndpointSecurity.h>, not this header."
#endif

#include <EndpointSecurity/ESMessageCore.h>
#include <mach/machine.h>
#include <mach/message.h>
#include <stdbool.h>
#include <sys/acl.h>
#include <sys/attr.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <xpc/xpc.h>

/* The two bits of es_event_open_t.fflag that Linux has no names for. */
#ifndef FREAD
#define FREAD 0x00000001
#endif
#ifndef FWRITE
#define FWRITE 0x00000002
#endif

/* Sizes of the names in es_statfs_t. */
#ifndef MFSTYPENAMELEN
#define MFSTYPENAMELEN 64
#endif
#ifndef MNAMELEN
#define MNAMELEN 4096
#endif

ES_BEGIN_DECLARATIONS

/*
 * A mounted file system under macOS's field names. Linux's own struct statfs has another layout and
 * no names in it, so this one has a tag of its own; es_statfs_t is the spelling that compiles on
 * both systems. Source that says `struct statfs` for it, and does not include <sys/statfs.h> or
 * <sys/vfs.h>, compiles with -DES_BSD_STATFS.
 */
#ifndef ES_BSD_STATFS
#define ES_STATFS_TAG es_statfs
#elif !defined(_SYS_STATFS_H)
#define ES_STATFS_TAG statfs
#else
#error "ES_BSD_STATFS and <sys/statfs.h> both define struct statfs: write es_statfs_t instead."
#endif
typedef struct ES_STATFS_TAG es_statfs_t;
struct ES_STATFS_TAG {
	uint32_t f_bsize; /* block size, the unit of the counts below */
	int32_t f_iosize; /* best size of a transfer */
	uint64_t f_blocks;
	uint64_t f_bfree;
	uint64_t f_bavail;
	uint64_t f_files;
	uint64_t f_ffree;
	struct {
		int32_t val[2];
	} f_fsid;
	uid_t f_owner; /* who mounted it */
	uint32_t f_type; /* Linux: the magic number of statfs(2) */
	uint32_t f_flags; /* Linux: ST_RDONLY and the others of statvfs(3) */
	uint32_t f_fssubtype; /* Linux: 0 */
	char f_fstypename[MFSTYPENAMELEN];
	char f_mntonname[MNAMELEN]; /* where it is mounted */
	char f_mntfromname[MNAMELEN]; /* what is mounted */
	uint32_t f_flags_ext;
	uint32_t f_reserved[7];
};

/* A thread. Linux: the kernel's thread id, as gettid(2) gives it. */
typedef struct {
	uint64_t thread_id;
} es_thread_t;

/* The registers a new thread starts with. */
typedef struct {
	int flavor; /* which set of registers; not used on Linux */
	es_token_t state;
} es_thread_state_t;

/* A descriptor that is open across an exec. */
typedef struct {
	int32_t fd;
	uint32_t fdtype; /* PROX_FDTYPE_* of <sys/proc_info.h> */
	union {
		struct {
			uint64_t pipe_id; /* the same at both ends; for PROX_FDTYPE_PIPE */
		} pipe;
	};
} es_fd_t;

/* Something that starts by itself, at boot or login. */
typedef struct {
	es_btm_item_type_t item_type;
	bool legacy; /* from a plain file in a well-known folder */
	bool managed; /* by device management */
	uid_t uid;
	es_string_token_t item_url; /* a URL; it may be relative to app_url */
	es_string_token_t app_url; /* empty if it belongs to no application */
} es_btm_launch_item_t;

/* A configuration profile of device management. */
typedef struct {
	es_string_token_t identifier;
	es_string_token_t uuid;
	es_profile_source_t install_source;
	es_string_token_t organization;
	es_string_token_t display_name;
	es_string_token_t scope;
} es_profile_t;

/* ==== Events of the kernel ==== */

/* ---- Processes ---- */

/*
 * A process replaces its program. AUTH, cached; target: the file executed.
 *
 * message->process is the process before, `target` the same one after: same pid, new pidversion,
 * perhaps other user ids. The AUTH form comes before the first instruction. Arguments, environment
 * and descriptors are read with the es_exec_ functions. Linux: `dyld_exec_path` is the path as it
 * was given to execve(2); an engine that cannot read the arguments before the program runs says so
 * in es_linux_missing().
 */
typedef struct {
	es_process_t *target;
	es_string_token_t dyld_exec_path; /* version >= 7 */
	union {
		uint8_t reserved[64];
		struct {
			es_file_t *_Nullable script; /* version >= 2; a script run by its #! line */
			es_file_t *cwd; /* version >= 3; working directory */
			int last_fd; /* version >= 4; highest open descriptor */
			cpu_type_t image_cputype; /* version >= 6 */
			cpu_subtype_t image_cpusubtype; /* version >= 6 */
		};
	};
} es_event_exec_t;

/* A process was made. Linux: new processes only, not threads. */
typedef struct {
	es_process_t *child;
	uint8_t reserved[64];
} es_event_fork_t;

/* A process ended. */
typedef struct {
	int stat; /* as wait(2) gives it */
	uint8_t reserved[64];
} es_event_exit_t;

/* A process's code no longer matches its signature. Linux has no such state. */
typedef struct {
	uint8_t reserved[64];
} es_event_cs_invalidated_t;

/* A process signals another one, never itself. AUTH; target: the executable of `target`. */
typedef struct {
	int sig;
	es_process_t *target;
	/* version >= 9; on whose behalf init sends it; Linux: NULL */
	es_process_t *_Nullable instigator;
	uint8_t reserved[56];
} es_event_signal_t;

/*
 * A debugger attaches. target: the executable of `target`. May repeat. Linux: ptrace(2) attach,
 * seize and traceme.
 */
typedef struct {
	es_process_t *target;
	uint8_t reserved[64];
} es_event_trace_t;

/*
 * A process obtains a handle with which it may control another one. AUTH, cached; target: the
 * executable of `target`. Linux: access as by ptrace(2) attach but without it: /proc/PID/mem,
 * process_vm_readv(2), pidfd_getfd(2).
 */
typedef struct {
	es_process_t *target;
	es_get_task_type_t type; /* version >= 5 */
	uint8_t reserved[60];
} es_event_get_task_t;

/*
 * The same, to read only. AUTH, cached; target: the executable of `target`. Linux: /proc/PID/maps,
 * environ, auxv.
 */
typedef struct {
	es_process_t *target;
	es_get_task_type_t type; /* version >= 5 */
	uint8_t reserved[60];
} es_event_get_task_read_t;

/* The same, to look at its state only. target: the executable of `target`. */
typedef struct {
	es_process_t *target;
	es_get_task_type_t type; /* version >= 5 */
	uint8_t reserved[60];
} es_event_get_task_inspect_t;

/* The same, to know it again only. target: the executable of `target`. Linux: pidfd_open(2). */
typedef struct {
	es_process_t *target;
	es_get_task_type_t type; /* version >= 5 */
	uint8_t reserved[60];
} es_event_get_task_name_t;

/*
 * A process asks about another one, or about all. AUTH, cached (the key includes `type`); target:
 * the executable of `target`. Linux: a look into /proc/PID.
 */
typedef struct {
	es_process_t *_Nullable target; /* NULL if no single process is asked about */
	es_proc_check_type_t type;
	int flavor; /* what is asked, by the numbers of macOS's proc_info; Linux: 0 */
	uint8_t reserved[64];
} es_event_proc_check_t;

/*
 * A process is stopped or goes on. AUTH; target: the executable of `target`. Linux: the cgroup
 * freezer.
 */
typedef struct {
	es_process_t *_Nullable target;
	es_proc_suspend_resume_type_t type;
	uint8_t reserved[64];
} es_event_proc_suspend_resume_t;

/*
 * A thread is made in another process. target: the executable of `target`. Linux has no such
 * operation.
 */
typedef struct {
	es_process_t *target;
	es_thread_state_t *_Nullable thread_state; /* NULL if it starts without one */
	uint8_t reserved[64];
} es_event_remote_thread_create_t;

/* ---- User ids: the arguments of the calls of the same names ---- */

/* setuid(2) */
typedef struct {
	uid_t uid;
	uint8_t reserved[64];
} es_event_setuid_t;

/* setgid(2); that the type is uid_t is macOS's doing, here and below */
typedef struct {
	uid_t gid;
	uint8_t reserved[64];
} es_event_setgid_t;

/* seteuid(2); Linux: setresuid(-1, euid, -1), which is what the C library makes of it */
typedef struct {
	uid_t euid;
	uint8_t reserved[64];
} es_event_seteuid_t;

/* setegid(2); Linux: setresgid(-1, egid, -1) */
typedef struct {
	uid_t egid;
	uint8_t reserved[64];
} es_event_setegid_t;

/* setreuid(2); Linux: any other setresuid(2) too, without the saved id; -1 leaves an id as it is */
typedef struct {
	uid_t ruid;
	uid_t euid;
	uint8_t reserved[64];
} es_event_setreuid_t;

/* setregid(2); Linux: any other setresgid(2) too */
typedef struct {
	uid_t rgid;
	uid_t egid;
	uint8_t reserved[64];
} es_event_setregid_t;

/* ---- Files: opened, read, changed, closed ---- */

/*
 * A file is opened. AUTH (answered with es_respond_flags_result()), cached (what is kept is the
 * mask of flags); target: the file.
 *
 * `fflag` says what the opener will be able to do, in the kernel's way: test FREAD and FWRITE, not
 * O_RDONLY and O_WRONLY. The other bits are the platform's O_ bits: on Linux those of <fcntl.h>,
 * other numbers than macOS's. An engine that cannot see the flags sets those it must assume and
 * says so in es_linux_missing().
 */
typedef struct {
	int32_t fflag;
	es_file_t *file;
	uint8_t reserved[64];
} es_event_open_t;

/*
 * A descriptor is closed; Linux: the last one of that open(2). target: the file.
 *
 * `modified`: it was written to by file calls; mapped memory does not count. Linux: an engine that
 * does not see the writing says true of every file that was open for it.
 */
typedef struct {
	bool modified;
	es_file_t *target;
	union {
		uint8_t reserved[64];
		struct {
			/* version >= 6; at some time it was mapped to be written, by anyone */
			bool was_mapped_writable;
		};
	};
} es_event_close_t;

/*
 * A file-system object is made. AUTH; target: the path to be made. May repeat for one call.
 *
 * AUTH speaks of a NEW_PATH, or of the EXISTING_FILE that is to be replaced. NOTIFY gives the
 * finished object as EXISTING_FILE.
 */
typedef struct {
	es_destination_type_t destination_type;
	union {
		es_file_t *existing_file;
		struct {
			es_file_t *dir;
			es_string_token_t filename;
			mode_t mode;
		} new_path;
	} destination;
	uint8_t reserved2[16];
	union {
		uint8_t reserved[48];
		struct {
			acl_t _Nullable acl; /* version >= 2; Linux: NULL */
		};
	};
} es_event_create_t;

/* Data is written to a file. target: the file. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_write_t;

/* A file is cut or grown by truncate(2) or ftruncate(2), not by O_TRUNC. AUTH; target: the file. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_truncate_t;

/* A file is mapped into memory. AUTH, cached; target: the file. */
typedef struct {
	int32_t protection; /* PROT_ bits asked for */
	int32_t max_protection; /* PROT_ bits that it may be given later */
	int32_t flags; /* MAP_ bits */
	uint64_t file_pos;
	es_file_t *source;
	uint8_t reserved[64];
} es_event_mmap_t;

/* Memory is given other protection. AUTH. */
typedef struct {
	int32_t protection; /* PROT_ bits */
	user_addr_t address;
	user_size_t size;
	uint8_t reserved[64];
} es_event_mprotect_t;

/* fcntl(2). AUTH; target: the file. Linux: `cmd` has Linux's numbers. */
typedef struct {
	es_file_t *target;
	int32_t cmd;
	uint8_t reserved[64];
} es_event_fcntl_t;

/* A descriptor is duplicated. target: the file. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_dup_t;

/* ---- Names and directories ---- */

/*
 * A name is taken away, of a file or a directory. AUTH; target: the file. May repeat for one call.
 */
typedef struct {
	es_file_t *target;
	es_file_t *parent_dir;
	uint8_t reserved[64];
} es_event_unlink_t;

/* A file gets another name. AUTH; target: both ends. May repeat for one call. */
typedef struct {
	es_file_t *source;
	es_destination_type_t destination_type;
	union {
		es_file_t *existing_file; /* what is replaced */
		struct {
			es_file_t *dir;
			es_string_token_t filename;
		} new_path;
	} destination;
	uint8_t reserved[64];
} es_event_rename_t;

/* A file gets one more name. AUTH; target: both ends. */
typedef struct {
	es_file_t *source;
	es_file_t *target_dir;
	es_string_token_t target_filename;
	uint8_t reserved[64];
} es_event_link_t;

/*
 * A file is made that shares another one's data. AUTH; target: both ends. Linux: FICLONE into a
 * file just made.
 */
typedef struct {
	es_file_t *source;
	es_file_t *target_dir;
	es_string_token_t target_name;
	uint8_t reserved[64];
} es_event_clone_t;

/*
 * macOS's copyfile call, which copies by path. AUTH; target: both ends. macOS 12.0. Linux has no
 * such call.
 */
typedef struct {
	es_file_t *source;
	es_file_t *_Nullable target_file; /* what is overwritten */
	es_file_t *target_dir;
	es_string_token_t target_name;
	mode_t mode;
	int32_t flags;
	uint8_t reserved[56];
} es_event_copyfile_t;

/* Two files change places. AUTH; target: both. Linux: renameat2(2) with RENAME_EXCHANGE. */
typedef struct {
	es_file_t *file1;
	es_file_t *file2;
	uint8_t reserved[64];
} es_event_exchangedata_t;

/* The names in a directory are read. AUTH, cached; target: the directory. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_readdir_t;

/* One step in following a path. `relative_target` is what the caller wrote: do not trust it. */
typedef struct {
	es_file_t *source_dir;
	es_string_token_t relative_target;
	uint8_t reserved[64];
} es_event_lookup_t;

/* A symbolic link is read, by readlink(2) or on the way along a path. AUTH; target: the link. */
typedef struct {
	es_file_t *source;
	uint8_t reserved[64];
} es_event_readlink_t;

/* The working directory is changed. AUTH, cached; target: the new one. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_chdir_t;

/* The root directory is changed. AUTH, cached; target: the new one. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_chroot_t;

/*
 * A path is found from the numbers of a file. AUTH, cached. May repeat for one call. Linux:
 * open_by_handle_at(2).
 */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_fsgetpath_t;

/*
 * A volume's catalogue is searched. AUTH, cached; target: the volume. macOS 11.0. Linux has no such
 * call.
 */
typedef struct {
	struct attrlist attrlist;
	es_file_t *target;
	uint8_t reserved[64];
} es_event_searchfs_t;

/* ---- Attributes ---- */

/* stat(2) and its kin. target: the file. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_stat_t;

/* access(2). target: the file. */
typedef struct {
	int32_t mode; /* R_OK, W_OK, X_OK */
	es_file_t *target;
	uint8_t reserved[64];
} es_event_access_t;

/*
 * chmod(2). AUTH, cached; target: the file. `mode` is the new one; the old one is in target->stat.
 */
typedef struct {
	mode_t mode;
	es_file_t *target;
	uint8_t reserved[64];
} es_event_setmode_t;

/*
 * chown(2). AUTH, cached; target: the file. The old ids are in target->stat; -1 leaves an id as it
 * is.
 */
typedef struct {
	uid_t uid;
	gid_t gid;
	es_file_t *target;
	uint8_t reserved[64];
} es_event_setowner_t;

/* The times of a file are set. AUTH, cached; target: the file. */
typedef struct {
	es_file_t *target;
	struct timespec atime;
	struct timespec mtime;
	uint8_t reserved[64];
} es_event_utimes_t;

/*
 * The flags of a file are set. AUTH, cached; target: the file. Linux: FS_IOC_SETFLAGS, with the FS_
 * bits.
 */
typedef struct {
	uint32_t flags;
	es_file_t *target;
	uint8_t reserved[64];
} es_event_setflags_t;

/*
 * An access control list is set or taken away. AUTH; target: the file. The list in a message may
 * only be copied out, with acl_copy_ext() and acl_copy_int() of libacl.
 */
typedef struct {
	es_file_t *target;
	es_set_or_clear_t set_or_clear;
	union {
		acl_t set; /* only for ES_SET */
	} acl;
	uint8_t reserved[64];
} es_event_setacl_t;

/* An extended attribute is written. AUTH; target: the file. */
typedef struct {
	es_file_t *target;
	es_string_token_t extattr; /* its name, here and below */
	uint8_t reserved[64];
} es_event_setextattr_t;

/* An extended attribute is read. AUTH, cached; target: the file. */
typedef struct {
	es_file_t *target;
	es_string_token_t extattr;
	uint8_t reserved[64];
} es_event_getextattr_t;

/* The names of the extended attributes are read. AUTH, cached; target: the file. */
typedef struct {
	es_file_t *target;
	uint8_t reserved[64];
} es_event_listextattr_t;

/* An extended attribute is taken away. AUTH; target: the file. */
typedef struct {
	es_file_t *target;
	es_string_token_t extattr;
	uint8_t reserved[64];
} es_event_deleteextattr_t;

/*
 * macOS's getattrlist call. AUTH, cached; target: the file. Linux has none: statx(2) is a stat
 * event.
 */
typedef struct {
	struct attrlist attrlist;
	es_file_t *target;
	uint8_t reserved[64];
} es_event_getattrlist_t;

/* macOS's setattrlist call. AUTH; target: the file. Linux has none. */
typedef struct {
	struct attrlist attrlist;
	es_file_t *target;
	uint8_t reserved[64];
} es_event_setattrlist_t;

/* ---- Mounts ---- */

/* A file system is mounted. AUTH, cached. */
typedef struct {
	es_statfs_t *statfs;
	es_mount_disposition_t disposition; /* version >= 8 */
	uint8_t reserved[60];
} es_event_mount_t;

/* A mounted file system gets other options. AUTH. macOS 11.0 */
typedef struct {
	es_statfs_t *statfs;
	uint64_t remount_flags; /* version >= 8; Linux: MS_ bits */
	es_mount_disposition_t disposition; /* version >= 8 */
	uint8_t reserved[52];
} es_event_remount_t;

/* A file system is taken away. */
typedef struct {
	es_statfs_t *statfs;
	uint8_t reserved[64];
} es_event_unmount_t;

/* ---- The machine, sockets and terminals ---- */

/* A kernel module is loaded. AUTH. */
typedef struct {
	es_string_token_t identifier; /* Linux: the name of the module, here and below */
	uint8_t reserved[64];
} es_event_kextload_t;

/* A kernel module is taken out. */
typedef struct {
	es_string_token_t identifier;
	uint8_t reserved[64];
} es_event_kextunload_t;

/* A process opens a driver of macOS's I/O Kit. AUTH. Linux has none. */
typedef struct {
	uint32_t user_client_type;
	es_string_token_t user_client_class;
	uint64_t parent_registry_id; /* version >= 10 */
	es_string_token_t parent_path; /* version >= 10 */
	uint8_t reserved[40];
} es_event_iokit_open_t;

/* The clock is set. AUTH. */
typedef struct {
	uint8_t reserved[64];
} es_event_settime_t;

/*
 * A UNIX socket is about to be bound to a path. AUTH; target: that path. Linux: not for abstract
 * names.
 */
typedef struct {
	es_file_t *dir;
	es_string_token_t filename;
	mode_t mode;
	uint8_t reserved[64];
} es_event_uipc_bind_t;

/* A UNIX socket is about to be connected to a path. AUTH, cached; target: the socket. */
typedef struct {
	es_file_t *file;
	int domain; /* as given to socket(2), here and below */
	int type;
	int protocol;
	uint8_t reserved[64];
} es_event_uipc_connect_t;

/* A pseudo-terminal is handed out. macOS 10.15.4 */
typedef struct {
	dev_t dev;
	uint8_t reserved[64];
} es_event_pty_grant_t;

/* A pseudo-terminal is closed. macOS 10.15.4 */
typedef struct {
	dev_t dev;
	uint8_t reserved[64];
} es_event_pty_close_t;

/* ==== Events told by programs ==== */
/*
 * These come from one program or service each, not from the kernel: what another program does in
 * its place is not seen. `instigator` is the process on whose behalf it was done, NULL if it is
 * gone by now; `instigator_token` names it in any case.
 */

/* ---- Files kept elsewhere ---- */

/* A file's content was fetched. AUTH. Linux has no such service. */
typedef struct {
	es_process_t *_Nullable instigator;
	es_file_t *source;
	es_file_t *target;
	audit_token_t instigator_token; /* version >= 8 */
	uint8_t reserved[32];
} es_event_file_provider_materialize_t;

/* A file's content was replaced. AUTH. Linux has no such service. */
typedef struct {
	es_file_t *source;
	es_string_token_t target_path;
	uint8_t reserved[64];
} es_event_file_provider_update_t;

/* ---- Logins ---- */

/* Against the user database. */
typedef struct {
	es_process_t *_Nullable instigator;
	es_string_token_t record_type;
	es_string_token_t record_name;
	es_string_token_t node_name;
	es_string_token_t db_path; /* empty if there is no file */
	audit_token_t instigator_token; /* version >= 8 */
} es_event_authentication_od_t;

/* By finger. */
typedef struct {
	es_process_t *_Nullable instigator;
	es_touchid_mode_t touchid_mode;
	bool has_uid;
	union {
		uid_t uid; /* only if has_uid */
	} uid;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_authentication_touchid_t;

/* By smart card. */
typedef struct {
	es_process_t *_Nullable instigator;
	es_string_token_t pubkey_hash;
	es_string_token_t token_id;
	es_string_token_t kerberos_principal; /* empty if there is none */
	audit_token_t instigator_token; /* version >= 8 */
} es_event_authentication_token_t;

/* By watch. */
typedef struct {
	es_string_token_t username;
	es_auto_unlock_type_t type;
} es_event_authentication_auto_unlock_t;

/* Somebody was authenticated, or was not. macOS 13.0 */
typedef struct {
	bool success;
	es_authentication_type_t type; /* which member of `data` */
	union {
		es_event_authentication_od_t *od;
		es_event_authentication_touchid_t *touchid;
		es_event_authentication_token_t *token;
		es_event_authentication_auto_unlock_t *auto_unlock;
	} data;
} es_event_authentication_t;

/* A graphical session began. macOS 13.0, as all to the end of this part but su and sudo (14.0) */
typedef struct {
	es_string_token_t username;
	es_graphical_session_id_t graphical_session_id;
} es_event_lw_session_login_t;

/* A graphical session ended. */
typedef struct {
	es_string_token_t username;
	es_graphical_session_id_t graphical_session_id;
} es_event_lw_session_logout_t;

/* A graphical session was locked. */
typedef struct {
	es_string_token_t username;
	es_graphical_session_id_t graphical_session_id;
} es_event_lw_session_lock_t;

/* A graphical session was unlocked. */
typedef struct {
	es_string_token_t username;
	es_graphical_session_id_t graphical_session_id;
} es_event_lw_session_unlock_t;

/* Somebody began to share a screen, or was refused. */
typedef struct {
	bool success;
	es_address_type_t source_address_type;
	es_string_token_t source_address;
	es_string_token_t viewer_appleid;
	es_string_token_t authentication_type;
	es_string_token_t authentication_username;
	es_string_token_t session_username; /* empty if nobody was logged in */
	bool existing_session;
	es_graphical_session_id_t graphical_session_id;
} es_event_screensharing_attach_t;

/* Somebody ceased to share a screen. */
typedef struct {
	es_address_type_t source_address_type;
	es_string_token_t source_address;
	es_string_token_t viewer_appleid;
	es_graphical_session_id_t graphical_session_id;
} es_event_screensharing_detach_t;

/* A login through ssh, successful or not: once a connection. */
typedef struct {
	bool success;
	es_openssh_login_result_type_t result_type;
	es_address_type_t source_address_type;
	es_string_token_t source_address;
	es_string_token_t username;
	bool has_uid;
	union {
		uid_t uid; /* only if has_uid */
	} uid;
} es_event_openssh_login_t;

/* An ssh connection that had logged in was closed. */
typedef struct {
	es_address_type_t source_address_type;
	es_string_token_t source_address;
	es_string_token_t username;
	uid_t uid;
} es_event_openssh_logout_t;

/* A login by login(1), successful or not. */
typedef struct {
	bool success;
	es_string_token_t failure_message;
	es_string_token_t username;
	bool has_uid;
	union {
		uid_t uid; /* only if has_uid */
	} uid;
} es_event_login_login_t;

/* A session of login(1) ended. */
typedef struct {
	es_string_token_t username;
	uid_t uid;
} es_event_login_logout_t;

/* su(1) was used, or refused. macOS 14.0. */
typedef struct {
	bool success;
	es_string_token_t failure_message;
	uid_t from_uid;
	es_string_token_t from_username;
	bool has_to_uid;
	union {
		uid_t uid; /* only if has_to_uid */
	} to_uid;
	es_string_token_t to_username;
	es_string_token_t shell;
	size_t argc;
	es_string_token_t *_Nullable argv;
	size_t env_count;
	es_string_token_t *_Nullable env;
} es_event_su_t;

/* Which plugin of sudo refused. */
typedef struct {
	es_string_token_t plugin_name;
	es_sudo_plugin_type_t plugin_type;
	es_string_token_t failure_message;
} es_sudo_reject_info_t;

/* sudo(8) was used, or refused. macOS 14.0 */
typedef struct {
	bool success;
	es_sudo_reject_info_t *_Nullable reject_info; /* NULL if it was not a plugin that refused */
	bool has_from_uid;
	union {
		uid_t uid; /* only if has_from_uid */
	} from_uid;
	es_string_token_t from_username;
	bool has_to_uid;
	union {
		uid_t uid; /* only if has_to_uid */
	} to_uid;
	es_string_token_t to_username;
	es_string_token_t command;
} es_event_sudo_t;

/* ---- Malware and permissions ---- */

/* The system's scanner found malware. macOS 13.0 */
typedef struct {
	es_string_token_t signature_version;
	es_string_token_t malware_identifier;
	es_string_token_t incident_identifier; /* the same for all that belongs together */
	es_string_token_t detected_path;
	es_string_token_t detected_executable; /* version >= 10 */
} es_event_xp_malware_detected_t;

/* The system's scanner acted upon malware. macOS 13.0 */
typedef struct {
	es_string_token_t signature_version;
	es_string_token_t malware_identifier;
	es_string_token_t incident_identifier;
	es_string_token_t action_type;
	bool success;
	es_string_token_t result_description;
	es_string_token_t remediated_path;
	audit_token_t *_Nullable remediated_process_audit_token;
} es_event_xp_malware_remediated_t;

/* A user chose to run what the system would not have run. macOS 15.0. Linux has no such check. */
typedef struct {
	es_gatekeeper_user_override_file_type_t file_type; /* which member of `file` */
	union {
		es_string_token_t file_path;
		es_file_t *file;
	} file;
	es_sha256_t *_Nullable sha256; /* only for files under 100 MB */
	es_signed_file_info_t *_Nullable signing_info;
} es_event_gatekeeper_user_override_t;

/*
 * A privacy permission was given, changed or taken away. macOS 15.4. Linux: the permission store of
 * portals.
 */
typedef struct {
	es_string_token_t service;
	es_string_token_t identity;
	es_tcc_identity_type_t identity_type; /* what `identity` names */
	es_tcc_event_type_t update_type;
	audit_token_t instigator_token;
	es_process_t *_Nullable instigator;
	audit_token_t *_Nullable responsible_token;
	es_process_t *_Nullable responsible;
	es_tcc_authorization_right_t right;
	es_tcc_authorization_reason_t reason;
} es_event_tcc_modify_t;

/* A program asks for rights. macOS 14.0. Linux: polkit. */
typedef struct {
	es_process_t *_Nullable instigator; /* the one that asks */
	es_process_t
		*_Nullable petitioner; /* the one it asks for; mutes by process look at this one */
	uint32_t flags;
	size_t right_count;
	es_string_token_t *_Nullable rights;
	audit_token_t instigator_token; /* version >= 8 */
	audit_token_t petitioner_token; /* version >= 8 */
} es_event_authorization_petition_t;

/* One right, and how it was decided. */
typedef struct {
	es_string_token_t right_name;
	es_authorization_rule_class_t rule_class;
	bool granted;
} es_authorization_result_t;

/* The rights a program asked for were decided. macOS 14.0. Linux: polkit. */
typedef struct {
	es_process_t *_Nullable instigator;
	es_process_t *_Nullable petitioner;
	int return_code; /* 0: granted */
	size_t result_count;
	es_authorization_result_t *_Nullable results;
	audit_token_t instigator_token; /* version >= 8 */
	audit_token_t petitioner_token; /* version >= 8 */
} es_event_authorization_judgement_t;

/* ---- What starts by itself, and profiles ---- */

/*
 * Something that starts by itself became known, perhaps not for the first time. macOS 13.0. Linux:
 * units, autostart.
 */
typedef struct {
	es_process_t *_Nullable instigator;
	es_process_t *_Nullable app; /* the application it belongs to */
	es_btm_launch_item_t *item;
	es_string_token_t executable_path; /* may be relative to item->app_url */
	audit_token_t *_Nullable instigator_token; /* version >= 8 */
	audit_token_t *_Nullable app_token; /* version >= 8 */
} es_event_btm_launch_item_add_t;

/* Something that starts by itself was removed. macOS 13.0 */
typedef struct {
	es_process_t *_Nullable instigator;
	es_process_t *_Nullable app;
	es_btm_launch_item_t *item;
	audit_token_t *_Nullable instigator_token; /* version >= 8 */
	audit_token_t *_Nullable app_token; /* version >= 8 */
} es_event_btm_launch_item_remove_t;

/* A configuration profile was installed or updated. macOS 14.0. Linux has none. */
typedef struct {
	es_process_t *_Nullable instigator;
	bool is_update;
	es_profile_t *profile;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_profile_add_t;

/* A configuration profile was removed. macOS 14.0. Linux has none. */
typedef struct {
	es_process_t *_Nullable instigator;
	es_profile_t *profile;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_profile_remove_t;

/* ---- The user database ---- */
/*
 * All since macOS 14.0. `error_code` 0: done. `node_name` says which database; `db_path` is its
 * file, empty if it has none. Linux: /etc/passwd and its kin.
 */

/* One member of a group; `member_type` says which member of `member_value` is meant. */
typedef struct {
	es_od_member_type_t member_type;
	union {
		uuid_t uuid;
		es_string_token_t name;
	} member_value;
} es_od_member_id_t;

/* Several members of a group; `member_type` says which member of `member_array` is meant. */
typedef struct {
	es_od_member_type_t member_type;
	size_t member_count;
	union {
		uuid_t *uuids;
		es_string_token_t *names;
	} member_array;
} es_od_member_id_array_t;

/* A member was to be put into a group, where it may have been already. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t group_name;
	es_od_member_id_t *member;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_group_add_t;

/* A member was to be taken out of a group. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t group_name;
	es_od_member_id_t *member;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_group_remove_t;

/* A group got a new list of members. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t group_name;
	es_od_member_id_array_t *members;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_group_set_t;

/* A password was changed. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_od_account_type_t account_type;
	es_string_token_t account_name;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_modify_password_t;

/* An account was locked. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t user_name;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_disable_user_t;

/* An account was unlocked. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t user_name;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_enable_user_t;

/* An attribute of a record got one more value. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_od_record_type_t record_type;
	es_string_token_t record_name;
	es_string_token_t attribute_name;
	es_string_token_t attribute_value;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_attribute_value_add_t;

/* An attribute of a record lost a value. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_od_record_type_t record_type;
	es_string_token_t record_name;
	es_string_token_t attribute_name;
	es_string_token_t attribute_value;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_attribute_value_remove_t;

/* An attribute of a record got new values, perhaps none. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_od_record_type_t record_type;
	es_string_token_t record_name;
	es_string_token_t attribute_name;
	size_t attribute_value_count;
	es_string_token_t *_Nullable attribute_values;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_attribute_set_t;

/* A user was made. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t user_name;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_create_user_t;

/* A group was made. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t group_name;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_create_group_t;

/* A user was removed. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t user_name;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_delete_user_t;

/* A group was removed. */
typedef struct {
	es_process_t *_Nullable instigator;
	int error_code;
	es_string_token_t group_name;
	es_string_token_t node_name;
	es_string_token_t db_path;
	audit_token_t instigator_token; /* version >= 8 */
} es_event_od_delete_group_t;

/* ---- Services ---- */

/* A program connects to a named service. AUTH since macOS 27.0, NOTIFY since 14.0. Linux: D-Bus. */
typedef struct {
	es_string_token_t service_name;
	es_xpc_domain_type_t service_domain_type;
} es_event_xpc_connect_t;

/*
 * A program takes a service name for itself. AUTH. macOS 27.0. message->process is the one that
 * keeps the names (launchd; Linux: the bus daemon), `instigator` the one that asks.
 */
typedef struct {
	es_process_t *_Nullable instigator;
	audit_token_t instigator_token;
	es_string_token_t service_name;
} es_event_bootstrap_check_in_t;

/*
 * A program asks who holds a service name. AUTH. macOS 27.0. message->process as for
 * bootstrap_check_in.
 */
typedef struct {
	es_process_t *_Nullable instigator;
	audit_token_t instigator_token;
	es_string_token_t service_name;
	es_bootstrap_target_type_t target_type; /* which member of `target` */
	union {
		struct {
			es_process_t *_Nullable target;
			audit_token_t target_token;
			es_string_token_t job_label;
		} process;
		struct {
			es_string_token_t job_label;
			es_lightweight_code_requirement_t *_Nullable lwcr;
		} job;
	} target;
} es_event_bootstrap_look_up_t;

/* ==== The message ==== */

/*
 * How an operation that a NOTIFY message tells of was decided; `result_type` says which member of
 * `result` is meant.
 */
typedef struct {
	es_result_type_t result_type;
	union {
		es_auth_result_t auth;
		uint32_t flags; /* the mask that was granted */
		uint8_t reserved[32];
	} result;
} es_result_t;

/*
 * What happened. es_message_t.event_type says which member is meant; AUTH_NAME and NOTIFY_NAME
 * share `name`. Events of macOS 13.0 and newer are held by pointer.
 */
typedef union {
	es_event_access_t access;
	es_event_chdir_t chdir;
	es_event_chroot_t chroot;
	es_event_clone_t clone;
	es_event_close_t close;
	es_event_copyfile_t copyfile;
	es_event_create_t create;
	es_event_cs_invalidated_t cs_invalidated;
	es_event_deleteextattr_t deleteextattr;
	es_event_dup_t dup;
	es_event_exchangedata_t exchangedata;
	es_event_exec_t exec;
	es_event_exit_t exit;
	es_event_file_provider_materialize_t file_provider_materialize;
	es_event_file_provider_update_t file_provider_update;
	es_event_fcntl_t fcntl;
	es_event_fork_t fork;
	es_event_fsgetpath_t fsgetpath;
	es_event_get_task_t get_task;
	es_event_get_task_read_t get_task_read;
	es_event_get_task_inspect_t get_task_inspect;
	es_event_get_task_name_t get_task_name;
	es_event_getattrlist_t getattrlist;
	es_event_getextattr_t getextattr;
	es_event_iokit_open_t iokit_open;
	es_event_kextload_t kextload;
	es_event_kextunload_t kextunload;
	es_event_link_t link;
	es_event_listextattr_t listextattr;
	es_event_lookup_t lookup;
	es_event_mmap_t mmap;
	es_event_mount_t mount;
	es_event_mprotect_t mprotect;
	es_event_open_t open;
	es_event_proc_check_t proc_check;
	es_event_proc_suspend_resume_t proc_suspend_resume;
	es_event_pty_close_t pty_close;
	es_event_pty_grant_t pty_grant;
	es_event_readdir_t readdir;
	es_event_readlink_t readlink;
	es_event_remote_thread_create_t remote_thread_create;
	es_event_remount_t remount;
	es_event_rename_t rename;
	es_event_searchfs_t searchfs;
	es_event_setacl_t setacl;
	es_event_setattrlist_t setattrlist;
	es_event_setextattr_t setextattr;
	es_event_setflags_t setflags;
	es_event_setmode_t setmode;
	es_event_setowner_t setowner;
	es_event_settime_t settime;
	es_event_setuid_t setuid;
	es_event_setgid_t setgid;
	es_event_seteuid_t seteuid;
	es_event_setegid_t setegid;
	es_event_setreuid_t setreuid;
	es_event_setregid_t setregid;
	es_event_signal_t signal;
	es_event_stat_t stat;
	es_event_trace_t trace;
	es_event_truncate_t truncate;
	es_event_uipc_bind_t uipc_bind;
	es_event_uipc_connect_t uipc_connect;
	es_event_unlink_t unlink;
	es_event_unmount_t unmount;
	es_event_utimes_t utimes;
	es_event_write_t write;
	es_event_authentication_t *authentication;
	es_event_xp_malware_detected_t *xp_malware_detected;
	es_event_xp_malware_remediated_t *xp_malware_remediated;
	es_event_lw_session_login_t *lw_session_login;
	es_event_lw_session_logout_t *lw_session_logout;
	es_event_lw_session_lock_t *lw_session_lock;
	es_event_lw_session_unlock_t *lw_session_unlock;
	es_event_screensharing_attach_t *screensharing_attach;
	es_event_screensharing_detach_t *screensharing_detach;
	es_event_openssh_login_t *openssh_login;
	es_event_openssh_logout_t *openssh_logout;
	es_event_login_login_t *login_login;
	es_event_login_logout_t *login_logout;
	es_event_btm_launch_item_add_t *btm_launch_item_add;
	es_event_btm_launch_item_remove_t *btm_launch_item_remove;
	es_event_profile_add_t *profile_add;
	es_event_profile_remove_t *profile_remove;
	es_event_su_t *su;
	es_event_authorization_petition_t *authorization_petition;
	es_event_authorization_judgement_t *authorization_judgement;
	es_event_sudo_t *sudo;
	es_event_od_group_add_t *od_group_add;
	es_event_od_group_remove_t *od_group_remove;
	es_event_od_group_set_t *od_group_set;
	es_event_od_modify_password_t *od_modify_password;
	es_event_od_disable_user_t *od_disable_user;
	es_event_od_enable_user_t *od_enable_user;
	es_event_od_attribute_value_add_t *od_attribute_value_add;
	es_event_od_attribute_value_remove_t *od_attribute_value_remove;
	es_event_od_attribute_set_t *od_attribute_set;
	es_event_od_create_user_t *od_create_user;
	es_event_od_create_group_t *od_create_group;
	es_event_od_delete_user_t *od_delete_user;
	es_event_od_delete_group_t *od_delete_group;
	es_event_xpc_connect_t *xpc_connect;
	es_event_gatekeeper_user_override_t *gatekeeper_user_override;
	es_event_tcc_modify_t *tcc_modify;
	es_event_bootstrap_check_in_t *bootstrap_check_in;
	es_event_bootstrap_look_up_t *bootstrap_look_up;
} es_events_t;

/*
 * One event, as one client sees it. Read-only.
 *
 * Time: `time` is the wall clock. `mach_time` and `deadline` are mach_absolute_time(), which on
 * Linux is CLOCK_MONOTONIC in nanoseconds; it stands still while the machine sleeps. The answer to
 * an AUTH message must have come before `deadline`, counted from the moment the actor began to
 * wait, so the time a message spent in the queue is gone. Each message has its own deadline: do not
 * assume a length.
 *
 * Losses: both sequence numbers rise by one with each message, so a gap is the number of messages
 * that were dropped because the client was too slow and its queue full.
 */
typedef struct {
	uint32_t version; /* which fields may be read: see "version >= " beside them */
	struct timespec time;
	uint64_t mach_time;
	uint64_t deadline; /* only for AUTH */
	es_process_t *process; /* who acts, as it was before it acted */
	uint64_t seq_num; /* version >= 2; of this client and this event type */
	es_action_type_t action_type; /* AUTH must be answered, NOTIFY must not */
	union {
		es_event_id_t auth;
		es_result_t notify;
	} action;
	es_event_type_t event_type;
	es_events_t event;
	es_thread_t *_Nullable thread; /* version >= 4; NULL if none acts or it is not known */
	uint64_t global_seq_num; /* version >= 4; of this client */
	uint64_t opaque[]; /* the library's own */
} es_message_t;

/* ==== Functions on messages ==== */
/* All may be called from any thread, and for any message that lives. None of them fails. */

/*
 * Keeps a message alive after the handler has returned, for an answer that comes later or from
 * another thread. Each call is paired with one es_release_message(). A message that is kept owes
 * its answer all the same. Linux: it stays readable after es_delete_client(). Since macOS 11.0.
 */
void es_retain_message(const es_message_t *msg);

/*
 * Gives back what es_retain_message() kept. The last one frees the message; it must not be touched
 * after that. Since macOS 11.0.
 */
void es_release_message(const es_message_t *msg);

/*
 * The same as es_retain_message(), under its older name: it returns its argument, or NULL if memory
 * is short, and makes no copy. What it returns must not be written to, and is given back with
 * es_free_message(). Deprecated in macOS 11.0: use es_retain_message().
 */
es_message_t *_Nullable es_copy_message(const es_message_t *msg);

/*
 * Gives back what es_copy_message() returned. Deprecated in macOS 11.0: use es_release_message().
 */
void es_free_message(es_message_t *msg);

/*
 * The size in bytes of a message and of what it points to inside itself. Of use for counting only:
 * a message cannot be copied with memcpy(3). Deprecated in macOS 11.0: use es_retain_message().
 */
size_t es_message_size(const es_message_t *msg);

/*
 * Arguments, environment and open descriptors of an exec event, which must lie in a message: pass
 * &message->event.exec, never a copy of it. Nothing is allocated; what is returned lives as long as
 * the message. An index must be less than the count, otherwise the behaviour is undefined.
 */

/* How many arguments there are, argv[0] included. */
uint32_t es_exec_arg_count(const es_event_exec_t *event);

/* How many strings the environment has. */
uint32_t es_exec_env_count(const es_event_exec_t *event);

/*
 * How many open descriptors are listed. It may be fewer than there are: see `last_fd`. Since macOS
 * 11.0.
 */
uint32_t es_exec_fd_count(const es_event_exec_t *event);

/* The argument at `index`. */
es_string_token_t es_exec_arg(const es_event_exec_t *event, uint32_t index);

/* The string of the environment at `index`, "NAME=value" as a rule. */
es_string_token_t es_exec_env(const es_event_exec_t *event, uint32_t index);

/* The descriptor at `index`. Since macOS 11.0. */
const es_fd_t *es_exec_fd(const es_event_exec_t *event, uint32_t index);

/*
 * The entitlements of the new program as an XPC dictionary that the caller releases, or NULL if it
 * has none. Linux: always NULL. Since macOS 27.0.
 */
xpc_object_t _Nullable es_exec_entitlements(const es_event_exec_t *exec);

ES_END_DECLARATIONS

#endif
