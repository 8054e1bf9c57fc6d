/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread around delivery_expire. It owns nothing but itself; what is due, and what is done about
 * it, is delivery's. It does nothing else, so that nothing else can make a deadline late.
 */
#include "daemon/deadline/clock.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

struct deadline_clock {
	struct delivery *delivery;
	pthread_t thread;
	atomic_uint_fast64_t beats;
};

static void *keep_deadlines(void *context)
{
	struct deadline_clock *clock = context;
	uint64_t now_ns;
	uint64_t next_ns;

	do {
		now_ns = clock_now_ns();
		next_ns = delivery_expire(clock->delivery, now_ns);
		if (next_ns > now_ns + CLOCK_BEAT_MS * NANOSECONDS_PER_MILLISECOND)
			next_ns = now_ns + CLOCK_BEAT_MS * NANOSECONDS_PER_MILLISECOND;
		atomic_fetch_add_explicit(&clock->beats, 1, memory_order_relaxed);
	} while (delivery_await_deadline(clock->delivery, next_ns));
	return NULL;
}

int deadline_clock_new(struct deadline_clock **ret_clock, struct delivery *delivery)
{
	struct deadline_clock *clock = calloc(1, sizeof(*clock));
	int result;

	if (!clock)
		return -ENOMEM;
	clock->delivery = delivery;
	result = pthread_create(&clock->thread, NULL, keep_deadlines, clock);
	if (result != 0) {
		free(clock);
		return -result;
	}
	pthread_setname_np(clock->thread, "es-deadlines");
	*ret_clock = clock;
	return 0;
}

struct deadline_clock *deadline_clock_free(struct deadline_clock *clock)
{
	if (!clock)
		return NULL;
	delivery_stop(clock->delivery);
	pthread_join(clock->thread, NULL);
	free(clock);
	return NULL;
}

uint64_t deadline_clock_beats(const struct deadline_clock *clock)
{
	return atomic_load_explicit(&clock->beats, memory_order_relaxed);
}
