/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutex that clang's thread-safety analysis knows, and a condition beside it on base/clock.h's
 * clock. A function marked HOLDS may only be called with the lock taken; clang says so when it
 * compiles.
 */
#ifndef SLUICE_LIBRARY_CLIENT_LOCK_H
#define SLUICE_LIBRARY_CLIENT_LOCK_H

#include "base/clock.h"

#include <pthread.h>

#ifdef __clang__
#define LOCK_ATTRIBUTE(attribute) __attribute__((attribute))
#else
#define LOCK_ATTRIBUTE(attribute)
#endif
#define HOLDS(lock) LOCK_ATTRIBUTE(requires_capability(lock))

struct LOCK_ATTRIBUTE(capability("mutex")) lock {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

static inline int lock_init(struct lock *lock)
{
	pthread_condattr_t attributes;
	int result = pthread_mutex_init(&lock->mutex, NULL);

	if (result)
		return -result;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	result = pthread_cond_init(&lock->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return -result;
}

static inline void lock_done(struct lock *lock)
{
	pthread_cond_destroy(&lock->changed);
	pthread_mutex_destroy(&lock->mutex);
}

LOCK_ATTRIBUTE(no_thread_safety_analysis)
static inline void lock_take(struct lock *lock) LOCK_ATTRIBUTE(acquire_capability(*lock))
{
	pthread_mutex_lock(&lock->mutex);
}

LOCK_ATTRIBUTE(no_thread_safety_analysis)
static inline void lock_give(struct lock *lock) LOCK_ATTRIBUTE(release_capability(*lock))
{
	pthread_mutex_unlock(&lock->mutex);
}

/* Waits until lock_tell or the deadline. 0 or ETIMEDOUT. */
static inline int lock_wait(struct lock *lock, uint64_t deadline_ns) HOLDS(*lock)
{
	const struct timespec deadline = clock_timespec(deadline_ns);

	return pthread_cond_timedwait(&lock->changed, &lock->mutex, &deadline);
}

static inline void lock_tell(struct lock *lock)
{
	pthread_cond_broadcast(&lock->changed);
}

#endif
