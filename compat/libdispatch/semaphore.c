/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting semaphores.
 *
 * Owns the count and the number of those who wait for it to rise.
 */
#include "compat/libdispatch/moment.h"
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/pool.h"
#include "compat/libdispatch/queue.h"
#include <pthread.h>
#include <stdlib.h>

struct dispatch_semaphore_s {
	struct dispatch_object_s object;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	intptr_t value;
	intptr_t waiting;
};

static void dispose_semaphore(struct dispatch_object_s *object)
{
	dispatch_semaphore_t semaphore = (dispatch_semaphore_t)object;

	object_finalize(object, queue_default());
	pthread_cond_destroy(&semaphore->wake);
	pthread_mutex_destroy(&semaphore->lock);
	free(semaphore);
}

static const struct object_kind semaphore_kind = {.dispose = dispose_semaphore};

dispatch_semaphore_t dispatch_semaphore_create(intptr_t value)
{
	dispatch_semaphore_t semaphore;

	if (value < 0)
		return NULL;
	semaphore = object_new(&semaphore_kind, sizeof(*semaphore));
	pthread_mutex_init(&semaphore->lock, NULL);
	pthread_cond_init(&semaphore->wake, NULL);
	semaphore->value = value;
	return semaphore;
}

intptr_t dispatch_semaphore_wait(dispatch_semaphore_t semaphore, dispatch_time_t deadline)
{
	bool in_time = true;
	intptr_t result;

	pthread_mutex_lock(&semaphore->lock);
	if (semaphore->value == 0 && deadline != DISPATCH_TIME_NOW) {
		pool_enter_wait();
		semaphore->waiting++;
		while (semaphore->value == 0 && in_time)
			in_time = moment_wait(&semaphore->wake, &semaphore->lock, deadline);
		semaphore->waiting--;
		pool_leave_wait();
	}
	result = semaphore->value == 0;
	if (!result)
		semaphore->value--;
	pthread_mutex_unlock(&semaphore->lock);
	return result;
}

intptr_t dispatch_semaphore_signal(dispatch_semaphore_t semaphore)
{
	intptr_t woken;

	pthread_mutex_lock(&semaphore->lock);
	woken = semaphore->waiting > semaphore->value;
	semaphore->value++;
	if (woken)
		pthread_cond_signal(&semaphore->wake);
	pthread_mutex_unlock(&semaphore->lock);
	return woken;
}
