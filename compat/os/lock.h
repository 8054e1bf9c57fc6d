/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_unfair_lock: a lock of one 32-bit word that knows its owner.
 *
 * The word is 0 when free, else the owner's thread id, with the top bit set while somebody waits in
 * the kernel (futex). It is not recursive and not fair. A misuse is a bug of the program and ends
 * it with a message: locking what this thread holds, unlocking or asserting what it does not hold.
 * All functions may be called from any thread; none from a signal handler.
 */
#ifndef __OS_LOCK__
#define __OS_LOCK__

#include <os/availability.h>
#include <os/base.h>
#include <stdbool.h>
#include <stdint.h>

__BEGIN_DECLS

/* The caller's storage. Initialise with OS_UNFAIR_LOCK_INIT; never copy or free it while held. */
typedef struct os_unfair_lock_s {
	uint32_t _os_unfair_lock_opaque;
} os_unfair_lock, *os_unfair_lock_t;

#if defined(__cplusplus)
#define OS_UNFAIR_LOCK_INIT (os_unfair_lock{0})
#else
#define OS_UNFAIR_LOCK_INIT ((os_unfair_lock){0})
#endif

/* Waits until the lock is free, without limit, and takes it. */
OS_EXPORT void os_unfair_lock_lock(os_unfair_lock_t lock);
/* Takes the lock if it is free; returns whether it did. Never waits. */
OS_EXPORT bool os_unfair_lock_trylock(os_unfair_lock_t lock) OS_WARN_RESULT;
/* Gives the lock back and wakes one waiter. Only the owner may call it. */
OS_EXPORT void os_unfair_lock_unlock(os_unfair_lock_t lock);
/* Ends the program unless the calling thread holds the lock. */
OS_EXPORT void os_unfair_lock_assert_owner(const os_unfair_lock *lock);
/* Ends the program if the calling thread holds the lock. */
OS_EXPORT void os_unfair_lock_assert_not_owner(const os_unfair_lock *lock);

__END_DECLS

#endif
