/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a record (ring_wait). First it looks for RING_SPIN_NS, then it sleeps on the
 * doorbell.
 *
 * Looking costs a processor, so it is done only while it pays: a sleep that was over within
 * SHORT_SLEEP_NS would have been spared, so the next wait looks first; a look that caught nothing
 * ends it. A client that gets an event each millisecond thus never looks, but when the daemon says
 * that a question is being put together: it rings for that before it gathers the facts.
 */
#include "base/clock.h"
#include "library/channel/state.h"

#include <errno.h>
#include <sys/epoll.h>

enum { SHORT_SLEEP_NS = 2 * RING_SPIN_NS, LOOKS_PER_CLOCK = 32 };

static void pause_processor(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* The daemon has said that a record is about to come: it takes the time of a few system calls. */
static _Bool is_coming(const struct ring *ring)
{
	return __atomic_load_n(&ring->producer->coming, __ATOMIC_RELAXED) == 1;
}

static _Bool spin(struct ring *ring)
{
	uint64_t end;

	if (!ring->may_spin || !(ring->spinning.pays || is_coming(ring)))
		return 0;
	ring->spinning.spun++;
	end = clock_now_ns() + RING_SPIN_NS;
	do {
		for (int look = 0; look < LOOKS_PER_CLOCK; look++) {
			if (ring_has_record(ring)) {
				ring->spinning.caught++;
				return 1;
			}
			pause_processor();
		}
	} while (clock_now_ns() < end);
	ring->spinning.pays = 0;
	return 0;
}

/* What each descriptor is known by in an epoll event. */
enum { DOORBELL, NUDGE, CONNECTION, WATCHED };

/* The two bells tell of each stroke, not of a count that stands: nobody needs to read them. */
int ring_watch(struct ring *ring, int nudge, int connection)
{
	const int descriptors[WATCHED] = {
		[DOORBELL] = ring->doorbell,
		[NUDGE] = nudge,
		[CONNECTION] = connection,
	};
	static const uint32_t events[WATCHED] = {
		[DOORBELL] = EPOLLIN | EPOLLET,
		[NUDGE] = EPOLLIN | EPOLLET,
		[CONNECTION] = EPOLLRDHUP,
	};

	ring->poller = epoll_create1(EPOLL_CLOEXEC);
	if (ring->poller < 0)
		return -errno;
	for (uint32_t i = 0; i < WATCHED; i++) {
		struct epoll_event event = {.events = events[i], .data = {.u32 = i}};

		if (epoll_ctl(ring->poller, EPOLL_CTL_ADD, descriptors[i], &event))
			return -errno;
	}
	return 0;
}

static enum ring_woken sleep_until(struct ring *ring, uint64_t deadline_ns)
{
	struct epoll_event events[WATCHED];
	_Bool happened[WATCHED] = {0};
	int limit = deadline_ns == UINT64_MAX ? -1 : clock_milliseconds_until(deadline_ns);
	int count = epoll_wait(ring->poller, events, WATCHED, limit);

	if (count == 0)
		return RING_WOKEN_TIMEOUT;
	for (int i = 0; i < count; i++)
		happened[events[i].data.u32] = 1;
	if (happened[NUDGE])
		return RING_WOKEN_NUDGE;
	/* What came before the end is taken first. */
	if (happened[CONNECTION] && !happened[DOORBELL])
		return RING_WOKEN_HANGUP;
	return RING_WOKEN_RECORD;
}

enum ring_woken ring_wait(struct ring *ring, uint64_t deadline_ns)
{
	enum ring_woken woken = RING_WOKEN_RECORD;
	uint64_t began;

	if (spin(ring))
		return RING_WOKEN_RECORD;
	/* Say that we sleep, then look once more: a record put after that look rings the bell. */
	__atomic_store_n(&ring->consumer->waiting, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!ring_has_record(ring)) {
		began = clock_now_ns();
		woken = sleep_until(ring, deadline_ns);
		if (woken == RING_WOKEN_RECORD)
			ring->spinning.pays = clock_now_ns() - began < SHORT_SLEEP_NS;
	}
	__atomic_store_n(&ring->consumer->waiting, 0, __ATOMIC_RELAXED);
	return woken;
}

const struct ring_spinning *ring_spinning(const struct ring *ring)
{
	return &ring->spinning;
}
