/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads of other processes, by the number their own pid namespace gives them. Reads /proc; waits
 * for nobody.
 */
#ifndef SLUICE_BASE_TASK_H
#define SLUICE_BASE_TASK_H

#include <sys/types.h>

enum { TASK_THREADS_MAX = 65536 }; /* looked at in one process; those behind are not found */

/*
 * The caller's number of the thread of process `pid` that its own pid namespace calls `tid`. 0 or
 * -ESRCH: the process has no such thread.
 */
int task_find(pid_t pid, pid_t tid, pid_t *ret_tid);

#endif
