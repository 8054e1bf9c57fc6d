/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of work, from the call that brings it to its end. */
#ifndef SLUICE_COMPAT_DISPATCH_WORK_H
#define SLUICE_COMPAT_DISPATCH_WORK_H

#include <dispatch/dispatch.h>
#include <pthread.h>

/*
 * The head of a block, as compilers that have blocks lay it out. The function gets the block itself
 * as its first argument, which is what makes a block callable from plain C.
 */
struct block {
	void *isa;
	int flags;
	int reserved;
	void (*invoke)(void *block);
};

/* Something to call once. If it is a block of ours, the copy is released by call_done. */
struct call {
	dispatch_function_t function;
	void *context;
	bool owns_block;
};

/* A call of a copy of the block, which the call owns. */
struct call call_with_copy(struct block *block);
/* A call of the block itself, for as long as its owner waits. */
struct call call_with_block(struct block *block);
struct call call_with_function(dispatch_function_t function, void *context);
void call_done(struct call *call);

/* A thread that waits for its own piece of work. */
struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ready;
	bool has_run; /* another thread ran it; otherwise it may run now */
};

void waiter_init(struct waiter *waiter);
/* Returns whether the work has been run by another thread. */
bool waiter_wait(struct waiter *waiter);
/* The waiter may be gone when this returns. */
void waiter_wake(struct waiter *waiter, bool has_run);

struct work {
	struct work *next; /* in the list it is in, if any */
	dispatch_queue_t queue; /* where it was brought; referred to */
	struct call call;
	dispatch_group_t group; /* to leave at the end, or NULL */
	struct waiter *waiter; /* who waits for it, or NULL */
	bool barrier; /* runs alone in `queue` */
	bool is_borrowed; /* on somebody's stack: not to be freed */
};

/* A list of work, in order. */
struct work_list {
	struct work *first;
	struct work **end;
};

void work_list_init(struct work_list *list);
void work_list_append(struct work_list *list, struct work *work);
/* NULL when it is empty. */
struct work *work_list_take(struct work_list *list);

struct work *work_new(dispatch_queue_t queue, struct call call, bool barrier);
/* Runs it on this thread. It has its place in all its queues. */
void work_run(struct work *work);
/* Gives back its places in the queues, and the work; tells who waits for it. */
void work_finish(struct work *work);

#endif
