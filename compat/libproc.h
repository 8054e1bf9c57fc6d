/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about processes, read from /proc at the time of the call. A pid may be another process by
 * the time the answer is used: prefer what a message says. All functions set errno on failure and
 * may be called from any thread. They open files: inside an AUTH handler that may raise events of
 * its own.
 */
#ifndef _LIBPROC_H_
#define _LIBPROC_H_

#include <mach/message.h>
#include <os/base.h>
#include <stdint.h>
#include <sys/proc_info.h>
#include <sys/types.h>

__BEGIN_DECLS

#define PROC_PIDPATHINFO_MAXSIZE (4 * 4096)

/*
 * The path of the process' executable into `buffer`, with a NUL. Returns its length without the
 * NUL, or 0 with errno: ESRCH (no such process), ENOMEM (buffer too small), EPERM or EACCES. A
 * deleted file's path ends in " (deleted)".
 */
OS_EXPORT int proc_pidpath(int pid, void *buffer, uint32_t buffer_size);

/* The same for the process of a token. The pid decides; pidversion is not compared. */
OS_EXPORT int proc_pidpath_audittoken(audit_token_t *token, void *buffer, uint32_t buffer_size);

/* The short name (at most 15 bytes). Returns its length without the NUL, or 0 with errno. */
OS_EXPORT int proc_name(int pid, void *buffer, uint32_t buffer_size);

/*
 * Process ids (int each) into `buffer`: all, or those whose group, terminal, user or parent is
 * `value`. Returns the bytes written, and no more than fit; with NULL, a size that is large enough
 * for now. 0 with errno on failure (EINVAL: unknown type).
 */
OS_EXPORT int proc_listpids(uint32_t type, uint32_t value, void *buffer, int buffer_size);

/* All process ids. Returns how many, not bytes; otherwise as proc_listpids. */
OS_EXPORT int proc_listallpids(void *buffer, int buffer_size);

/* The children of a process. Returns how many, not bytes; otherwise as proc_listpids. */
OS_EXPORT int proc_listchildpids(pid_t parent, void *buffer, int buffer_size);

/*
 * Only the flavor PROC_PIDTBSDINFO: fills in a struct proc_bsdinfo and returns its size. 0 with
 * errno: ESRCH, ENOMEM (buffer too small), EINVAL (another flavor). `argument` is not used.
 */
OS_EXPORT int proc_pidinfo(int pid, int flavor, uint64_t argument, void *buffer, int buffer_size);

__END_DECLS

#endif
