/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who listens while opens are measured: nobody, a bare fanotify loop, or a client with the daemon
 * behind it. Each listener is a process of its own, with its daemon beside it.
 */
#ifndef SLUICE_TESTS_BENCH_LISTENER_H
#define SLUICE_TESTS_BENCH_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum listener_kind {
	LISTENER_NOBODY,
	LISTENER_NOTIFY,
	LISTENER_AUTH,
	LISTENER_CACHED,
	LISTENER_BARE,
	LISTENER_KINDS,
};

struct listener {
	pid_t process; /* 0: none */
	pid_t daemon; /* 0: none */
	int control; /* writing end of a pipe: closed, the process ends */
};

/* What is listened to: a mount of the benchmark's own. */
struct listener_place {
	const char *root;
	const char *socket; /* where the daemon is to listen */
	const char *daemon; /* its program */
};

/*
 * Starts it and returns when it listens. 0, or negative errno after having said what is wrong; then
 * nothing is left running.
 */
int listener_start(struct listener *ret_listener, enum listener_kind kind,
		   const struct listener_place *place);
/* Ends it. Returns how many messages it had, or negative errno. */
int64_t listener_stop(struct listener *listener);

/* Processor time that its processes have had, in nanoseconds. */
uint64_t listener_processor_ns(const struct listener *listener);

#endif
