/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: a count, those who wait for it to be zero, and the work to send then.
 *
 * Owns the notifications until they are sent. While the count is not zero the group refers to
 * itself. A waiter counts the times the group became empty, so it sees one that is already over.
 */
#include "compat/libdispatch/group.h"
#include "compat/libdispatch/moment.h"
#include "compat/libdispatch/object.h"
#include "compat/libdispatch/pool.h"
#include "compat/libdispatch/queue.h"
#include <pthread.h>
#include <stdlib.h>

struct dispatch_group_s {
	struct dispatch_object_s object;
	pthread_mutex_t lock;
	pthread_cond_t emptied;
	size_t entries;
	uint64_t rounds; /* how often it has become empty */
	struct work_list notifications;
};

static void dispose_group(struct dispatch_object_s *object)
{
	dispatch_group_t group = (dispatch_group_t)object;

	object_finalize(object, queue_default());
	pthread_cond_destroy(&group->emptied);
	pthread_mutex_destroy(&group->lock);
	free(group);
}

static const struct object_kind group_kind = {.dispose = dispose_group};

dispatch_group_t dispatch_group_create(void)
{
	dispatch_group_t group = object_new(&group_kind, sizeof(*group));

	pthread_mutex_init(&group->lock, NULL);
	pthread_cond_init(&group->emptied, NULL);
	work_list_init(&group->notifications);
	return group;
}

void dispatch_group_enter(dispatch_group_t group)
{
	pthread_mutex_lock(&group->lock);
	if (group->entries++ == 0)
		object_ref(group);
	pthread_mutex_unlock(&group->lock);
}

/* The group is empty: tells all who want to know. The lock is held, so nobody who waits is told
 * first. */
static void finish_round(dispatch_group_t group)
{
	struct work *work;

	while ((work = work_list_take(&group->notifications)))
		queue_append(work->queue, work);
	group->rounds++;
	pthread_cond_broadcast(&group->emptied);
}

void dispatch_group_leave(dispatch_group_t group)
{
	bool is_empty;

	pthread_mutex_lock(&group->lock);
	if (group->entries == 0)
		dispatch_end_program("dispatch_group_leave without dispatch_group_enter");
	is_empty = --group->entries == 0;
	if (is_empty)
		finish_round(group);
	pthread_mutex_unlock(&group->lock);
	if (is_empty)
		object_unref(group);
}

void group_async(dispatch_group_t group, dispatch_queue_t queue, struct call call)
{
	struct work *work = work_new(queue, call, false);

	dispatch_group_enter(group);
	work->group = group;
	queue_append(queue, work);
}

void group_notify(dispatch_group_t group, dispatch_queue_t queue, struct call call)
{
	struct work *work = work_new(queue, call, false);
	bool is_empty;

	pthread_mutex_lock(&group->lock);
	is_empty = group->entries == 0;
	if (!is_empty)
		work_list_append(&group->notifications, work);
	pthread_mutex_unlock(&group->lock);
	if (is_empty)
		queue_append(queue, work);
}

void dispatch_group_async_f(dispatch_group_t group, dispatch_queue_t queue, void *context,
			    dispatch_function_t work)
{
	group_async(group, queue, call_with_function(work, context));
}

void dispatch_group_notify_f(dispatch_group_t group, dispatch_queue_t queue, void *context,
			     dispatch_function_t work)
{
	group_notify(group, queue, call_with_function(work, context));
}

intptr_t dispatch_group_wait(dispatch_group_t group, dispatch_time_t deadline)
{
	bool in_time = true;
	bool is_empty;
	uint64_t round;

	pthread_mutex_lock(&group->lock);
	is_empty = group->entries == 0;
	if (!is_empty && deadline != DISPATCH_TIME_NOW) {
		pool_enter_wait();
		round = group->rounds;
		while (group->rounds == round && in_time)
			in_time = moment_wait(&group->emptied, &group->lock, deadline);
		is_empty = group->rounds != round;
		pool_leave_wait();
	}
	pthread_mutex_unlock(&group->lock);
	return !is_empty;
}
