/* SPDX-License-Identifier: Apache-2.0 */
/* Work that is done once in the life of the program. */
#ifndef __DISPATCH_ONCE__
#define __DISPATCH_ONCE__

#include <dispatch/base.h>

/* In static storage, zero at first. */
typedef intptr_t dispatch_once_t;

__BEGIN_DECLS

/*
 * The first caller does the work; others wait until it is done; then all return. Any thread;
 * calling it with the same predicate from within the work ends the program with a message.
 */
DISPATCH_EXPORT void dispatch_once_f(dispatch_once_t *predicate, void *context,
				     dispatch_function_t work);
#ifdef __BLOCKS__
DISPATCH_EXPORT void dispatch_once(dispatch_once_t *predicate,
				   DISPATCH_NOESCAPE dispatch_block_t block);
#endif

__END_DECLS

#endif
