/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record: the flat bytes of one event, made by an engine, turned into a message by the library.
 *
 *	struct record | payload of the event (wire/payload.h) | tail: strings and arrays
 *
 * A record is complete: nobody who reads it looks anything up, so it can be stored, replayed and
 * sent to another machine. Strings and arrays are (offset, length) into the same record; offset 0
 * means absent. Every string is followed by a NUL that its length does not count; arrays lie on
 * multiples of 8. All numbers are in host order, padding is written out, sizes are multiples of 8
 * and asserted on both sides.
 *
 * Pure: compiles as BPF and as C.
 */
#ifndef SLUICE_WIRE_RECORD_H
#define SLUICE_WIRE_RECORD_H

#include <linux/types.h>

enum {
	RECORD_VERSION = 1,
	RECORD_SIZE_MAX = 256 * 1024, /* a longer one has its arrays cut and says so in `missing` */
	RECORD_PATH_MAX = 16 * 1024, /* a longer path is cut and marked RECORD_FILE_TRUNCATED */
};

/* What the engine could not find out; the bits of es_linux_missing_t. */
enum record_missing {
	RECORD_MISSING_PROCESS = 1 << 0,
	RECORD_MISSING_EXECUTABLE = 1 << 1,
	RECORD_MISSING_ARGUMENTS = 1 << 2,
	RECORD_MISSING_ENVIRONMENT = 1 << 3,
	RECORD_MISSING_WORKING_DIRECTORY = 1 << 4,
	RECORD_MISSING_DESCRIPTORS = 1 << 5,
	RECORD_MISSING_FLAGS = 1 << 6,
	RECORD_MISSING_PATH = 1 << 7,
	RECORD_MISSING_SOURCE = 1 << 8,
	RECORD_MISSING_TIMES = 1 << 9,
	RECORD_MISSING_STAT = 1 << 10,
	RECORD_MISSING_THREAD = 1 << 11,
	RECORD_MISSING_STATUS = 1 << 12,
};

struct record_number {
	__s64 value;
};

struct record_string {
	__u32 offset; /* from the first byte of the record; 0: absent */
	__u32 length; /* as strlen */
};

struct record_array {
	__u32 offset;
	__u32 count; /* elements; their type is given where the array stands */
};

struct record_time {
	__s64 seconds;
	__u32 nanoseconds;
	__u32 reserved;
};

/* audit_token_t: auid, euid, egid, ruid, rgid, pid, asid, pidversion. */
enum {
	RECORD_TOKEN_AUID,
	RECORD_TOKEN_EUID,
	RECORD_TOKEN_EGID,
	RECORD_TOKEN_RUID,
	RECORD_TOKEN_RGID,
	RECORD_TOKEN_PID,
	RECORD_TOKEN_ASID,
	RECORD_TOKEN_PIDVERSION,
	RECORD_TOKEN_WORDS,
};
struct record_token {
	__u32 words[RECORD_TOKEN_WORDS];
};

struct record_stat {
	__u64 device;
	__u64 inode;
	__u64 links;
	__u64 rdevice;
	__s64 size;
	__s64 blocks;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 block_size;
	struct record_time accessed;
	struct record_time modified;
	struct record_time changed;
	struct record_time born;
};

enum record_file_flags {
	RECORD_FILE_PRESENT = 1 << 0, /* without it the API's pointer is NULL, where it may be */
	RECORD_FILE_TRUNCATED = 1 << 1, /* the path is cut: path_truncated */
	RECORD_FILE_FOREIGN = 1 << 2, /* the path is one of another mount namespace */
	RECORD_FILE_NO_STAT = 1 << 3, /* gone before it could be looked at: stat is zero */
};
struct record_file {
	struct record_string path;
	__u32 flags;
	__u32 reserved;
	struct record_stat stat;
};

enum record_process_flags {
	RECORD_PROCESS_PRESENT = 1 << 0,
	RECORD_PROCESS_PLATFORM_BINARY = 1 << 1,
	RECORD_PROCESS_ES_CLIENT = 1 << 2,
};
struct record_process {
	struct record_token token;
	struct record_token parent;
	struct record_token responsible;
	__s32 ppid;
	__s32 original_ppid;
	__s32 group_id;
	__s32 session_id;
	__u32 flags;
	__u32 codesigning_flags;
	__u64 start_time_us; /* wall clock, microseconds since 1970 */
	struct record_string signing_id;
	struct record_string team_id;
	struct record_string cgroup_path;
	__u64 cgroup_id;
	__u64 cgroup_namespace;
	__u64 ipc_namespace;
	__u64 mount_namespace;
	__u64 network_namespace;
	__u64 pid_namespace;
	__u64 user_namespace;
	struct record_file executable;
	struct record_file tty; /* absent: no controlling terminal */
};

/* What a NOTIFY record says of the decision before it; es_result_t. */
enum { RECORD_RESULT_AUTH, RECORD_RESULT_FLAGS };

enum record_flags {
	RECORD_STOOD_IN = 1 << 0, /* a debug policy allowed it for a client that was stopped */
};

struct record {
	__u32 size; /* of the whole record, a multiple of 8 */
	__u16 version;
	__u16 event;
	__u32 missing; /* enum record_missing */
	__u32 result_type;
	__u32 result; /* 0 is ALLOW for RECORD_RESULT_AUTH, the mask for RECORD_RESULT_FLAGS */
	__u32 flags; /* enum record_flags */
	struct record_time time; /* wall clock */
	__u64 monotonic_ns; /* CLOCK_MONOTONIC: mach_time */
	__u64 thread_id; /* 0: no thread applies */
	/* The next four differ from client to client and are written when the record enters its
	 * ring. */
	__u64 deadline_ns; /* CLOCK_MONOTONIC; 0 for NOTIFY */
	__u64 question; /* wire/verdict.h; 0 for NOTIFY */
	__u64 seq_num; /* per client and event */
	__u64 global_seq_num; /* per client */
	struct record_process process;
};

_Static_assert(sizeof(struct record_string) == 8, "layout");
_Static_assert(sizeof(struct record_time) == 16, "layout");
_Static_assert(sizeof(struct record_token) == 32, "layout");
_Static_assert(sizeof(struct record_stat) == 128, "layout");
_Static_assert(sizeof(struct record_file) == 144, "layout");
_Static_assert(sizeof(struct record_process) == 496, "layout");
_Static_assert(sizeof(struct record) == 584, "layout");

#endif
