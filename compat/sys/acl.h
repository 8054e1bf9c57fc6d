/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands on to libacl's <sys/acl.h> where that is installed, so that nothing is hidden by this
 * folder; elsewhere only the opaque acl_t, spelled exactly as libacl spells it.
 */
#ifndef SLUICE_COMPAT_SYS_ACL_H
#define SLUICE_COMPAT_SYS_ACL_H

#if defined(__GNUC__)
#pragma GCC system_header /* for #include_next, which strict modes warn about */
#endif

#ifdef __has_include_next
#if __has_include_next(<sys/acl.h>)
#include_next <sys/acl.h>
#define SLUICE_COMPAT_HAS_LIBACL 1
#endif
#endif

#ifndef SLUICE_COMPAT_HAS_LIBACL
typedef struct __acl_ext *acl_t;
#endif

#endif
