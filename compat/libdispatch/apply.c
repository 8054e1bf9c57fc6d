/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch_apply: a loop that several threads share.
 *
 * Owns the loop's state, which lives until the last helper has seen it: a helper that starts when
 * all iterations are taken finds nothing to do, and the caller does not wait for it.
 */
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/pool.h"
#include "compat/libdispatch/queue.h"
#include <pthread.h>
#include <stdlib.h>

struct loop {
	pthread_mutex_t lock;
	pthread_cond_t finished;
	size_t iterations;
	size_t next; /* iteration that nobody has taken */
	size_t done;
	unsigned int references;
	void (*work)(void *context, size_t iteration);
	void *context;
};

static void loop_unref(struct loop *loop)
{
	bool is_last;

	pthread_mutex_lock(&loop->lock);
	is_last = --loop->references == 0;
	pthread_mutex_unlock(&loop->lock);
	if (!is_last)
		return;
	pthread_cond_destroy(&loop->finished);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

/* Takes iterations until there are none. */
static void take_part(void *context)
{
	struct loop *loop = context;
	size_t iteration;

	pthread_mutex_lock(&loop->lock);
	while (loop->next < loop->iterations) {
		iteration = loop->next++;
		pthread_mutex_unlock(&loop->lock);
		loop->work(loop->context, iteration);
		pthread_mutex_lock(&loop->lock);
		loop->done++;
		if (loop->done == loop->iterations)
			pthread_cond_signal(&loop->finished);
	}
	pthread_mutex_unlock(&loop->lock);
}

static void help(void *context)
{
	take_part(context);
	loop_unref(context);
}

static void wait_for_helpers(struct loop *loop)
{
	pool_enter_wait();
	pthread_mutex_lock(&loop->lock);
	while (loop->done < loop->iterations)
		pthread_cond_wait(&loop->finished, &loop->lock);
	pthread_mutex_unlock(&loop->lock);
	pool_leave_wait();
}

/* Whether work of the queue can run side by side at all. */
static bool is_shared(dispatch_queue_t queue)
{
	while (!queue_is_root(queue) && !queue_is_serial(queue))
		queue = queue_get_target(queue);
	return queue_is_root(queue);
}

void dispatch_apply_f(size_t iterations, dispatch_queue_t queue, void *context,
		      void (*work)(void *context, size_t iteration))
{
	size_t threads = iterations < pool_width() ? iterations : pool_width();
	struct loop *loop;

	if (iterations == 0)
		return;
	if (!queue)
		queue = queue_default();
	if (!is_shared(queue))
		threads = 1;
	loop = dispatch_allocate(sizeof(*loop));
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->finished, NULL);
	loop->iterations = iterations;
	loop->references = (unsigned int)threads;
	loop->work = work;
	loop->context = context;
	for (size_t i = 1; i < threads; i++)
		dispatch_async_f(queue, loop, help);
	dispatch_sync_f(queue, loop, take_part);
	wait_for_helpers(loop);
	loop_unref(loop);
}
