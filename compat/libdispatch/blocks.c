/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms that take a block. Each makes a call of its block and does what the function form does.
 *
 * The public headers show these functions only to compilers with blocks, so they are declared here
 * once more, with the block as what it is to plain C: a pointer to struct block.
 */
#include "compat/libdispatch/group.h"
#include "compat/libdispatch/queue.h"
#include "compat/libdispatch/source.h"
#include "compat/libdispatch/timer.h"

OS_EXPORT void dispatch_async(dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_sync(dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_async_and_wait(dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_barrier_async(dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_barrier_sync(dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_barrier_async_and_wait(dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_after(dispatch_time_t when, dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_apply(size_t iterations, dispatch_queue_t queue, struct block *block);
OS_EXPORT void dispatch_once(dispatch_once_t *predicate, struct block *block);
OS_EXPORT void dispatch_group_async(dispatch_group_t group, dispatch_queue_t queue,
				    struct block *block);
OS_EXPORT void dispatch_group_notify(dispatch_group_t group, dispatch_queue_t queue,
				     struct block *block);
OS_EXPORT void dispatch_source_set_event_handler(dispatch_source_t source, struct block *block);
OS_EXPORT void dispatch_source_set_cancel_handler(dispatch_source_t source, struct block *block);
OS_EXPORT void dispatch_source_set_registration_handler(dispatch_source_t source,
							struct block *block);

void dispatch_async(dispatch_queue_t queue, struct block *block)
{
	queue_async(queue, call_with_copy(block), false);
}

void dispatch_barrier_async(dispatch_queue_t queue, struct block *block)
{
	queue_async(queue, call_with_copy(block), true);
}

void dispatch_sync(dispatch_queue_t queue, struct block *block)
{
	queue_sync(queue, call_with_block(block), false);
}

void dispatch_async_and_wait(dispatch_queue_t queue, struct block *block)
{
	queue_sync(queue, call_with_block(block), false);
}

void dispatch_barrier_sync(dispatch_queue_t queue, struct block *block)
{
	queue_sync(queue, call_with_block(block), true);
}

void dispatch_barrier_async_and_wait(dispatch_queue_t queue, struct block *block)
{
	queue_sync(queue, call_with_block(block), true);
}

void dispatch_after(dispatch_time_t when, dispatch_queue_t queue, struct block *block)
{
	timer_after(when, queue, call_with_copy(block));
}

/* The block has an argument, so its function has two. */
static void call_iteration(void *context, size_t iteration)
{
	struct block *block = context;
	void (*invoke)(void *, size_t) = (void (*)(void *, size_t))(void (*)(void))block->invoke;

	invoke(block, iteration);
}

void dispatch_apply(size_t iterations, dispatch_queue_t queue, struct block *block)
{
	dispatch_apply_f(iterations, queue, block, call_iteration);
}

void dispatch_once(dispatch_once_t *predicate, struct block *block)
{
	dispatch_once_f(predicate, block, block->invoke);
}

void dispatch_group_async(dispatch_group_t group, dispatch_queue_t queue, struct block *block)
{
	group_async(group, queue, call_with_copy(block));
}

void dispatch_group_notify(dispatch_group_t group, dispatch_queue_t queue, struct block *block)
{
	group_notify(group, queue, call_with_copy(block));
}

static void set_handler(dispatch_source_t source, enum source_handler which, struct block *block)
{
	struct call none = {0};

	source_set_handler(source, which, block ? call_with_copy(block) : none);
}

void dispatch_source_set_event_handler(dispatch_source_t source, struct block *block)
{
	set_handler(source, SOURCE_EVENT, block);
}

void dispatch_source_set_cancel_handler(dispatch_source_t source, struct block *block)
{
	set_handler(source, SOURCE_CANCEL, block);
}

void dispatch_source_set_registration_handler(dispatch_source_t source, struct block *block)
{
	set_handler(source, SOURCE_REGISTRATION, block);
}
