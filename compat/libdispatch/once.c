/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that is done once.
 *
 * A predicate is 0, then the id of the thread that does the work, then all ones. Those who come
 * meanwhile wait on one condition for all predicates: it is rare and short.
 */
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/pool.h"
#include <pthread.h>
#include <unistd.h>

#define DONE (~(dispatch_once_t)0)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;

static void wait_until_done(const dispatch_once_t *predicate)
{
	pool_enter_wait();
	pthread_mutex_lock(&lock);
	while (__atomic_load_n(predicate, __ATOMIC_ACQUIRE) != DONE)
		pthread_cond_wait(&done, &lock);
	pthread_mutex_unlock(&lock);
	pool_leave_wait();
}

void dispatch_once_f(dispatch_once_t *predicate, void *context, dispatch_function_t work)
{
	dispatch_once_t seen = __atomic_load_n(predicate, __ATOMIC_ACQUIRE);
	dispatch_once_t own;

	if (seen == DONE)
		return;
	own = gettid();
	seen = 0;
	if (__atomic_compare_exchange_n(predicate, &seen, own, false, __ATOMIC_ACQUIRE,
					__ATOMIC_ACQUIRE)) {
		work(context);
		pthread_mutex_lock(&lock);
		__atomic_store_n(predicate, DONE, __ATOMIC_RELEASE);
		pthread_cond_broadcast(&done);
		pthread_mutex_unlock(&lock);
		return;
	}
	if (seen == own)
		dispatch_end_program("dispatch_once within its own work");
	if (seen != DONE)
		wait_until_done(predicate);
}
