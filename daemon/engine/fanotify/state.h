/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as its own files see it. Two threads: auth.c answers the kernel's questions, notify.c
 * tells of what has happened. What they share has its own lock (tracking, holds, watch) or is
 * atomic.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_STATE_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_STATE_H

#include "daemon/engine/engine.h"
#include "daemon/engine/fanotify/abilities.h"
#include "daemon/engine/fanotify/hold.h"
#include "daemon/engine/fanotify/tracking.h"
#include "daemon/engine/fanotify/watch.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	FENCES_MAX = 256, /* one more is refused with -EAGAIN */
};

struct asking;
struct telling;

struct fence {
	void (*done)(void *context);
	void *context;
};

struct engine {
	struct delivery *delivery;
	pid_t daemon_pid;
	char *root; /* NULL: the machine */
	struct abilities abilities;
	int permission_group; /* -1: none */
	int name_group;
	struct tracking *tracking;
	struct hold_table *holds;
	struct watch *watch;
	struct asking *asking; /* of the thread that asks */
	struct telling *telling; /* of the thread that tells */
	int mountinfo; /* descriptor */
	int auth_kick; /* eventfds: look at stopping, fences */
	int notify_kick;
	pthread_t auth_thread;
	pthread_t notify_thread;
	bool auth_running;
	bool notify_running;
	atomic_bool auth_stopping;
	atomic_bool notify_stopping;
	pthread_mutex_t fence_lock;
	struct fence fences[FENCES_MAX];
	size_t fence_count;
	atomic_uint_fast64_t events;
	atomic_uint_fast64_t overflows;
	atomic_uint_fast64_t ambiguous;
	atomic_uint_fast64_t unasked; /* held by nobody: the table was full */
};

/* The threads. */
void *auth_run(void *context); /* struct engine */
void *notify_run(void *context);

/* The calling thread comes before others. */
void engine_hurry(void);

void engine_kick(int descriptor);
void engine_unkick(int descriptor);

#endif
