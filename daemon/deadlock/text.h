/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel writes of threads, descriptors and locks, taken apart. The parsers take a run of
 * bytes, look at nothing behind its end and need no NUL there; a text that is cut or makes no sense
 * is -EBADMSG, and the output untouched.
 */
#ifndef SLUICE_DAEMON_DEADLOCK_TEXT_H
#define SLUICE_DAEMON_DEADLOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { THREAD_NAME_MAX = 16, THREAD_ARGUMENTS = 6 };

/* /proc/PID/task/TID/stat */
struct thread_stat {
	char name[THREAD_NAME_MAX]; /* what is not printable is '?' */
	char state;
	pid_t parent;
	uint64_t start; /* ticks since boot: with the number, one thread and no other */
};
int thread_stat_parse(const char *text, size_t size, struct thread_stat *ret_stat);

/* /proc/PID/task/TID/status */
struct thread_status {
	pid_t pid; /* of its process */
	pid_t tracer; /* 0: none */
	uint64_t switches; /* times it was taken off a processor: the same twice, it has not run */
};
int thread_status_parse(const char *text, size_t size, struct thread_status *ret_status);

/* /proc/PID/task/TID/syscall. number -1: in the kernel, but not by a system call. */
struct thread_call {
	long number;
	uint64_t arguments[THREAD_ARGUMENTS];
};
/* -EAGAIN: the thread runs. */
int thread_call_parse(const char *text, size_t size, struct thread_call *ret_call);

/* A line of /proc/locks, or of /proc/PID/fdinfo/FD behind "lock:". */
enum lock_kind { LOCK_FLOCK, LOCK_POSIX, LOCK_OFD, LOCK_OTHER };
struct lock_line {
	enum lock_kind kind;
	bool blocked; /* waits for the one before it */
	pid_t pid; /* -1: an open file's, which has no process */
	uint64_t inode;
};
int lock_line_parse(const char *text, size_t size, struct lock_line *ret_line);

/* /proc/PID/fdinfo/FD */
struct descriptor_info {
	unsigned int flags; /* of open(2) */
	uint64_t inode; /* 0: not told */
	unsigned int watched; /* descriptors, of an epoll */
};
int descriptor_info_parse(const char *text, size_t size, struct descriptor_info *ret_info);

/*
 * /proc/PID/mountinfo: the type of the file system that the path lies on, by its text alone, since
 * to ask the file system could mean to wait for it. -ENOENT: on none.
 */
enum { FILE_SYSTEM_MAX = 32 };
int file_system_parse(const char *text, size_t size, const char *path,
		      char ret_type[FILE_SYSTEM_MAX]);

#endif
