/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timer sources: the setting of a source's timer, and its expiries as events.
 *
 * Owns the setting until the source starts; after that the timers have it.
 */
#include "compat/libdispatch/source.h"

static bool accepts(uintptr_t handle, uintptr_t mask)
{
	return handle == 0 && (mask & ~(uintptr_t)DISPATCH_TIMER_STRICT) == 0;
}

static void fire(struct timer *timer, uint64_t times)
{
	dispatch_source_t source = SOURCE_OF(timer, timer);

	if (object_try_ref(source))
		source_fire(source, times);
}

static void start(dispatch_source_t source)
{
	source->timer.expired = fire;
	if (source->timer_is_set)
		timer_arm(&source->timer, source->timer_start, source->timer_interval);
}

static void stop(dispatch_source_t source)
{
	timer_disarm(&source->timer);
}

const struct dispatch_source_type_s _dispatch_source_type_timer = {
	.accepts = accepts,
	.start = start,
	.stop = stop,
	.merge = source_add,
};

/* The source is between start and stop: its timer follows the new setting. */
static void reset(dispatch_source_t source)
{
	timer_disarm(&source->timer);
	pthread_mutex_lock(&source->lock);
	source->pending = 0;
	pthread_mutex_unlock(&source->lock);
	if (source->timer_is_set)
		timer_arm(&source->timer, source->timer_start, source->timer_interval);
}

void dispatch_source_set_timer(dispatch_source_t source, dispatch_time_t start_time,
			       uint64_t interval, uint64_t leeway)
{
	(void)leeway;
	if (source->type != DISPATCH_SOURCE_TYPE_TIMER)
		dispatch_end_program("dispatch_source_set_timer of a source that is no timer");
	pthread_mutex_lock(&source->life);
	source->timer_is_set = start_time != DISPATCH_TIME_FOREVER;
	if (source->timer_is_set)
		source->timer_start = moment_of(start_time);
	source->timer_interval = interval == DISPATCH_TIME_FOREVER ? 0 : interval ? interval : 1;
	if (source->is_started && !source->is_stopped)
		reset(source);
	pthread_mutex_unlock(&source->life);
}
