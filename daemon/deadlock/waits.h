/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread that sleeps in a system call waits for, and who could end that: a row for each call
 * that is known.
 */
#ifndef SLUICE_DAEMON_DEADLOCK_WAITS_H
#define SLUICE_DAEMON_DEADLOCK_WAITS_H

#include "daemon/deadlock/peek.h"

struct waiting {
	struct effort *effort;
	pid_t pid;
	pid_t tid;
	const struct thread_call *call;
	char place[48]; /* the kernel's function it sleeps in; empty: not known */
};

/* Fills in what is known; *ret_wait is zero before. Always has words. */
void wait_find(const struct waiting *waiting, struct graph_wait *ret_wait);

/* wait_files.c, wait_threads.c: the rows' functions. */
typedef void wait_function(const struct waiting *waiting, struct graph_wait *wait);
wait_function wait_to_read;
wait_function wait_to_write;
wait_function wait_to_poll;
wait_function wait_to_connect;
wait_function wait_to_accept;
wait_function wait_for_lock;
wait_function wait_for_path;
wait_function wait_for_path_at;
wait_function wait_for_futex;
wait_function wait_for_children;
wait_function wait_to_trace;

__attribute__((format(printf, 2, 3))) void wait_say(struct graph_wait *wait, const char *format,
						    ...);

#endif
