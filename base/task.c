/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a thread by what its process calls it (task.h). The kernel's line NSpid lists a thread's
 * numbers from the reader's pid namespace inwards; the last is the thread's own. The number may be
 * the same in both, so that thread is looked at first; what a process claims counts only if the
 * kernel says the same.
 */
#include "base/task.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_ROOM = 4096 }; /* the line stands among the first */

static void close_directory_owned(DIR **owned)
{
	if (*owned)
		closedir(*owned);
}

/* The innermost number of thread `name` in the open task directory; -1: there is no such thread. */
static long innermost(int tasks, const char *name)
{
	char path[64];
	char text[STATUS_ROOM];
	OWNED_DESCRIPTOR int file = -1;
	const char *line;
	ssize_t size;
	long number = -1;
	int length;

	snprintf(path, sizeof(path), "%.32s/status", name);
	file = openat(tasks, path, O_RDONLY | O_CLOEXEC);
	size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
	if (size <= 0)
		return -1;
	text[size] = '\0';
	line = strstr(text, "\nNSpid:");
	if (!line)
		return -1;
	for (line += strlen("\nNSpid:"); sscanf(line, "%*1[\t]%ld%n", &number, &length) == 1;
	     line += length)
		;
	return number;
}

int task_find(pid_t pid, pid_t tid, pid_t *ret_tid)
{
	__attribute__((cleanup(close_directory_owned))) DIR *tasks = NULL;
	const struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = tid > 0 ? opendir(path) : NULL;
	if (!tasks)
		return -ESRCH;
	snprintf(path, sizeof(path), "%d", tid);
	if (innermost(dirfd(tasks), path) == tid) {
		*ret_tid = tid;
		return 0;
	}
	for (int seen = 0; seen < TASK_THREADS_MAX && (entry = readdir(tasks)); seen++) {
		if (entry->d_name[0] == '.' || innermost(dirfd(tasks), entry->d_name) != tid)
			continue;
		*ret_tid = (pid_t)strtol(entry->d_name, NULL, 10);
		return 0;
	}
	return -ESRCH;
}
