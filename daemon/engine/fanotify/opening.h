/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With which flags a held subject opens a file, from the system call it waits in.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_OPENING_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_OPENING_H

#include "base/cleanup.h"
#include "daemon/engine/fanotify/proc.h"

#include <stdbool.h>
#include <stdint.h>

/* FREAD and FWRITE of the API. */
enum { OPENING_READ = 1, OPENING_WRITE = 2 };

/*
 * fflag of the file that is opened by this system call: FREAD, FWRITE and the platform's own O_*
 * bits. False: the call does not say, or says it in memory that can change; then every access.
 */
bool opening_flags(const struct proc_syscall *call, uint32_t *ret_flags);

/* Is the system call an exec? What it opens is no open of the program's. */
bool opening_is_exec(const struct proc_syscall *call);
/*
 * Where an exec has its name, arguments and environment: *ret_name, ret_lists[0] and [1] are
 * addresses in the caller, whose pointers have 32 bits if *ret_narrow. False: it is no exec.
 */
bool opening_exec_arguments(const struct proc_syscall *call, uint64_t *ret_name,
			    uint64_t ret_lists[2], bool *ret_narrow);

/* Descriptors of /proc/TID/syscall of threads that opened something lately. One thread. */
struct opening;
int opening_new(struct opening **ret_opening);
struct opening *opening_free(struct opening *opening);
DEFINE_OWNED(struct opening, opening_free)

/* The system call in which this thread waits. 0 or negative errno. */
int opening_syscall(struct opening *opening, pid_t tid, struct proc_syscall *ret_call);

#endif
