/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The type of XPC objects. Linux has no XPC and nothing here makes one: es_exec_entitlements always
 * returns NULL, and these two are what a program does with that.
 */
#ifndef __XPC_H__
#define __XPC_H__

#include <os/base.h>

typedef void *xpc_object_t;

/* Returns `object`. Any thread. */
OS_INLINE xpc_object_t xpc_retain(xpc_object_t object)
{
	return object;
}

/* NULL is fine. Any thread. */
OS_INLINE void xpc_release(xpc_object_t object)
{
	(void)object;
}

#endif
