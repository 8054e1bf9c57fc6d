/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handler of these tests (told.h). Owns what it was told, under one lock.
 */
#include "tests/unit/library/client/told.h"

#include "base/clock.h"

#include <string.h>

void told_init(struct told *told)
{
	pthread_condattr_t attributes;

	memset(told, 0, sizeof(*told));
	pthread_mutex_init(&told->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&told->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

void told_done(struct told *told)
{
	pthread_cond_destroy(&told->changed);
	pthread_mutex_destroy(&told->lock);
}

void told_set_act(struct told *told, told_act *act)
{
	pthread_mutex_lock(&told->lock);
	told->act = act;
	pthread_mutex_unlock(&told->lock);
}

void told_handle(es_client_t *client, const es_message_t *message, void *context)
{
	struct told *told = context;
	told_act *act;

	pthread_mutex_lock(&told->lock);
	act = told->act;
	if (told->inside++)
		told->overlapped = 1;
	told->thread = pthread_self();
	if (told->count < TOLD_MAX) {
		told->messages[told->count].event = message->event_type;
		told->messages[told->count].sequence = message->seq_num;
		told->messages[told->count].global_sequence = message->global_seq_num;
	}
	pthread_mutex_unlock(&told->lock);
	if (act)
		act(told, client, message);
	pthread_mutex_lock(&told->lock);
	told->inside--;
	told->count++;
	pthread_cond_broadcast(&told->changed);
	pthread_mutex_unlock(&told->lock);
}

size_t told_count(struct told *told)
{
	size_t count;

	pthread_mutex_lock(&told->lock);
	count = told->count;
	pthread_mutex_unlock(&told->lock);
	return count;
}

_Bool told_await(struct told *told, size_t count)
{
	const struct timespec deadline = clock_timespec(clock_now_ns() +
							10 * NANOSECONDS_PER_SECOND);
	_Bool there;

	pthread_mutex_lock(&told->lock);
	while (told->count < count &&
	       pthread_cond_timedwait(&told->changed, &told->lock, &deadline) == 0)
		;
	there = told->count >= count;
	pthread_mutex_unlock(&told->lock);
	return there;
}
