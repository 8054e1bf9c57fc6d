/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked gets old: the wait of whoever looks why (daemon/deadlock/). An ask wakes it only
 * out of its sleep, and once awake it looks at the clock; so however much is asked, it is woken no
 * more often than things get old.
 */
#include "base/clock.h"
#include "daemon/delivery/state.h"

/* When the oldest ask of all was asked; UINT64_MAX: there is none. Each client has its first. */
static uint64_t oldest_asked_ns(const struct delivery *delivery)
{
	uint64_t oldest_ns = UINT64_MAX;

	for (unsigned int i = 0; i < delivery->client_end; i++) {
		const struct client *client = delivery->clients[i];

		if (client && client->asks && client->asks->question->asked_ns < oldest_ns)
			oldest_ns = client->asks->question->asked_ns;
	}
	return oldest_ns;
}

/* Waits until then, or until something is asked where nothing was. With the lock. */
static void sleep_until(struct delivery *delivery, uint64_t until_ns)
{
	const struct timespec until = clock_timespec(until_ns);

	delivery->watcher_sleeps = until_ns == UINT64_MAX;
	if (until_ns == UINT64_MAX)
		pthread_cond_wait(&delivery->watcher_wanted, &delivery->lock);
	else
		pthread_cond_timedwait(&delivery->watcher_wanted, &delivery->lock, &until);
	delivery->watcher_sleeps = false;
}

bool delivery_await_old(struct delivery *delivery, uint64_t age_ns, uint64_t not_before_ns)
{
	bool running;

	delivery_lock(delivery);
	while (!delivery->stopped) {
		uint64_t old_ns = oldest_asked_ns(delivery);

		if (old_ns != UINT64_MAX)
			old_ns = old_ns + age_ns > not_before_ns ? old_ns + age_ns : not_before_ns;
		if (old_ns <= clock_now_ns())
			break;
		sleep_until(delivery, old_ns);
	}
	running = !delivery->stopped;
	delivery_unlock(delivery);
	return running;
}
