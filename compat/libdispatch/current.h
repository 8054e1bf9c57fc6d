/* SPDX-License-Identifier: Apache-2.0 */
/* Which queues the calling thread is working for. */
#ifndef SLUICE_COMPAT_DISPATCH_CURRENT_H
#define SLUICE_COMPAT_DISPATCH_CURRENT_H

#include <dispatch/dispatch.h>

/*
 * One piece of work that this thread is in; dispatch_sync puts one on top of another. The frame's
 * queue and all its targets have given the thread a place, so none of them can change meanwhile.
 */
struct frame {
	struct frame *previous;
	dispatch_queue_t queue;
	bool barrier;
};

/* `frame` is the caller's storage until frame_leave, on the same thread. */
void frame_enter(struct frame *frame, dispatch_queue_t queue, bool barrier);
void frame_leave(struct frame *frame);

/* Ends the program if waiting for a place in `queue` could never end: this thread is in the way. */
void current_check_wait(dispatch_queue_t queue, bool barrier);

bool current_is_main_thread(void);

#endif
