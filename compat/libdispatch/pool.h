/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that run work. */
#ifndef SLUICE_COMPAT_DISPATCH_POOL_H
#define SLUICE_COMPAT_DISPATCH_POOL_H

#include "compat/libdispatch/work.h"

/* Work that has all its places. It is run in the order of these calls. Takes the work. */
void pool_append(struct work *work);

/*
 * Around a wait for other work: while a thread of the pool waits, another may run in its stead. On
 * other threads they do nothing.
 */
void pool_enter_wait(void);
void pool_leave_wait(void);

/* How many threads it is worth to keep busy. */
unsigned int pool_width(void);

/* Starts a detached thread, which takes no signals of the program. False: it cannot. */
bool pool_start_thread(void *(*function)(void *));

#endif
