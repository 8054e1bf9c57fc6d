/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers, for timer sources and dispatch_after.
 *
 * Owns, for each of the two clocks, the armed timers as a binary heap with the earliest first, and
 * a timerfd set to that. The number of armed timers is bounded by memory, as dispatch_after cannot
 * refuse.
 */
#include "compat/libdispatch/timer.h"
#include "compat/libdispatch/manager.h"
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/queue.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct heap {
	struct watcher watcher;
	clockid_t clock;
	struct timer **timers; /* [1] is the earliest; [n] is no later than [2n] and [2n + 1] */
	size_t count;
	size_t room;
};

static void look_at_timers(struct watcher *watcher);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct heap heaps[] = {
	{.watcher = {look_at_timers, -1, EPOLLIN}, .clock = CLOCK_MONOTONIC},
	{.watcher = {look_at_timers, -1, EPOLLIN}, .clock = CLOCK_REALTIME},
};

static void open_timers(void)
{
	for (size_t i = 0; i < sizeof(heaps) / sizeof(heaps[0]); i++) {
		heaps[i].watcher.fd = timerfd_create(heaps[i].clock, TFD_CLOEXEC | TFD_NONBLOCK);
		if (heaps[i].watcher.fd < 0 || manager_watch(&heaps[i].watcher) < 0)
			dispatch_end_program("no timer can be made");
	}
}

static struct heap *heap_of(const struct timer *timer)
{
	return &heaps[timer->deadline.clock == CLOCK_REALTIME];
}

static bool is_earlier(const struct timer *a, const struct timer *b)
{
	return a->deadline.ns < b->deadline.ns;
}

static void put(struct heap *heap, size_t place, struct timer *timer)
{
	heap->timers[place] = timer;
	timer->place = place;
}

/* Puts the timer where it belongs, from a place that is free, towards the earliest or away from it.
 */
static void settle(struct heap *heap, size_t place, struct timer *timer)
{
	size_t child;

	for (; place > 1 && is_earlier(timer, heap->timers[place / 2]); place /= 2)
		put(heap, place, heap->timers[place / 2]);
	for (; (child = 2 * place) <= heap->count; place = child) {
		if (child < heap->count && is_earlier(heap->timers[child + 1], heap->timers[child]))
			child++;
		if (!is_earlier(heap->timers[child], timer))
			break;
		put(heap, place, heap->timers[child]);
	}
	put(heap, place, timer);
}

static void insert(struct timer *timer)
{
	struct heap *heap = heap_of(timer);

	if (heap->count + 1 >= heap->room) {
		heap->room = heap->room ? 2 * heap->room : 16;
		heap->timers = reallocarray(heap->timers, heap->room, sizeof(struct timer *));
		if (!heap->timers)
			dispatch_end_program("out of memory");
	}
	heap->count++;
	settle(heap, heap->count, timer);
}

static void extract(struct timer *timer)
{
	struct heap *heap = heap_of(timer);
	struct timer *last = heap->timers[heap->count];

	heap->count--;
	if (last != timer)
		settle(heap, timer->place, last);
	timer->place = 0;
}

/* Sets the clock's alarm to its earliest timer. */
static void set_alarm(struct heap *heap)
{
	struct itimerspec alarm = {0};

	if (heap->count > 0)
		alarm.it_value = moment_timespec(heap->timers[1]->deadline.ns);
	timerfd_settime(heap->watcher.fd, TFD_TIMER_ABSTIME, &alarm, NULL);
}

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) || sum > INT64_MAX ? INT64_MAX : sum;
}

static void expire(struct timer *timer, uint64_t now)
{
	uint64_t times = 1;

	extract(timer);
	if (timer->interval > 0) {
		times += (now - timer->deadline.ns) / timer->interval;
		timer->deadline.ns = add(timer->deadline.ns, times * timer->interval);
		insert(timer);
	}
	timer->expired(timer, times);
}

static void look_at_timers(struct watcher *watcher)
{
	struct heap *heap = (struct heap *)watcher;
	uint64_t expirations;
	ssize_t got = read(watcher->fd, &expirations, sizeof(expirations));
	uint64_t now = moment_now(heap->clock);

	(void)got; /* nothing to read: the alarm was set anew meanwhile */
	pthread_mutex_lock(&lock);
	while (heap->count > 0 && heap->timers[1]->deadline.ns <= now)
		expire(heap->timers[1], now);
	set_alarm(heap);
	pthread_mutex_unlock(&lock);
}

void timer_arm(struct timer *timer, struct moment deadline, uint64_t interval)
{
	pthread_once(&once, open_timers);
	pthread_mutex_lock(&lock);
	if (timer->place)
		extract(timer);
	timer->deadline = deadline;
	timer->interval = interval;
	insert(timer);
	set_alarm(heap_of(timer));
	pthread_mutex_unlock(&lock);
}

void timer_disarm(struct timer *timer)
{
	pthread_mutex_lock(&lock);
	if (timer->place) {
		extract(timer);
		set_alarm(heap_of(timer));
	}
	pthread_mutex_unlock(&lock);
}

/* Work that waits for its time. */
struct later {
	struct timer timer;
	struct work *work;
};

static void bring_work(struct timer *timer, uint64_t times)
{
	struct later *later = (struct later *)timer;

	(void)times;
	queue_append(later->work->queue, later->work);
	free(later);
}

void timer_after(dispatch_time_t when, dispatch_queue_t queue, struct call call)
{
	struct later *later;
	struct moment moment;

	if (when == DISPATCH_TIME_FOREVER) {
		call_done(&call);
		return;
	}
	moment = moment_of(when);
	if (moment.ns <= moment_now(moment.clock)) {
		queue_async(queue, call, false);
		return;
	}
	later = dispatch_allocate(sizeof(*later));
	later->timer.expired = bring_work;
	later->work = work_new(queue, call, false);
	timer_arm(&later->timer, moment, 0);
}
