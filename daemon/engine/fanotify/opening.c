/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the open flags of a subject that waits in a permission event. fanotify does not tell them;
 * the arguments of the system call are in registers and shown by /proc/TID/syscall, which a few
 * threads keep open here, as programs that open files open many.
 *
 * openat2 has its flags in user memory, which another thread may change after the kernel has read
 * it; io_uring and other calls say nothing. Those are taken to ask for every access.
 */
#include "daemon/engine/fanotify/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	KEPT = 64, /* descriptors; another thread takes the place of one */
	TRIES = 50, /* a subject that was just told of may still be on its way to sleep */
	PAUSE_NS = 2000,
};

struct opening {
	struct kept {
		pid_t tid;
		int descriptor;
	} kept[KEPT];
};

/*
 * Where each call has its flags. The numbers of the 32-bit calls mean calls that open nothing in
 * the 64-bit table, and the other way round, so both can be looked up without knowing which it is.
 */
static const struct {
	long number;
	int argument; /* -1: none, the flags are those of creat */
} calls[] = {
#if defined(__x86_64__)
	{SYS_open, 1}, {SYS_openat, 2}, {SYS_creat, -1}, {SYS_open_by_handle_at, 2},
	{5, 1}, /* i386: open, creat, openat, open_by_handle_at */
	{8, -1},       {295, 2},	{342, 2},
#elif defined(__aarch64__)
	{SYS_openat, 2}, {SYS_open_by_handle_at, 2},
	{5, 1}, /* arm: open, creat, openat, open_by_handle_at */
	{8, -1},	 {322, 2},
	{371, 2},
#else
	{SYS_openat, 2},
	{SYS_open_by_handle_at, 2},
#endif
};

bool opening_flags(const struct proc_syscall *call, uint32_t *ret_flags)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		uint32_t flags = O_CREAT | O_WRONLY | O_TRUNC;

		if (calls[i].number != call->number)
			continue;
		if (calls[i].argument >= 0)
			flags = (uint32_t)call->arguments[calls[i].argument];
		/* O_RDONLY 0 is FREAD 1, O_WRONLY 1 is FWRITE 2, O_RDWR 2 is both. */
		*ret_flags = (flags & ~(uint32_t)O_ACCMODE) |
			     (((flags & O_ACCMODE) + 1) & (OPENING_READ | OPENING_WRITE));
		return true;
	}
	*ret_flags = OPENING_READ | OPENING_WRITE;
	return false;
}

/* execve(name, arguments, environment), execveat(directory, name, arguments, environment). */
static const struct {
	long number;
	int name;
	bool narrow;
} execs[] = {
	{SYS_execve, 0, false},
	{SYS_execveat, 1, false},
#if defined(__x86_64__)
	{11, 0, true},
	{358, 1, true},
#elif defined(__aarch64__)
	{11, 0, true},
	{387, 1, true},
#endif
};

bool opening_exec_arguments(const struct proc_syscall *call, uint64_t *ret_name,
			    uint64_t ret_lists[2], bool *ret_narrow)
{
	for (size_t i = 0; i < sizeof(execs) / sizeof(execs[0]); i++) {
		if (execs[i].number != call->number)
			continue;
		*ret_name = call->arguments[execs[i].name];
		ret_lists[0] = call->arguments[execs[i].name + 1];
		ret_lists[1] = call->arguments[execs[i].name + 2];
		*ret_narrow = execs[i].narrow;
		return true;
	}
	return false;
}

bool opening_is_exec(const struct proc_syscall *call)
{
	uint64_t name, lists[2];
	bool narrow;

	return opening_exec_arguments(call, &name, lists, &narrow);
}

int opening_new(struct opening **ret_opening)
{
	struct opening *opening = calloc(1, sizeof(*opening));

	if (!opening)
		return -ENOMEM;
	for (int i = 0; i < KEPT; i++)
		opening->kept[i].descriptor = -1;
	*ret_opening = opening;
	return 0;
}

static void let_go(struct kept *kept)
{
	if (kept->descriptor >= 0)
		close(kept->descriptor);
	kept->descriptor = -1;
}

struct opening *opening_free(struct opening *opening)
{
	if (!opening)
		return NULL;
	for (int i = 0; i < KEPT; i++)
		let_go(&opening->kept[i]);
	free(opening);
	return NULL;
}

/* Reads by the descriptor that is kept, or a new one: a kept one of an ended thread fails. */
static ssize_t read_call(struct kept *kept, pid_t tid, char *text, size_t size)
{
	ssize_t length = -1;
	char path[40];

	if (kept->tid == tid && kept->descriptor >= 0)
		length = pread(kept->descriptor, text, size, 0);
	if (length > 0)
		return length;
	let_go(kept);
	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	kept->tid = tid;
	kept->descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (kept->descriptor < 0)
		return -errno;
	length = pread(kept->descriptor, text, size, 0);
	return length < 0 ? -errno : length;
}

int opening_syscall(struct opening *opening, pid_t tid, struct proc_syscall *ret_call)
{
	struct kept *kept = &opening->kept[(unsigned int)tid % KEPT];
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int result = -EAGAIN;

	for (int i = 0; i < TRIES && result == -EAGAIN; i++) {
		char text[256];
		ssize_t length;

		if (i > 0)
			nanosleep(&pause, NULL);
		length = read_call(kept, tid, text, sizeof(text));
		if (length < 0)
			return (int)length;
		result = syscall_parse(text, (size_t)length, ret_call);
	}
	return result;
}
