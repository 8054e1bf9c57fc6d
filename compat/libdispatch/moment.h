/* SPDX-License-Identifier: Apache-2.0 */
/* A dispatch_time_t taken apart: which clock, and when. */
#ifndef SLUICE_COMPAT_DISPATCH_MOMENT_H
#define SLUICE_COMPAT_DISPATCH_MOMENT_H

#include <dispatch/time.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* One nanosecond of one clock. */
struct moment {
	clockid_t clock; /* CLOCK_MONOTONIC or CLOCK_REALTIME */
	uint64_t ns;
};

/* `time` is not DISPATCH_TIME_FOREVER. */
struct moment moment_of(dispatch_time_t time);
uint64_t moment_now(clockid_t clock);
struct timespec moment_timespec(uint64_t ns);

/* Waits for the condition, at most until `deadline`. False once that has passed. */
bool moment_wait(pthread_cond_t *condition, pthread_mutex_t *lock, dispatch_time_t deadline);

#endif
