/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dispatch: queues, groups, semaphores and sources over a pool of threads (link with -ldispatch).
 *
 * For systems without libdispatch. A part of its interface, with its names and meanings; every
 * function has the form with a plain function (_f), and with clang -fblocks the form with a block.
 * Left out: dispatch_io, dispatch_data, workloops, dispatch_block_create, Mach and vnode sources.
 */
#ifndef __DISPATCH_PUBLIC__
#define __DISPATCH_PUBLIC__

#include <dispatch/base.h>
#include <dispatch/group.h>
#include <dispatch/object.h>
#include <dispatch/once.h>
#include <dispatch/queue.h>
#include <dispatch/semaphore.h>
#include <dispatch/source.h>
#include <dispatch/time.h>

#endif
