/* SPDX-License-Identifier: Apache-2.0 */
/* What all parts of dispatch share: attributes and the two shapes of work, function and block. */
#ifndef __DISPATCH_BASE__
#define __DISPATCH_BASE__

#include <os/availability.h>
#include <os/base.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/qos.h>
#include <time.h>

#define DISPATCH_API_VERSION 20180109

#define DISPATCH_EXPORT	       OS_EXPORT
#define DISPATCH_NORETURN      OS_NORETURN
#define DISPATCH_NOTHROW       OS_NOTHROW
#define DISPATCH_WARN_RESULT   OS_WARN_RESULT
#define DISPATCH_NOESCAPE      OS_NOESCAPE
#define DISPATCH_ALWAYS_INLINE OS_ALWAYS_INLINE
#define DISPATCH_INLINE	       OS_INLINE

/* Work as a plain function; the context is handed through. */
typedef void (*dispatch_function_t)(void *context);

/*
 * Work as a block, where the compiler has them (clang -fblocks). A call that keeps a block copies
 * it and releases the copy after its run; the block forms need BlocksRuntime, as all blocks do.
 */
#ifdef __BLOCKS__
typedef void (^dispatch_block_t)(void);
#endif

#endif
