/* SPDX-License-Identifier: Apache-2.0 */
/* Types of the audit identity. Linux: the audit user is the login uid, the session the audit
 * session. */
#ifndef _BSM_AUDIT_H
#define _BSM_AUDIT_H

#include <stdint.h>
#include <sys/types.h>

typedef uid_t au_id_t;
typedef pid_t au_asid_t;
typedef uint32_t au_class_t;
typedef uint64_t au_asflgs_t;

/* The login uid of a process that nobody logged in for. */
#define AU_DEFAUDITID  ((uid_t)-1)
#define AU_DEFAUDITSID 0
#define AU_ASSIGN_ASID (-1)

/* Terminal identity; always zero here. */
struct au_tid {
	dev_t port;
	uint32_t machine;
};
typedef struct au_tid au_tid_t;

struct au_mask {
	unsigned int am_success;
	unsigned int am_failure;
};
typedef struct au_mask au_mask_t;

#endif
