/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hard timer: a process of its own that kills whoever may hold the benchmark's opens when the
 * benchmark does not come back in time, or is gone. Without it a fault in what is measured could
 * hold the benchmark for good.
 */
#ifndef SLUICE_TESTS_BENCH_GUARD_H
#define SLUICE_TESTS_BENCH_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { GUARD_PROCESSES_MAX = 4 };

/* Starts it. To be called once, before there is anything to guard. 0 or negative errno. */
int guard_start(void);

/* From here on these must be finished before the deadline (CLOCK_MONOTONIC). */
void guard_arm(uint64_t deadline_ns);
void guard_add(pid_t pid);
/* To be called before the process is waited for: afterwards its number may be another's. */
void guard_remove(pid_t pid);
/* True if it had to kill. */
bool guard_has_fired(void);

#endif
