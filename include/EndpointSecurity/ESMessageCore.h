/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSecurity for Linux: the two structures every message leans on, file and process.
 *
 * "version >= 4" beside a field: it may be read only if es_message_t.version of the message it lies
 * in is at least 4. This library makes messages of version 11, the newest; the check matters to
 * source that also runs on macOS.
 */
#ifndef __ENDPOINT_SECURITY_MESSAGE_CORE_H
#define __ENDPOINT_SECURITY_MESSAGE_CORE_H

#include <EndpointSecurity/ESTypes.h>
#include <sys/stat.h>
#include <sys/time.h>

/*
 * macOS's names for the times of a struct stat. They need _DEFAULT_SOURCE, as st_atim itself does.
 */
#ifndef st_atimespec
#define st_atimespec st_atim
#endif
#ifndef st_mtimespec
#define st_mtimespec st_mtim
#endif
#ifndef st_ctimespec
#define st_ctimespec st_ctim
#endif

ES_BEGIN_DECLARATIONS

/*
 * A file-system object at the time of the message.
 *
 * `path` is absolute and resolved, as the machine's own root directory sees it; of several hard
 * links it is any one. It is empty if there is no name to give (es_linux_missing() then says so).
 * `stat` is the system's own struct stat. Linux's has no st_birthtimespec, st_flags and st_gen. If
 * the attributes could not be read it is all zero, and es_linux_missing() says so.
 */
typedef struct {
	es_string_token_t path;
	bool path_truncated; /* the path is too long; what is given is its beginning */
	struct stat stat;
} es_file_t;

/*
 * A process, as it was when the message was made. One run of one program is named by its pid
 * together with the pidversion of its token (audit_token_to_pidversion()): fork and exec raise the
 * pidversion. Never know a process again by its bare pid.
 *
 * Linux signs no programs: codesigning_flags is 0, cdhash all zero, signing_id, team_id and
 * cdhash_full are empty and cs_validation_category is ES_CS_VALIDATION_CATEGORY_NONE.
 */
typedef struct {
	audit_token_t audit_token; /* pid, pidversion and user ids: see <bsm/libbsm.h> */
	pid_t ppid; /* parent now; parent_audit_token says more */
	pid_t original_ppid; /* parent at fork, also after that one is gone */
	pid_t group_id;
	pid_t session_id;
	uint32_t codesigning_flags;
	bool is_platform_binary; /* part of the operating system; Linux: false */
	bool is_es_client; /* a client itself; two clients that watch each other can loop */
	es_cdhash_t cdhash;
	es_string_token_t signing_id;
	es_string_token_t team_id;
	es_file_t *executable;
	es_file_t *_Nullable tty; /* version >= 2; controlling terminal of the session */
	struct timeval start_time; /* version >= 3; time of the fork, wall clock */
	/* version >= 4; who answers for this process: itself, if nobody else does */
	audit_token_t responsible_audit_token;
	audit_token_t parent_audit_token; /* version >= 4 */
	es_cs_validation_category_t cs_validation_category; /* version >= 10 */
	union {
		uint8_t reserved[16];
	};
	es_token_t cdhash_full; /* version >= 11 */
} es_process_t;

ES_END_DECLARATIONS

#endif
