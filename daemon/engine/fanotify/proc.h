/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of /proc, as far as the engine reads it. The parsers are pure: no I/O, and what is cut
 * short or malformed gives -EBADMSG with the result untouched.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_PROC_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_PROC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* /proc/PID/stat */
struct proc_stat {
	pid_t pid;
	char state;
	pid_t parent;
	pid_t group;
	pid_t session;
	uint32_t terminal; /* the kernel's encoding of the device; 0: none */
	int threads;
	uint64_t start_ticks; /* since boot */
	/* Where its program lies in its memory; 0: it has none, or this is not ours to know. */
	uint64_t code_start;
	uint64_t code_end;
	uint64_t stack_start;
};
int stat_parse(const char *text, size_t length, struct proc_stat *ret_stat);

/* /proc/PID/status */
struct proc_status {
	pid_t process; /* Tgid */
	uint32_t real_uid;
	uint32_t effective_uid;
	uint32_t real_gid;
	uint32_t effective_gid;
};
int status_parse(const char *text, size_t length, struct proc_status *ret_status);

/* /proc/PID/cgroup: the path in the unified hierarchy, else in the first named one. */
int cgroup_parse(const char *text, size_t length, const char **ret_path, size_t *ret_length);

/* /proc/TID/syscall of a task that waits in a system call. */
struct proc_syscall {
	long number;
	uint64_t arguments[6];
};
/* 0, -EBADMSG, or -EAGAIN: the task is running. */
int syscall_parse(const char *text, size_t length, struct proc_syscall *ret_syscall);

/*
 * Reads /proc/PID/name (proc is a descriptor of /proc) into buffer and adds a NUL. What is longer
 * is cut. Returns the length or negative errno.
 */
ssize_t proc_read(int proc, pid_t pid, const char *name, char *buffer, size_t size);
/* As proc_read, but reads to the end of what may be long; at most size - 1 bytes. */
ssize_t proc_read_long(int proc, pid_t pid, const char *name, char *buffer, size_t size);
/* Reads a number; `otherwise` where there is none. */
uint32_t proc_read_number(int proc, pid_t pid, const char *name, uint32_t otherwise);

#endif
