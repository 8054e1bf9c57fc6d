/* SPDX-License-Identifier: Apache-2.0 */
/* What libproc.h reports: the kinds of descriptor, the flavors of list and the basic facts. */
#ifndef _SYS_PROC_INFO_H
#define _SYS_PROC_INFO_H

#include <stdint.h>
#include <sys/types.h>

/* Kinds of file descriptor. */
#define PROX_FDTYPE_ATALK     0
#define PROX_FDTYPE_VNODE     1
#define PROX_FDTYPE_SOCKET    2
#define PROX_FDTYPE_PSHM      3
#define PROX_FDTYPE_PSEM      4
#define PROX_FDTYPE_KQUEUE    5
#define PROX_FDTYPE_PIPE      6
#define PROX_FDTYPE_FSEVENTS  7
#define PROX_FDTYPE_NETPOLICY 9
#define PROX_FDTYPE_CHANNEL   10
#define PROX_FDTYPE_NEXUS     11

/* Which processes proc_listpids lists. */
#define PROC_ALL_PIDS  1
#define PROC_PGRP_ONLY 2
#define PROC_TTY_ONLY  3
#define PROC_UID_ONLY  4
#define PROC_RUID_ONLY 5
#define PROC_PPID_ONLY 6

/* What proc_pidinfo tells: only PROC_PIDTBSDINFO is known here. */
#define PROC_PIDTBSDINFO      3
#define PROC_PIDTBSDINFO_SIZE (sizeof(struct proc_bsdinfo))

/* pbi_status */
#ifndef SIDL
#define SIDL   1
#define SRUN   2
#define SSLEEP 3
#define SSTOP  4
#define SZOMB  5
#endif

#ifndef MAXCOMLEN
#define MAXCOMLEN 16
#endif

/* Facts from /proc/PID/stat and status. What Linux does not have is zero. */
struct proc_bsdinfo {
	uint32_t pbi_flags; /* zero */
	uint32_t pbi_status; /* SIDL to SZOMB */
	uint32_t pbi_xstatus; /* zero: Linux tells it to the parent alone */
	uint32_t pbi_pid;
	uint32_t pbi_ppid;
	uid_t pbi_uid; /* effective, real and saved user and group */
	gid_t pbi_gid;
	uid_t pbi_ruid;
	gid_t pbi_rgid;
	uid_t pbi_svuid;
	gid_t pbi_svgid;
	uint32_t rfu_1;
	char pbi_comm[MAXCOMLEN]; /* at most 15 bytes of the name, and a NUL */
	char pbi_name[2 * MAXCOMLEN]; /* the same */
	uint32_t pbi_nfiles; /* open descriptors; zero where they may not be read */
	uint32_t pbi_pgid;
	uint32_t pbi_pjobc; /* zero */
	uint32_t e_tdev; /* controlling terminal */
	uint32_t e_tpgid; /* its foreground process group */
	int32_t pbi_nice;
	uint64_t pbi_start_tvsec; /* start, in wall-clock time */
	uint64_t pbi_start_tvusec;
};

#endif
