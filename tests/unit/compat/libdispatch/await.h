/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for an event with a deadline, which is far off so that only a hang meets it. An event
 * counts, so one that is over is not missed. Assertions belong to the test's own thread: work only
 * records.
 */
#ifndef SLUICE_TESTS_UNIT_COMPAT_LIBDISPATCH_AWAIT_H
#define SLUICE_TESTS_UNIT_COMPAT_LIBDISPATCH_AWAIT_H

#include <dispatch/dispatch.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

enum { AWAIT_SECONDS = 60 };

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

struct event {
	pthread_mutex_t lock;
	pthread_cond_t come;
	int count;
};

static inline void event_init(struct event *event)
{
	pthread_mutex_init(&event->lock, NULL);
	pthread_cond_init(&event->come, NULL);
	event->count = 0;
}

static inline void event_post(struct event *event)
{
	pthread_mutex_lock(&event->lock);
	event->count++;
	pthread_cond_signal(&event->come);
	pthread_mutex_unlock(&event->lock);
}

/* Takes the event if it comes before the deadline; returns whether it did. */
static inline bool event_await(struct event *event, uint64_t deadline)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline / NSEC_PER_SEC),
		.tv_nsec = (long)(deadline % NSEC_PER_SEC),
	};
	bool has_come;

	pthread_mutex_lock(&event->lock);
	while (event->count == 0 && now_ns() < deadline)
		pthread_cond_clockwait(&event->come, &event->lock, CLOCK_MONOTONIC, &until);
	has_come = event->count > 0;
	event->count -= has_come;
	pthread_mutex_unlock(&event->lock);
	return has_come;
}

static inline bool event_try(struct event *event)
{
	return event_await(event, 0);
}

#define AWAIT(event) assert_true(event_await((event), now_ns() + AWAIT_SECONDS * NSEC_PER_SEC))

/* The event has not come. What could bring it must be over. */
#define ASSERT_NOT_COME(event) assert_false(event_try(event))

/* Work whose context is an event: it comes. */
static inline void post(void *event)
{
	event_post(event);
}

/* Work whose context is an event: it is waited for. */
static inline void await_event(void *event)
{
	event_await(event, now_ns() + AWAIT_SECONDS * NSEC_PER_SEC);
}

static inline void increment(void *counter)
{
	__atomic_add_fetch((int *)counter, 1, __ATOMIC_RELAXED);
}

static inline void nothing(void *context)
{
	(void)context;
}

/* Returns once all that the queue has been given has run. */
static inline void drain(dispatch_queue_t queue)
{
	dispatch_barrier_sync_f(queue, NULL, nothing);
}

#endif
