/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_unfair_lock over a futex.
 *
 * The word is 0, or the owner's thread id, with WAITING set while a thread may sleep in the kernel
 * for it. A thread that has slept takes the lock with WAITING set, since there may be other
 * sleepers; the worst that costs is one wake-up too many.
 */
#include <errno.h>
#include <linux/futex.h>
#include <os/lock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAITING 0x80000000u

static __thread uint32_t own_id;

static void forget_own_id(void)
{
	own_id = 0;
}

/* The one thread of a forked child has another id than its twin in the parent. */
__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_own_id);
}

static uint32_t get_own_id(void)
{
	if (!own_id)
		own_id = (uint32_t)gettid();
	return own_id;
}

/* A misuse is a bug of the program, and the state of what the lock protects unknown. */
static OS_NORETURN void end_program(const char *bug)
{
	char text[128];
	int length = snprintf(text, sizeof(text), "os_unfair_lock: %s\n", bug);
	ssize_t written = write(STDERR_FILENO, text, (size_t)length);

	(void)written;
	abort();
}

static uint32_t *word_of(os_unfair_lock_t lock)
{
	return &lock->_os_unfair_lock_opaque;
}

static bool replace(uint32_t *word, uint32_t expected, uint32_t wanted)
{
	return __atomic_compare_exchange_n(word, &expected, wanted, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void wait_and_take(uint32_t *word, uint32_t self)
{
	uint32_t seen;

	for (;;) {
		seen = __atomic_load_n(word, __ATOMIC_RELAXED);
		if (seen == 0 && replace(word, 0, self | WAITING))
			return;
		if (seen == 0)
			continue;
		if ((seen & ~WAITING) == self)
			end_program("locked by the thread that holds it");
		if (!(seen & WAITING) && !replace(word, seen, seen | WAITING))
			continue;
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen | WAITING, NULL, NULL, 0);
	}
}

void os_unfair_lock_lock(os_unfair_lock_t lock)
{
	int error = errno;

	if (!replace(word_of(lock), 0, get_own_id()))
		wait_and_take(word_of(lock), get_own_id());
	errno = error;
}

bool os_unfair_lock_trylock(os_unfair_lock_t lock)
{
	return replace(word_of(lock), 0, get_own_id());
}

void os_unfair_lock_unlock(os_unfair_lock_t lock)
{
	uint32_t seen = __atomic_exchange_n(word_of(lock), 0, __ATOMIC_RELEASE);

	if ((seen & ~WAITING) != get_own_id())
		end_program("unlocked by a thread that does not hold it");
	if (seen & WAITING)
		syscall(SYS_futex, word_of(lock), FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static bool is_owner(const os_unfair_lock *lock)
{
	uint32_t seen = __atomic_load_n(&lock->_os_unfair_lock_opaque, __ATOMIC_RELAXED);

	return (seen & ~WAITING) == get_own_id();
}

void os_unfair_lock_assert_owner(const os_unfair_lock *lock)
{
	if (!is_owner(lock))
		end_program("asserted to be held by a thread that does not hold it");
}

void os_unfair_lock_assert_not_owner(const os_unfair_lock *lock)
{
	if (is_owner(lock))
		end_program("asserted not to be held by the thread that holds it");
}
