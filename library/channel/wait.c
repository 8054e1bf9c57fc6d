/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a record (ring_wait): asleep on the doorbell, which rings only for who sleeps.
 */
#include "base/clock.h"
#include "library/channel/state.h"

#include <errno.h>
#include <sys/epoll.h>

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
	/* Say that we sleep, then look once more: a record put after that look rings the bell. */
	__atomic_store_n(&ring->consumer->waiting, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!ring_has_record(ring))
		woken = sleep_until(ring, deadline_ns);
	__atomic_store_n(&ring->consumer->waiting, 0, __ATOMIC_RELAXED);
	return woken;
}
