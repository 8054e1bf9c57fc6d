/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks, period by period, whether every thread that must get on got on since the last look. If one
 * did not, nothing is told to systemd, which then starts the daemon anew; clients reconnect.
 */
#include "daemon/service/watchdog.h"

#include <errno.h>
#include <stdatomic.h>

struct watchdog {
	struct watchdog_options options;
	sd_event_source *source;
	atomic_bool fence_passed;
	uint64_t beats;
};

static void fence_passed(void *context)
{
	atomic_store(&((struct watchdog *)context)->fence_passed, true);
}

/* Sets the next fence; it is passed unless the engine takes it and does not get there. */
static void set_fence(struct watchdog *watchdog)
{
	const struct watchdog_options *options = &watchdog->options;

	if (!options->engine)
		return;
	atomic_store(&watchdog->fence_passed, false);
	if (options->operations->fence(options->engine, fence_passed, watchdog) < 0)
		atomic_store(&watchdog->fence_passed, true);
}

static int look(sd_event_source *source, uint64_t now_us, void *context)
{
	struct watchdog *watchdog = context;
	const struct watchdog_options *options = &watchdog->options;
	uint64_t beats = deadline_clock_beats(options->clock);

	if (!atomic_load(&watchdog->fence_passed)) {
		options->stuck(options->context, "the engine");
	} else if (beats == watchdog->beats) {
		options->stuck(options->context, "the deadline thread");
	} else {
		options->alive(options->context);
		set_fence(watchdog);
	}
	watchdog->beats = beats;
	sd_event_source_set_time(source, now_us + options->period_us);
	return 0;
}

int watchdog_new(struct watchdog **ret_watchdog, const struct watchdog_options *options)
{
	OWNED(watchdog_free) struct watchdog *watchdog = calloc(1, sizeof(*watchdog));
	int result;

	if (!watchdog)
		return -ENOMEM;
	watchdog->options = *options;
	result = sd_event_add_time_relative(options->event, &watchdog->source, CLOCK_MONOTONIC,
					    options->period_us, 0, look, watchdog);
	if (result < 0)
		return result;
	sd_event_source_set_enabled(watchdog->source, SD_EVENT_ON);
	watchdog->beats = deadline_clock_beats(options->clock);
	atomic_store(&watchdog->fence_passed, true);
	set_fence(watchdog);
	*ret_watchdog = TAKE(watchdog);
	return 0;
}

struct watchdog *watchdog_free(struct watchdog *watchdog)
{
	if (!watchdog)
		return NULL;
	sd_event_source_disable_unref(watchdog->source);
	free(watchdog);
	return NULL;
}
