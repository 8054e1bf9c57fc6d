/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool: one list of work, and the threads that take from it.
 *
 * As many threads work as there are processors. A thread that waits inside dispatch (sync, group,
 * semaphore, apply) does not count, so another takes its place. For waits that dispatch cannot see,
 * one idle thread stands by: when nothing has been taken for 10 ms it takes the next piece itself.
 * There are never more than 64 threads: if all of them wait, work waits until one returns, for ever
 * if they wait for that very work. A thread with nothing to do ends after 5 seconds.
 *
 * A thread that finishes the work of a serial queue goes on with the next piece of it directly, at
 * most 64 times in a row while other work waits.
 */
#include "compat/libdispatch/pool.h"
#include "compat/libdispatch/object.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum {
	THREADS_MAXIMUM = 64,
	STREAK_MAXIMUM = 64,
};

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)
#define IDLE_NANOSECONDS       (5 * NANOSECONDS_PER_SECOND)
#define STALL_NANOSECONDS      (NANOSECONDS_PER_SECOND / 100)

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct work_list list; /* bounded by memory, as the queues are */
	unsigned int threads;
	unsigned int idle; /* of them: wait for work */
	unsigned int busy; /* of them: have work */
	unsigned int waiting; /* of those: wait inside dispatch */
	bool has_standby; /* an idle thread watches for a stall */
	uint64_t moved; /* when work was last taken, or came to an empty list */
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
	.list = {.end = &pool.list.first},
};

/* What a thread of the pool knows of itself. */
struct worker {
	struct work *next; /* to run next, without the list */
	bool takes_next; /* work appended by this thread may go there */
};

static __thread struct worker *self;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

unsigned int pool_width(void)
{
	static unsigned int width;
	unsigned int seen = __atomic_load_n(&width, __ATOMIC_RELAXED);
	long processors;

	if (seen)
		return seen;
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	seen = processors < 1		      ? 1
	       : processors > THREADS_MAXIMUM ? THREADS_MAXIMUM
					      : (unsigned int)processors;
	__atomic_store_n(&width, seen, __ATOMIC_RELAXED);
	return seen;
}

/* Signals are the program's own threads' affair; faults stay with the thread that made them. */
static void block_signals(sigset_t *ret_before)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
	sigset_t blocked;

	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&blocked, faults[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, ret_before);
}

bool pool_start_thread(void *(*function)(void *))
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t before;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	block_signals(&before);
	error = pthread_create(&thread, &attributes, function, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return !error;
}

static bool has_room(void)
{
	return pool.busy - pool.waiting < pool_width();
}

/* Waits for a change, at most until `deadline`. The lock is held. */
static void wait_until(uint64_t deadline)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline / NANOSECONDS_PER_SECOND),
		.tv_nsec = (long)(deadline % NANOSECONDS_PER_SECOND),
	};

	pool.idle++;
	pthread_cond_clockwait(&pool.wake, &pool.lock, CLOCK_MONOTONIC, &until);
	pool.idle--;
}

/* The next piece of work, or NULL when there was none for long. The lock is held. */
static struct work *take_work(void)
{
	uint64_t give_up = now() + IDLE_NANOSECONDS;

	for (;;) {
		if (pool.list.first && (has_room() || now() >= pool.moved + STALL_NANOSECONDS)) {
			pool.moved = now();
			return work_list_take(&pool.list);
		}
		if (pool.list.first && !pool.has_standby) {
			pool.has_standby = true;
			wait_until(pool.moved + STALL_NANOSECONDS);
			pool.has_standby = false;
			continue;
		}
		if (now() >= give_up)
			return NULL;
		wait_until(give_up);
	}
}

/* Runs a piece of work, and what follows it directly. */
static void run_streak(struct worker *worker, struct work *work)
{
	for (unsigned int streak = 1; work; streak++) {
		work_run(work);
		worker->next = NULL;
		worker->takes_next = streak < STREAK_MAXIMUM;
		work_finish(work);
		worker->takes_next = false;
		work = worker->next;
	}
}

static void start_worker(void);

static void *work_for_pool(void *nothing)
{
	struct worker worker = {0};
	struct work *work;

	(void)nothing;
	self = &worker;
	pthread_setname_np(pthread_self(), "dispatch-worker");
	pthread_mutex_lock(&pool.lock);
	while ((work = take_work())) {
		pool.busy++;
		if (pool.list.first)
			start_worker();
		pthread_mutex_unlock(&pool.lock);
		run_streak(&worker, work);
		pthread_mutex_lock(&pool.lock);
		pool.busy--;
	}
	pool.threads--;
	pthread_mutex_unlock(&pool.lock);
	self = NULL;
	return NULL;
}

/* Sees to it that somebody looks at the list: wakes or starts a thread. The lock is held. */
static void start_worker(void)
{
	if (pool.idle > 0) {
		pthread_cond_signal(&pool.wake);
		return;
	}
	if (pool.threads == THREADS_MAXIMUM)
		return;
	if (pool_start_thread(work_for_pool))
		pool.threads++;
	else if (pool.threads == 0)
		dispatch_end_program("no thread can be started");
}

void pool_append(struct work *work)
{
	if (self && self->takes_next && !self->next) {
		self->next = work;
		return;
	}
	pthread_mutex_lock(&pool.lock);
	if (!pool.list.first)
		pool.moved = now();
	work_list_append(&pool.list, work);
	start_worker();
	pthread_mutex_unlock(&pool.lock);
}

void pool_enter_wait(void)
{
	if (!self)
		return;
	pthread_mutex_lock(&pool.lock);
	pool.waiting++;
	if (pool.list.first)
		start_worker();
	pthread_mutex_unlock(&pool.lock);
}

void pool_leave_wait(void)
{
	if (!self)
		return;
	pthread_mutex_lock(&pool.lock);
	pool.waiting--;
	pthread_mutex_unlock(&pool.lock);
}
