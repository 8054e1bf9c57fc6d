/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in an audit token (link with -lbsm). Each function reads one part of a token that came in
 * a message; none of them asks the system, so none can fail, and all may be called from any thread
 * and from a signal handler. Identify a process run by pid and pidversion together.
 */
#ifndef _LIBBSM_H_
#define _LIBBSM_H_

#include <bsm/audit.h>
#include <mach/message.h>
#include <os/base.h>
#include <sys/types.h>

__BEGIN_DECLS

/* The login uid, (uid_t)-1 where nobody logged in. */
OS_EXPORT uid_t audit_token_to_auid(audit_token_t token);
/* The effective uid. */
OS_EXPORT uid_t audit_token_to_euid(audit_token_t token);
/* The effective gid. */
OS_EXPORT gid_t audit_token_to_egid(audit_token_t token);
/* The real uid. */
OS_EXPORT uid_t audit_token_to_ruid(audit_token_t token);
/* The real gid. */
OS_EXPORT gid_t audit_token_to_rgid(audit_token_t token);
/* The process id. */
OS_EXPORT pid_t audit_token_to_pid(audit_token_t token);
/* The audit session. */
OS_EXPORT au_asid_t audit_token_to_asid(audit_token_t token);
/* The number of this run of the process id: another after fork and after exec. */
OS_EXPORT int audit_token_to_pidversion(audit_token_t token);

/*
 * All parts at once. An output that is NULL is left out. The terminal identity is zero.
 */
OS_EXPORT void audit_token_to_au32(audit_token_t token, uid_t *ret_auid, uid_t *ret_euid,
				   gid_t *ret_egid, uid_t *ret_ruid, gid_t *ret_rgid,
				   pid_t *ret_pid, au_asid_t *ret_asid, au_tid_t *ret_tid);

__END_DECLS

#endif
