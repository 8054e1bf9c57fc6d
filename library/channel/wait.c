/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a record (ring_wait). First it looks for RING_SPIN_NS, then it sleeps on the
 * doorbell.
 *
 * Looking costs a processor, so it is done only while it pays: a sleep that was over within
 * SHORT_SLEEP_NS would have been spared, so the next wait looks first; a look that caught nothing
 * ends it. A client that gets an event each millisecond thus never looks.
 */
#include "base/clock.h"
#include "library/channel/state.h"

#include <errno.h>
#include <poll.h>

enum { SHORT_SLEEP_NS = 2 * RING_SPIN_NS, LOOKS_PER_CLOCK = 32 };

static void pause_processor(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static _Bool spin(struct ring *ring)
{
	uint64_t end;

	if (!ring->may_spin || !ring->spinning.pays)
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

static void drain(int eventfd)
{
	uint64_t count;
	/* Nothing to read (EAGAIN) is as good. */
	ssize_t size = read(eventfd, &count, sizeof(count));

	(void)size;
}

static enum ring_woken sleep_until(struct ring *ring, int nudge, int connection,
				   uint64_t deadline_ns)
{
	struct pollfd polled[] = {
		{.fd = ring->doorbell, .events = POLLIN},
		{.fd = nudge, .events = POLLIN},
		{.fd = connection, .events = POLLRDHUP},
	};
	struct timespec left = {0};
	uint64_t now = clock_now_ns();
	int count;

	if (deadline_ns > now)
		left = clock_timespec(deadline_ns - now);
	count = ppoll(polled, 3, deadline_ns == UINT64_MAX ? NULL : &left, NULL);
	if (count == 0)
		return RING_WOKEN_TIMEOUT;
	if (count < 0)
		return RING_WOKEN_RECORD;
	if (polled[0].revents)
		drain(ring->doorbell);
	if (polled[1].revents) {
		drain(nudge);
		return RING_WOKEN_NUDGE;
	}
	/* What came before the end is taken first. */
	if (polled[2].revents && !polled[0].revents)
		return RING_WOKEN_HANGUP;
	return RING_WOKEN_RECORD;
}

enum ring_woken ring_wait(struct ring *ring, int nudge, int connection, uint64_t deadline_ns)
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
		woken = sleep_until(ring, nudge, connection, deadline_ns);
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
