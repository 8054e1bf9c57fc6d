/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client in a process of its own, to be stopped and continued. It is asked about every open of
 * the stage: what the verdict is, and where its handler pauses as at a breakpoint, is in memory
 * shared with the test, as is what it has seen.
 */
#ifndef SLUICE_TESTS_SYSTEM_DEBUGGEE_H
#define SLUICE_TESTS_SYSTEM_DEBUGGEE_H

#include <EndpointSecurity/EndpointSecurity.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum tracer_opener { OPENER_TRACER, OPENER_CHILD, OPENER_MASTER };

struct debuggee {
	/* Set by the test, before the start: */
	const char *policy; /* ES_DEBUG_POLICY; NULL: not said */
	const char *breakpoint; /* the handler pauses at this path; NULL: nowhere */
	es_deadline_miss_mode_t miss_mode;
	uint32_t deadline_ms; /* 0: the default */
	bool deny; /* the verdict at the breakpoint */
	bool worker; /* another thread answers */
	pid_t pid;
	/* Set by the client: */
	_Atomic int ready;
	_Atomic pid_t handler; /* its thread */
	_Atomic pid_t answerer; /* the thread that answers */
	_Atomic uint64_t handled;
	_Atomic int paused; /* the handler is at the breakpoint, or its worker */
	_Atomic int respond_result; /* to the message of the breakpoint, and 1 */
	/* Set by the test at any time: */
	_Atomic int go; /* the handler may go on */
	/* Of the tracer that stops it: */
	_Atomic int tracer; /* enum tracer_state */
	enum tracer_opener opener; /* opens a file once the client is stopped, */
	char tracer_opens[512]; /* this one; empty: nothing */
	int tracer_opened; /* 1 or negative errno */
};

enum tracer_state { TRACER_NONE, TRACER_TRACES, TRACER_ENDS };

/* Flags in the shared page are waited for where they lie. */
void flag_set(_Atomic int *flag, int value);
/* Waits while it has this value; false: the stage's deadline has come. */
bool flag_leaves(_Atomic int *flag, int value);

/* In shared memory. Fails the test if there is none. */
struct debuggee *debuggee_new(void);
/* Starts the client and waits until it is subscribed. A daemon must run. */
void debuggee_start(struct debuggee *debuggee);
/* Waits until the handler is at the breakpoint. */
void debuggee_await_pause(struct debuggee *debuggee);
/* Waits until the handler has answered what it was at. */
void debuggee_await_answer(struct debuggee *debuggee);
/* Kills it, frees the memory. Returns the wait status of a client that had ended before, or -1. */
int debuggee_end(struct debuggee *debuggee);

/* ---- Ways to stop it. Each returns once it is stopped. ---- */

struct stopping {
	const char *name;
	/* False: this machine has no such thing; *ret_why says why. */
	bool (*stop)(struct debuggee *debuggee, const char **ret_why);
	void (*resume)(struct debuggee *debuggee);
};

extern const struct stopping stopping_by_signal; /* SIGSTOP */
extern const struct stopping stopping_all_threads; /* PTRACE_ATTACH to all, as gdb */
extern const struct stopping stopping_one_thread; /* PTRACE_SEIZE and INTERRUPT of the handler's */
extern const struct stopping stopping_answerer; /* the same of the thread that answers */
extern const struct stopping stopping_by_cgroup; /* a version 2 cgroup of its own, frozen */

#endif
