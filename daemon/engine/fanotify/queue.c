/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded first-in first-out queue of process events. It owns what its events hold and hands it
 * on with them. A full queue refuses; the caller counts what is lost.
 */
#include "daemon/engine/fanotify/queue.h"

#include <errno.h>

struct event_queue {
	size_t limit;
	size_t first;
	size_t count;
	struct process_event events[];
};

void process_event_done(struct process_event *event)
{
	event->process = process_unref(event->process);
	event->other = process_unref(event->other);
	event->image = image_unref(event->image);
	event->other_image = image_unref(event->other_image);
}

int event_queue_new(struct event_queue **ret_queue, size_t limit)
{
	struct event_queue *queue = calloc(1, sizeof(*queue) + limit * sizeof(queue->events[0]));

	if (!queue)
		return -ENOMEM;
	queue->limit = limit;
	*ret_queue = queue;
	return 0;
}

struct event_queue *event_queue_free(struct event_queue *queue)
{
	struct process_event event;

	if (!queue)
		return NULL;
	while (event_queue_take(queue, &event))
		process_event_done(&event);
	free(queue);
	return NULL;
}

static struct process_event *at(const struct event_queue *queue, size_t position)
{
	return (struct process_event *)&queue->events[(queue->first + position) % queue->limit];
}

int event_queue_put(struct event_queue *queue, const struct process_event *event)
{
	if (queue->count == queue->limit)
		return -ENOSPC;
	*at(queue, queue->count++) = *event;
	return 0;
}

bool event_queue_take(struct event_queue *queue, struct process_event *ret_event)
{
	if (queue->count == 0)
		return false;
	*ret_event = *at(queue, 0);
	queue->first = (queue->first + 1) % queue->limit;
	queue->count--;
	return true;
}

size_t event_queue_count(const struct event_queue *queue)
{
	return queue->count;
}
