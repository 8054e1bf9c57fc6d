/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon of the test's own that is shared by several processes, as the system's is. While it
 * runs, clients of the test and of what it forks connect to it and start none of their own.
 */
#ifndef SLUICE_TESTS_SYSTEM_SERVICE_H
#define SLUICE_TESTS_SYSTEM_SERVICE_H

#include <sys/types.h>

/* Starts it on the stage, and waits until it listens. Fails the test if it does not. */
pid_t service_start(void);
/* The same with a file of admission rules, which holds this text. */
pid_t service_start_with_rules(const char *rules);
/* Starts another in its place (--replace), and waits until both are where they should be. */
pid_t service_take_over(pid_t pid);
/* Ends it by this signal and waits for it. As waitpid(2). */
int service_end(pid_t pid, int signal);
/* Kills what a failed test has left. Returns how many there were. */
unsigned int service_end_all(void);
/* Takes the environment back: from here on clients start private daemons again. */
void service_forget(void);

const char *service_socket(void);
/* What it has logged so far. The caller frees it. */
char *service_log(void);

#endif
