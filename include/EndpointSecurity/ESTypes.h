/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSecurity for Linux: the base types and every enumeration.
 *
 * Names, values and order are those of macOS 27.0 and never change: lists only grow at their end.
 * "macOS 13.0" beside a name is the release that brought it; on Linux everything here exists from
 * the first version of this library.
 *
 * Two rules hold for all headers of this folder:
 * - Pointers may not be NULL unless they are marked _Nullable; clang warns where it sees one.
 * - What a function hands out through a `**` parameter is untouched when the function fails.
 *
 * This header may be included alone; ESMessage.h and ESClient.h come with
 * <EndpointSecurity/EndpointSecurity.h>.
 */
#ifndef __ENDPOINT_SECURITY_TYPES_H
#define __ENDPOINT_SECURITY_TYPES_H

#include <mach/message.h>
#include <os/base.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What stands between ES_BEGIN_DECLARATIONS and ES_END_DECLARATIONS has C linkage and is exported,
 * its pointers are not NULL unless marked, and -Wpedantic lets pass what the API is made of (in
 * C++: anonymous structures and the open array at the end of es_message_t; for clang: the marks).
 */
#ifdef __cplusplus
#define ES_LINKAGE_BEGIN extern "C" {
#define ES_LINKAGE_END	 }
#else
#define ES_LINKAGE_BEGIN
#define ES_LINKAGE_END
#endif
#define ES_BEGIN_DECLARATIONS                                                           \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wpedantic\"") \
		_Pragma("GCC visibility push(default)") OS_ASSUME_NONNULL_BEGIN ES_LINKAGE_BEGIN
#define ES_END_DECLARATIONS                                                \
	ES_LINKAGE_END OS_ASSUME_NONNULL_END _Pragma("GCC visibility pop") \
		_Pragma("GCC diagnostic pop")

ES_BEGIN_DECLARATIONS

/* ---- Base types ---- */

/* Names one AUTH question to the system. Opaque: neither compare nor store it. */
typedef struct {
	uint8_t reserved[32];
} es_event_id_t;

/* The first 20 bytes of the hash that names signed code. Linux signs no programs: all zero. */
typedef uint8_t es_cdhash_t[20];

/* A SHA-256 hash of a file's content. */
typedef uint8_t es_sha256_t[32];

/* As <uuid/uuid.h> has it, which need not be installed. */
typedef unsigned char uuid_t[16];

/* Bytes inside a message; they live as long as the message. */
typedef struct {
	size_t size; /* in bytes */
	const uint8_t *data;
} es_token_t;

/*
 * Text inside a message; it lives as long as the message. It ends with NUL, and `length` does not
 * count that, so `data` may be used as a C string. A text that is missing has length 0. Paths and
 * arguments are the bytes the kernel holds: nobody has checked that they are UTF-8.
 */
typedef struct {
	size_t length; /* as strlen(3) */
	const char *data;
} es_string_token_t;

/* Names a graphical login session among others of the same boot. macOS 13.0 */
typedef uint32_t es_graphical_session_id_t;

/* What a code signature says about a file. macOS 15.0; never filled on Linux. */
typedef struct {
	es_cdhash_t cdhash;
	es_string_token_t signing_id;
	es_string_token_t team_id;
} es_signed_file_info_t;

/*
 * What a program must be to take up a service. `data` NULL: this fact is not asked for; length 0:
 * it is asked for and empty. macOS 27.0; never filled on Linux.
 */
typedef struct {
	es_string_token_t team_id;
	es_string_token_t signing_id;
} es_lightweight_code_requirement_t;

/* ---- Events ---- */

/*
 * What can be watched (NOTIFY: told after it happened) and decided (AUTH: the actor waits for the
 * answer). What each one means stands at its structure in ESMessage.h. A Linux machine offers those
 * that its kernel lets it see, and es_subscribe() refuses the others; es_linux_event_support() and
 * `esctl events` tell which, and why. The RESERVED values are not public; es_subscribe() refuses
 * them.
 */
typedef enum {
	/* macOS 10.15 */
	ES_EVENT_TYPE_AUTH_EXEC = 0,
	ES_EVENT_TYPE_AUTH_OPEN = 1,
	ES_EVENT_TYPE_AUTH_KEXTLOAD = 2,
	ES_EVENT_TYPE_AUTH_MMAP = 3,
	ES_EVENT_TYPE_AUTH_MPROTECT = 4,
	ES_EVENT_TYPE_AUTH_MOUNT = 5,
	ES_EVENT_TYPE_AUTH_RENAME = 6,
	ES_EVENT_TYPE_AUTH_SIGNAL = 7,
	ES_EVENT_TYPE_AUTH_UNLINK = 8,
	ES_EVENT_TYPE_NOTIFY_EXEC = 9,
	ES_EVENT_TYPE_NOTIFY_OPEN = 10,
	ES_EVENT_TYPE_NOTIFY_FORK = 11,
	ES_EVENT_TYPE_NOTIFY_CLOSE = 12,
	ES_EVENT_TYPE_NOTIFY_CREATE = 13,
	ES_EVENT_TYPE_NOTIFY_EXCHANGEDATA = 14,
	ES_EVENT_TYPE_NOTIFY_EXIT = 15,
	ES_EVENT_TYPE_NOTIFY_GET_TASK = 16,
	ES_EVENT_TYPE_NOTIFY_KEXTLOAD = 17,
	ES_EVENT_TYPE_NOTIFY_KEXTUNLOAD = 18,
	ES_EVENT_TYPE_NOTIFY_LINK = 19,
	ES_EVENT_TYPE_NOTIFY_MMAP = 20,
	ES_EVENT_TYPE_NOTIFY_MPROTECT = 21,
	ES_EVENT_TYPE_NOTIFY_MOUNT = 22,
	ES_EVENT_TYPE_NOTIFY_UNMOUNT = 23,
	ES_EVENT_TYPE_NOTIFY_IOKIT_OPEN = 24,
	ES_EVENT_TYPE_NOTIFY_RENAME = 25,
	ES_EVENT_TYPE_NOTIFY_SETATTRLIST = 26,
	ES_EVENT_TYPE_NOTIFY_SETEXTATTR = 27,
	ES_EVENT_TYPE_NOTIFY_SETFLAGS = 28,
	ES_EVENT_TYPE_NOTIFY_SETMODE = 29,
	ES_EVENT_TYPE_NOTIFY_SETOWNER = 30,
	ES_EVENT_TYPE_NOTIFY_SIGNAL = 31,
	ES_EVENT_TYPE_NOTIFY_UNLINK = 32,
	ES_EVENT_TYPE_NOTIFY_WRITE = 33,
	ES_EVENT_TYPE_AUTH_FILE_PROVIDER_MATERIALIZE = 34,
	ES_EVENT_TYPE_NOTIFY_FILE_PROVIDER_MATERIALIZE = 35,
	ES_EVENT_TYPE_AUTH_FILE_PROVIDER_UPDATE = 36,
	ES_EVENT_TYPE_NOTIFY_FILE_PROVIDER_UPDATE = 37,
	ES_EVENT_TYPE_AUTH_READLINK = 38,
	ES_EVENT_TYPE_NOTIFY_READLINK = 39,
	ES_EVENT_TYPE_AUTH_TRUNCATE = 40,
	ES_EVENT_TYPE_NOTIFY_TRUNCATE = 41,
	ES_EVENT_TYPE_AUTH_LINK = 42,
	ES_EVENT_TYPE_NOTIFY_LOOKUP = 43,
	ES_EVENT_TYPE_AUTH_CREATE = 44,
	ES_EVENT_TYPE_AUTH_SETATTRLIST = 45,
	ES_EVENT_TYPE_AUTH_SETEXTATTR = 46,
	ES_EVENT_TYPE_AUTH_SETFLAGS = 47,
	ES_EVENT_TYPE_AUTH_SETMODE = 48,
	ES_EVENT_TYPE_AUTH_SETOWNER = 49,

	/* macOS 10.15.1 */
	ES_EVENT_TYPE_AUTH_CHDIR = 50,
	ES_EVENT_TYPE_NOTIFY_CHDIR = 51,
	ES_EVENT_TYPE_AUTH_GETATTRLIST = 52,
	ES_EVENT_TYPE_NOTIFY_GETATTRLIST = 53,
	ES_EVENT_TYPE_NOTIFY_STAT = 54,
	ES_EVENT_TYPE_NOTIFY_ACCESS = 55,
	ES_EVENT_TYPE_AUTH_CHROOT = 56,
	ES_EVENT_TYPE_NOTIFY_CHROOT = 57,
	ES_EVENT_TYPE_AUTH_UTIMES = 58,
	ES_EVENT_TYPE_NOTIFY_UTIMES = 59,
	ES_EVENT_TYPE_AUTH_CLONE = 60,
	ES_EVENT_TYPE_NOTIFY_CLONE = 61,
	ES_EVENT_TYPE_NOTIFY_FCNTL = 62,
	ES_EVENT_TYPE_AUTH_GETEXTATTR = 63,
	ES_EVENT_TYPE_NOTIFY_GETEXTATTR = 64,
	ES_EVENT_TYPE_AUTH_LISTEXTATTR = 65,
	ES_EVENT_TYPE_NOTIFY_LISTEXTATTR = 66,
	ES_EVENT_TYPE_AUTH_READDIR = 67,
	ES_EVENT_TYPE_NOTIFY_READDIR = 68,
	ES_EVENT_TYPE_AUTH_DELETEEXTATTR = 69,
	ES_EVENT_TYPE_NOTIFY_DELETEEXTATTR = 70,
	ES_EVENT_TYPE_AUTH_FSGETPATH = 71,
	ES_EVENT_TYPE_NOTIFY_FSGETPATH = 72,
	ES_EVENT_TYPE_NOTIFY_DUP = 73,
	ES_EVENT_TYPE_AUTH_SETTIME = 74,
	ES_EVENT_TYPE_NOTIFY_SETTIME = 75,
	ES_EVENT_TYPE_NOTIFY_UIPC_BIND = 76,
	ES_EVENT_TYPE_AUTH_UIPC_BIND = 77,
	ES_EVENT_TYPE_NOTIFY_UIPC_CONNECT = 78,
	ES_EVENT_TYPE_AUTH_UIPC_CONNECT = 79,
	ES_EVENT_TYPE_AUTH_EXCHANGEDATA = 80,
	ES_EVENT_TYPE_AUTH_SETACL = 81,
	ES_EVENT_TYPE_NOTIFY_SETACL = 82,

	/* macOS 10.15.4 */
	ES_EVENT_TYPE_NOTIFY_PTY_GRANT = 83,
	ES_EVENT_TYPE_NOTIFY_PTY_CLOSE = 84,
	ES_EVENT_TYPE_AUTH_PROC_CHECK = 85,
	ES_EVENT_TYPE_NOTIFY_PROC_CHECK = 86,
	ES_EVENT_TYPE_AUTH_GET_TASK = 87,

	/* macOS 11.0 */
	ES_EVENT_TYPE_AUTH_SEARCHFS = 88,
	ES_EVENT_TYPE_NOTIFY_SEARCHFS = 89,
	ES_EVENT_TYPE_AUTH_FCNTL = 90,
	ES_EVENT_TYPE_AUTH_IOKIT_OPEN = 91,
	ES_EVENT_TYPE_AUTH_PROC_SUSPEND_RESUME = 92,
	ES_EVENT_TYPE_NOTIFY_PROC_SUSPEND_RESUME = 93,
	ES_EVENT_TYPE_NOTIFY_CS_INVALIDATED = 94,
	ES_EVENT_TYPE_NOTIFY_GET_TASK_NAME = 95,
	ES_EVENT_TYPE_NOTIFY_TRACE = 96,
	ES_EVENT_TYPE_NOTIFY_REMOTE_THREAD_CREATE = 97,
	ES_EVENT_TYPE_AUTH_REMOUNT = 98,
	ES_EVENT_TYPE_NOTIFY_REMOUNT = 99,

	/* macOS 11.3 */
	ES_EVENT_TYPE_AUTH_GET_TASK_READ = 100,
	ES_EVENT_TYPE_NOTIFY_GET_TASK_READ = 101,
	ES_EVENT_TYPE_NOTIFY_GET_TASK_INSPECT = 102,

	/* macOS 12.0 */
	ES_EVENT_TYPE_NOTIFY_SETUID = 103,
	ES_EVENT_TYPE_NOTIFY_SETGID = 104,
	ES_EVENT_TYPE_NOTIFY_SETEUID = 105,
	ES_EVENT_TYPE_NOTIFY_SETEGID = 106,
	ES_EVENT_TYPE_NOTIFY_SETREUID = 107,
	ES_EVENT_TYPE_NOTIFY_SETREGID = 108,
	ES_EVENT_TYPE_AUTH_COPYFILE = 109,
	ES_EVENT_TYPE_NOTIFY_COPYFILE = 110,

	/* macOS 13.0 */
	ES_EVENT_TYPE_NOTIFY_AUTHENTICATION = 111,
	ES_EVENT_TYPE_NOTIFY_XP_MALWARE_DETECTED = 112,
	ES_EVENT_TYPE_NOTIFY_XP_MALWARE_REMEDIATED = 113,
	ES_EVENT_TYPE_NOTIFY_LW_SESSION_LOGIN = 114,
	ES_EVENT_TYPE_NOTIFY_LW_SESSION_LOGOUT = 115,
	ES_EVENT_TYPE_NOTIFY_LW_SESSION_LOCK = 116,
	ES_EVENT_TYPE_NOTIFY_LW_SESSION_UNLOCK = 117,
	ES_EVENT_TYPE_NOTIFY_SCREENSHARING_ATTACH = 118,
	ES_EVENT_TYPE_NOTIFY_SCREENSHARING_DETACH = 119,
	ES_EVENT_TYPE_NOTIFY_OPENSSH_LOGIN = 120,
	ES_EVENT_TYPE_NOTIFY_OPENSSH_LOGOUT = 121,
	ES_EVENT_TYPE_NOTIFY_LOGIN_LOGIN = 122,
	ES_EVENT_TYPE_NOTIFY_LOGIN_LOGOUT = 123,
	ES_EVENT_TYPE_NOTIFY_BTM_LAUNCH_ITEM_ADD = 124,
	ES_EVENT_TYPE_NOTIFY_BTM_LAUNCH_ITEM_REMOVE = 125,

	/* macOS 14.0 */
	ES_EVENT_TYPE_NOTIFY_PROFILE_ADD = 126,
	ES_EVENT_TYPE_NOTIFY_PROFILE_REMOVE = 127,
	ES_EVENT_TYPE_NOTIFY_SU = 128,
	ES_EVENT_TYPE_NOTIFY_AUTHORIZATION_PETITION = 129,
	ES_EVENT_TYPE_NOTIFY_AUTHORIZATION_JUDGEMENT = 130,
	ES_EVENT_TYPE_NOTIFY_SUDO = 131,
	ES_EVENT_TYPE_NOTIFY_OD_GROUP_ADD = 132,
	ES_EVENT_TYPE_NOTIFY_OD_GROUP_REMOVE = 133,
	ES_EVENT_TYPE_NOTIFY_OD_GROUP_SET = 134,
	ES_EVENT_TYPE_NOTIFY_OD_MODIFY_PASSWORD = 135,
	ES_EVENT_TYPE_NOTIFY_OD_DISABLE_USER = 136,
	ES_EVENT_TYPE_NOTIFY_OD_ENABLE_USER = 137,
	ES_EVENT_TYPE_NOTIFY_OD_ATTRIBUTE_VALUE_ADD = 138,
	ES_EVENT_TYPE_NOTIFY_OD_ATTRIBUTE_VALUE_REMOVE = 139,
	ES_EVENT_TYPE_NOTIFY_OD_ATTRIBUTE_SET = 140,
	ES_EVENT_TYPE_NOTIFY_OD_CREATE_USER = 141,
	ES_EVENT_TYPE_NOTIFY_OD_CREATE_GROUP = 142,
	ES_EVENT_TYPE_NOTIFY_OD_DELETE_USER = 143,
	ES_EVENT_TYPE_NOTIFY_OD_DELETE_GROUP = 144,
	ES_EVENT_TYPE_NOTIFY_XPC_CONNECT = 145,

	/* macOS 15.0 */
	ES_EVENT_TYPE_NOTIFY_GATEKEEPER_USER_OVERRIDE = 146,

	/* macOS 15.4 */
	ES_EVENT_TYPE_NOTIFY_TCC_MODIFY = 147,

	/* macOS 26.3 */
	ES_EVENT_TYPE_RESERVED_0 = 148,
	ES_EVENT_TYPE_RESERVED_1 = 149,
	ES_EVENT_TYPE_RESERVED_2 = 150,

	/* macOS 26.4 */
	ES_EVENT_TYPE_RESERVED_3 = 151,
	ES_EVENT_TYPE_RESERVED_4 = 152,
	ES_EVENT_TYPE_RESERVED_5 = 153,
	ES_EVENT_TYPE_RESERVED_6 = 154,

	/* macOS 26.5 */
	ES_EVENT_TYPE_RESERVED_7 = 155,
	ES_EVENT_TYPE_RESERVED_8 = 156,

	/* macOS 27.0 */
	ES_EVENT_TYPE_AUTH_XPC_CONNECT = 157,
	ES_EVENT_TYPE_AUTH_BOOTSTRAP_CHECK_IN = 158,
	ES_EVENT_TYPE_NOTIFY_BOOTSTRAP_CHECK_IN = 159,
	ES_EVENT_TYPE_AUTH_BOOTSTRAP_LOOK_UP = 160,
	ES_EVENT_TYPE_NOTIFY_BOOTSTRAP_LOOK_UP = 161,

	/* One more than the newest. It grows with the list: no event, and nothing to store. */
	ES_EVENT_TYPE_LAST = 162,
} es_event_type_t;

/* Must the event be answered? */
typedef enum {
	ES_ACTION_TYPE_AUTH = 0,
	ES_ACTION_TYPE_NOTIFY = 1,
} es_action_type_t;

/* The answer to an AUTH event other than AUTH_OPEN. */
typedef enum {
	ES_AUTH_RESULT_ALLOW = 0,
	ES_AUTH_RESULT_DENY = 1,
} es_auth_result_t;

/* Which member of es_result_t is meant. */
typedef enum {
	ES_RESULT_TYPE_AUTH = 0,
	ES_RESULT_TYPE_FLAGS = 1, /* AUTH_OPEN and NOTIFY_OPEN */
} es_result_type_t;

/* ---- What functions return ---- */

/* On Linux es_linux_last_error() (ESLinux.h) gives the reason of any failure in words. */
typedef enum {
	ES_RETURN_SUCCESS = 0,
	ES_RETURN_ERROR = 1,
} es_return_t;

/* What es_respond_auth_result() and es_respond_flags_result() return. */
typedef enum {
	ES_RESPOND_RESULT_SUCCESS = 0,
	ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT = 1,
	ES_RESPOND_RESULT_ERR_INTERNAL = 2, /* the answer could not be handed over */
	/*
	 * This client owes no such answer: the message is another client's, or its deadline has
	 * passed.
	 */
	ES_RESPOND_RESULT_NOT_FOUND = 3,
	ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE = 4, /* answered before; the first answer stands */
	/* The wrong one of the two functions, or a NOTIFY message. */
	ES_RESPOND_RESULT_ERR_EVENT_TYPE = 5,
} es_respond_result_t;

/* What es_new_client() and es_new_descendants_client() return. */
typedef enum {
	ES_NEW_CLIENT_RESULT_SUCCESS = 0,
	ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT = 1,
	/*
	 * No daemon answers and none could be started, it speaks another version, or the kernel
	 * lacks something.
	 */
	ES_NEW_CLIENT_RESULT_ERR_INTERNAL = 2,
	/*
	 * macOS: no entitlement. Linux: an entry in /etc/endpointsecurity/clients.d refuses this
	 * program.
	 */
	ES_NEW_CLIENT_RESULT_ERR_NOT_ENTITLED = 3,
	/*
	 * macOS: the user has not approved. Linux: root, but without CAP_SYS_ADMIN, as in most
	 * containers.
	 */
	ES_NEW_CLIENT_RESULT_ERR_NOT_PERMITTED = 4,
	/*
	 * Not root, and on Linux no entry in /etc/endpointsecurity/clients.d allows this user or
	 * unit.
	 */
	ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED = 5,
	ES_NEW_CLIENT_RESULT_ERR_TOO_MANY_CLIENTS = 6, /* macOS 10.15.1 */
} es_new_client_result_t;

/* What es_clear_cache() returns. */
typedef enum {
	ES_CLEAR_CACHE_RESULT_SUCCESS = 0,
	ES_CLEAR_CACHE_RESULT_ERR_INTERNAL = 1,
	ES_CLEAR_CACHE_RESULT_ERR_THROTTLE = 2, /* asked too often; try again later */
} es_clear_cache_result_t;

/* ---- Muting and deadlines ---- */

/* Which path a path mute is compared with, and how: the whole path, or its beginning. macOS 12.0 */
typedef enum {
	ES_MUTE_PATH_TYPE_PREFIX = 0, /* executable of the acting process */
	ES_MUTE_PATH_TYPE_LITERAL = 1,
	ES_MUTE_PATH_TYPE_TARGET_PREFIX = 2, /* what is acted on; macOS 13.0 */
	ES_MUTE_PATH_TYPE_TARGET_LITERAL = 3,
} es_mute_path_type_t;

/* One path of es_muted_paths_events(). */
typedef struct {
	es_mute_path_type_t type;
	size_t event_count;
	const es_event_type_t *events; /* the event types it mutes */
	es_string_token_t path;
} es_muted_path_t;

/* The answer of es_muted_paths_events(); given back with es_release_muted_paths(). */
typedef struct {
	size_t count;
	const es_muted_path_t *paths;
} es_muted_paths_t;

/* One process of es_muted_processes_events(). */
typedef struct {
	audit_token_t audit_token; /* as given to es_mute_process() */
	size_t event_count;
	const es_event_type_t *events; /* the event types it mutes */
} es_muted_process_t;

/* The answer of es_muted_processes_events(); given back with es_release_muted_processes(). */
typedef struct {
	size_t count;
	const es_muted_process_t *processes;
} es_muted_processes_t;

/* The three kinds of mutes, each of which can be inverted on its own. macOS 13.0 */
typedef enum {
	ES_MUTE_INVERSION_TYPE_PROCESS = 0,
	ES_MUTE_INVERSION_TYPE_PATH = 1,
	ES_MUTE_INVERSION_TYPE_TARGET_PATH = 2,
	ES_MUTE_INVERSION_TYPE_LAST = 3, /* no kind: one more than the newest */
} es_mute_inversion_type_t;

/* What es_muting_inverted() returns. Mind the order: 0 is "inverted". macOS 13.0 */
typedef enum {
	ES_MUTE_INVERTED = 0,
	ES_MUTE_NOT_INVERTED = 1,
	ES_MUTE_INVERTED_ERROR = 2,
} es_mute_inverted_return_t;

/* What happens when a client does not answer an AUTH event in time. macOS 27.0 */
typedef enum {
	ES_DEADLINE_MISS_MODE_KILL =
		0, /* the client is killed, the operation allowed; the default */
	ES_DEADLINE_MISS_MODE_FAIL_CLOSED =
		1, /* the operation is denied; so it is if its message was dropped */
	ES_DEADLINE_MISS_MODE_FAIL_OPEN = 2, /* the operation is allowed */
} es_deadline_miss_mode_t;

/* ---- Parts of events ---- */

/* Which member of `destination` is meant, in create and rename. */
typedef enum {
	ES_DESTINATION_TYPE_EXISTING_FILE = 0,
	ES_DESTINATION_TYPE_NEW_PATH = 1,
} es_destination_type_t;

/* Was an access control list set or taken away? */
typedef enum {
	ES_SET = 0,
	ES_CLEAR = 1,
} es_set_or_clear_t;

/*
 * How a process was asked about. macOS 10.15.4. The numbers are those of macOS's proc_info call. On
 * Linux, which has no such call, a look into /proc/PID is PIDINFO.
 */
typedef enum {
	ES_PROC_CHECK_TYPE_LISTPIDS = 1,
	ES_PROC_CHECK_TYPE_PIDINFO = 2,
	ES_PROC_CHECK_TYPE_PIDFDINFO = 3,
	ES_PROC_CHECK_TYPE_KERNMSGBUF = 4, /* never sent */
	ES_PROC_CHECK_TYPE_SETCONTROL = 5,
	ES_PROC_CHECK_TYPE_PIDFILEPORTINFO = 6,
	ES_PROC_CHECK_TYPE_TERMINATE = 7, /* never sent: see the signal event */
	ES_PROC_CHECK_TYPE_DIRTYCONTROL = 8,
	ES_PROC_CHECK_TYPE_PIDRUSAGE = 9,
	ES_PROC_CHECK_TYPE_UDATA_INFO = 14, /* never sent */
} es_proc_check_type_t;

/* macOS 11.0; there is no 2 */
typedef enum {
	ES_PROC_SUSPEND_RESUME_TYPE_SUSPEND = 0,
	ES_PROC_SUSPEND_RESUME_TYPE_RESUME = 1,
	ES_PROC_SUSPEND_RESUME_TYPE_SHUTDOWN_SOCKETS = 3, /* Linux has no such operation */
} es_proc_suspend_resume_type_t;

/*
 * How a handle to a process was obtained. macOS 12.3. On Linux always TASK_FOR_PID: by process id.
 */
typedef enum {
	ES_GET_TASK_TYPE_TASK_FOR_PID = 0,
	ES_GET_TASK_TYPE_EXPOSE_TASK = 1,
	ES_GET_TASK_TYPE_IDENTITY_TOKEN = 2,
} es_get_task_type_t;

/* What kind of thing is mounted. macOS 15.0 */
typedef enum {
	ES_MOUNT_DISPOSITION_EXTERNAL = 0, /* a device that can be taken away */
	ES_MOUNT_DISPOSITION_INTERNAL = 1,
	ES_MOUNT_DISPOSITION_NETWORK = 2,
	ES_MOUNT_DISPOSITION_VIRTUAL =
		3, /* no device of its own: a pseudo file system, a disk image */
	ES_MOUNT_DISPOSITION_NULLFS =
		4, /* another view of what is mounted already; Linux: a bind mount */
	ES_MOUNT_DISPOSITION_UNKNOWN = 5,
} es_mount_disposition_t;

/* How a source address is to be read. */
typedef enum {
	ES_ADDRESS_TYPE_NONE = 0,
	ES_ADDRESS_TYPE_IPV4 = 1,
	ES_ADDRESS_TYPE_IPV6 = 2,
	ES_ADDRESS_TYPE_NAMED_SOCKET = 3,
} es_address_type_t;

/* Which member of `data` is meant, in authentication. */
typedef enum {
	ES_AUTHENTICATION_TYPE_OD = 0, /* against the user database; Linux: PAM */
	ES_AUTHENTICATION_TYPE_TOUCHID = 1,
	ES_AUTHENTICATION_TYPE_TOKEN = 2,
	ES_AUTHENTICATION_TYPE_AUTO_UNLOCK = 3,
	ES_AUTHENTICATION_TYPE_LAST = 4, /* no type: one more than the newest */
} es_authentication_type_t;

/* Was the finger of a known user checked, or a user looked for by the finger? */
typedef enum {
	ES_TOUCHID_MODE_VERIFICATION = 0,
	ES_TOUCHID_MODE_IDENTIFICATION = 1,
} es_touchid_mode_t;

/* What a watch unlocked. */
typedef enum {
	ES_AUTO_UNLOCK_MACHINE_UNLOCK = 1,
	ES_AUTO_UNLOCK_AUTH_PROMPT = 2,
} es_auto_unlock_type_t;

/* How a login through ssh ended. */
typedef enum {
	ES_OPENSSH_LOGIN_EXCEED_MAXTRIES = 0,
	ES_OPENSSH_LOGIN_ROOT_DENIED = 1,
	ES_OPENSSH_AUTH_SUCCESS = 2,
	ES_OPENSSH_AUTH_FAIL_NONE = 3,
	ES_OPENSSH_AUTH_FAIL_PASSWD = 4,
	ES_OPENSSH_AUTH_FAIL_KBDINT = 5,
	ES_OPENSSH_AUTH_FAIL_PUBKEY = 6,
	ES_OPENSSH_AUTH_FAIL_HOSTBASED = 7,
	ES_OPENSSH_AUTH_FAIL_GSSAPI = 8,
	ES_OPENSSH_INVALID_USER = 9,
} es_openssh_login_result_type_t;

/*
 * What starts by itself. Linux: a system unit is a DAEMON, a user unit an AGENT, an autostart entry
 * a LOGIN_ITEM.
 */
typedef enum {
	ES_BTM_ITEM_TYPE_USER_ITEM = 0,
	ES_BTM_ITEM_TYPE_APP = 1,
	ES_BTM_ITEM_TYPE_LOGIN_ITEM = 2,
	ES_BTM_ITEM_TYPE_AGENT = 3,
	ES_BTM_ITEM_TYPE_DAEMON = 4,
} es_btm_item_type_t;

/* Did device management or a user install the profile? */
typedef enum {
	ES_PROFILE_SOURCE_MANAGED = 0,
	ES_PROFILE_SOURCE_INSTALL = 1,
} es_profile_source_t;

/* Which kind of sudo's plugins refused. */
typedef enum {
	ES_SUDO_PLUGIN_TYPE_UNKNOWN = 0,
	ES_SUDO_PLUGIN_TYPE_FRONT_END = 1,
	ES_SUDO_PLUGIN_TYPE_POLICY = 2,
	ES_SUDO_PLUGIN_TYPE_IO = 3,
	ES_SUDO_PLUGIN_TYPE_AUDIT = 4,
	ES_SUDO_PLUGIN_TYPE_APPROVAL = 5,
} es_sudo_plugin_type_t;

/* By what kind of rule a right was granted or refused. */
typedef enum {
	ES_AUTHORIZATION_RULE_CLASS_USER = 0,
	ES_AUTHORIZATION_RULE_CLASS_RULE = 1,
	ES_AUTHORIZATION_RULE_CLASS_MECHANISM = 2,
	ES_AUTHORIZATION_RULE_CLASS_ALLOW = 3,
	ES_AUTHORIZATION_RULE_CLASS_DENY = 4,
	ES_AUTHORIZATION_RULE_CLASS_UNKNOWN = 5,
	ES_AUTHORIZATION_RULE_CLASS_INVALID = 6,
} es_authorization_rule_class_t;

/* How a member of a group is named. */
typedef enum {
	ES_OD_MEMBER_TYPE_USER_NAME = 0,
	ES_OD_MEMBER_TYPE_USER_UUID = 1,
	ES_OD_MEMBER_TYPE_GROUP_UUID = 2,
} es_od_member_type_t;

/* Whose password was changed. */
typedef enum {
	ES_OD_ACCOUNT_TYPE_USER = 0,
	ES_OD_ACCOUNT_TYPE_COMPUTER = 1,
} es_od_account_type_t;

/* What kind of record was changed. */
typedef enum {
	ES_OD_RECORD_TYPE_USER = 0,
	ES_OD_RECORD_TYPE_GROUP = 1,
} es_od_record_type_t;

/* Where a service is looked for. */
typedef enum {
	ES_XPC_DOMAIN_TYPE_SYSTEM = 1,
	ES_XPC_DOMAIN_TYPE_USER = 2,
	ES_XPC_DOMAIN_TYPE_USER_LOGIN = 3,
	ES_XPC_DOMAIN_TYPE_SESSION = 4,
	ES_XPC_DOMAIN_TYPE_PID = 5,
	ES_XPC_DOMAIN_TYPE_MANAGER = 6,
	ES_XPC_DOMAIN_TYPE_PORT = 7,
	ES_XPC_DOMAIN_TYPE_GUI = 8,
} es_xpc_domain_type_t;

/* Which member of `file` is meant, in gatekeeper_user_override. */
typedef enum {
	ES_GATEKEEPER_USER_OVERRIDE_FILE_TYPE_PATH = 0,
	ES_GATEKEEPER_USER_OVERRIDE_FILE_TYPE_FILE = 1,
} es_gatekeeper_user_override_file_type_t;

/* How a privacy permission changed. macOS 15.4, as the three that follow */
typedef enum {
	ES_TCC_EVENT_TYPE_UNKNOWN = 0,
	ES_TCC_EVENT_TYPE_CREATE = 1,
	ES_TCC_EVENT_TYPE_MODIFY = 2,
	ES_TCC_EVENT_TYPE_DELETE = 3,
} es_tcc_event_type_t;

/* What is permitted now. */
typedef enum {
	ES_TCC_AUTHORIZATION_RIGHT_DENIED = 0,
	ES_TCC_AUTHORIZATION_RIGHT_UNKNOWN = 1,
	ES_TCC_AUTHORIZATION_RIGHT_ALLOWED = 2,
	ES_TCC_AUTHORIZATION_RIGHT_LIMITED = 3,
	ES_TCC_AUTHORIZATION_RIGHT_ADD_MODIFY_ADDED = 4,
	ES_TCC_AUTHORIZATION_RIGHT_SESSION_PID = 5,
	ES_TCC_AUTHORIZATION_RIGHT_LEARN_MORE = 6,
} es_tcc_authorization_right_t;

/* By whom or by what it was decided. */
typedef enum {
	ES_TCC_AUTHORIZATION_REASON_NONE = 0,
	ES_TCC_AUTHORIZATION_REASON_ERROR = 1,
	ES_TCC_AUTHORIZATION_REASON_USER_CONSENT = 2,
	ES_TCC_AUTHORIZATION_REASON_USER_SET = 3,
	ES_TCC_AUTHORIZATION_REASON_SYSTEM_SET = 4,
	ES_TCC_AUTHORIZATION_REASON_SERVICE_POLICY = 5,
	ES_TCC_AUTHORIZATION_REASON_MDM_POLICY = 6,
	ES_TCC_AUTHORIZATION_REASON_SERVICE_OVERRIDE_POLICY = 7,
	ES_TCC_AUTHORIZATION_REASON_MISSING_USAGE_STRING = 8,
	ES_TCC_AUTHORIZATION_REASON_PROMPT_TIMEOUT = 9,
	ES_TCC_AUTHORIZATION_REASON_PREFLIGHT_UNKNOWN = 10,
	ES_TCC_AUTHORIZATION_REASON_ENTITLED = 11,
	ES_TCC_AUTHORIZATION_REASON_APP_TYPE_POLICY = 12,
	ES_TCC_AUTHORIZATION_REASON_PROMPT_CANCEL = 13,
} es_tcc_authorization_reason_t;

/* What `identity` names, in tcc_modify. */
typedef enum {
	ES_TCC_IDENTITY_TYPE_BUNDLE_ID = 0,
	ES_TCC_IDENTITY_TYPE_EXECUTABLE_PATH = 1,
	ES_TCC_IDENTITY_TYPE_POLICY_ID = 2,
	ES_TCC_IDENTITY_TYPE_FILE_PROVIDER_DOMAIN_ID = 3,
} es_tcc_identity_type_t;

/*
 * By which way running code was found trustworthy. macOS 26.0; on Linux always NONE: nothing was
 * asked.
 */
typedef enum {
	ES_CS_VALIDATION_CATEGORY_INVALID = 0,
	ES_CS_VALIDATION_CATEGORY_PLATFORM = 1,
	ES_CS_VALIDATION_CATEGORY_TESTFLIGHT = 2,
	ES_CS_VALIDATION_CATEGORY_DEVELOPMENT = 3,
	ES_CS_VALIDATION_CATEGORY_APP_STORE = 4,
	ES_CS_VALIDATION_CATEGORY_ENTERPRISE = 5,
	ES_CS_VALIDATION_CATEGORY_DEVELOPER_ID = 6,
	ES_CS_VALIDATION_CATEGORY_LOCAL_SIGNING = 7,
	ES_CS_VALIDATION_CATEGORY_ROSETTA = 8,
	ES_CS_VALIDATION_CATEGORY_OOPJIT = 9,
	ES_CS_VALIDATION_CATEGORY_NONE = 10,
} es_cs_validation_category_t;

/* Which member of `target` is meant, in bootstrap_look_up. macOS 27.0 */
typedef enum {
	ES_BOOTSTRAP_TARGET_TYPE_PROCESS = 0, /* a running process holds the name */
	ES_BOOTSTRAP_TARGET_TYPE_JOB = 1, /* it will be started for it */
} es_bootstrap_target_type_t;

ES_END_DECLARATIONS

#endif
