/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of notes with the time each came. Owns copies; hands copies out.
 */
#include "daemon/control/denials.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>

struct denials {
	pthread_mutex_t lock; /* held for one copy when adding */
	size_t limit;
	uint64_t added; /* since the start; the next goes to added % limit */
	struct denial ring[];
};

int denials_new(struct denials **ret_denials, size_t limit)
{
	struct denials *denials = calloc(1, sizeof(*denials) + limit * sizeof(denials->ring[0]));

	if (!denials)
		return -ENOMEM;
	pthread_mutex_init(&denials->lock, NULL);
	denials->limit = limit;
	*ret_denials = denials;
	return 0;
}

struct denials *denials_free(struct denials *denials)
{
	if (denials)
		pthread_mutex_destroy(&denials->lock);
	free(denials);
	return NULL;
}

static uint64_t wall_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void denials_add(struct denials *denials, const struct delivery_note *note)
{
	const struct denial denial = {
		.note = *note,
		.monotonic_ns = clock_now_ns(),
		.wall_time_ns = wall_time_ns(),
	};

	pthread_mutex_lock(&denials->lock);
	denials->ring[denials->added++ % denials->limit] = denial;
	pthread_mutex_unlock(&denials->lock);
}

size_t denials_copy(struct denials *denials, struct denial *copies, size_t limit)
{
	size_t count;
	uint64_t first;

	pthread_mutex_lock(&denials->lock);
	count = denials->added < denials->limit ? (size_t)denials->added : denials->limit;
	count = count < limit ? count : limit;
	first = denials->added - count;
	for (size_t index = 0; index < count; index++)
		copies[index] = denials->ring[(first + index) % denials->limit];
	pthread_mutex_unlock(&denials->lock);
	return count;
}
