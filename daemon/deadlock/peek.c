/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads /proc for the deadlock finder. What it must not do is as important as what it does: no file
 * of a process is opened, no link of its descriptors followed, and no page of its memory brought
 * in, since each of these can wait for the very ones that are being looked at.
 */
#include "daemon/deadlock/peek.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

static void close_directory_owned(DIR **owned)
{
	if (*owned)
		closedir(*owned);
}
#define OWNED_DIRECTORY __attribute__((cleanup(close_directory_owned)))

static bool spend(struct effort *effort)
{
	if (effort->left == 0)
		return false;
	effort->left--;
	return true;
}

ssize_t peek_read(struct effort *effort, char *text, size_t room, const char *format, ...)
{
	OWNED_DESCRIPTOR int file = -1;
	char path[PEEK_TEXT_MAX];
	va_list arguments;
	size_t used = 0;
	ssize_t size = 1;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (!spend(effort))
		return -EDQUOT;
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	while (used < room - 1 && size > 0) {
		size = read(file, text + used, room - 1 - used);
		if (size < 0)
			return -errno;
		used += (size_t)size;
	}
	text[used] = '\0';
	return (ssize_t)used;
}

static int read_link(struct effort *effort, const char *path, char ret_link[PEEK_LINK_MAX])
{
	ssize_t size;

	if (!spend(effort))
		return -EDQUOT;
	size = readlink(path, ret_link, PEEK_LINK_MAX - 1);
	if (size < 0)
		return -errno;
	ret_link[size] = '\0';
	return 0;
}

int peek_link(struct effort *effort, pid_t pid, int descriptor, char ret_link[PEEK_LINK_MAX])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, descriptor);
	return read_link(effort, path, ret_link);
}

int peek_descriptor(struct effort *effort, pid_t pid, int descriptor,
		    struct descriptor_info *ret_info)
{
	char text[PEEK_TEXT_MAX];
	ssize_t size = peek_read(effort, text, sizeof(text), "/proc/%d/fdinfo/%d", pid, descriptor);

	return size < 0 ? (int)size : descriptor_info_parse(text, (size_t)size, ret_info);
}

/* ---- Memory ---- */

#define PAGE_PRESENT (UINT64_C(1) << 63)

/* Are these bytes in memory? To read others would mean to wait until they are. */
static bool is_present(struct effort *effort, pid_t pid, uint64_t address, size_t size)
{
	const uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	OWNED_DESCRIPTOR int file = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	if (!spend(effort) || size == 0 || address + size < address)
		return false;
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	for (uint64_t page = address / page_size; page <= (address + size - 1) / page_size;
	     page++) {
		uint64_t entry;

		if (pread(file, &entry, sizeof(entry), (off_t)(page * sizeof(entry))) !=
			    sizeof(entry) ||
		    !(entry & PAGE_PRESENT))
			return false;
	}
	return true;
}

int peek_memory(struct effort *effort, pid_t pid, uint64_t address, void *bytes, size_t size)
{
	struct iovec local = {.iov_base = bytes, .iov_len = size};
	struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
	ssize_t taken;

	if (!is_present(effort, pid, address, size))
		return -EAGAIN;
	taken = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	if (taken < 0)
		return -errno;
	return (size_t)taken == size ? 0 : -EFAULT;
}

int peek_string(struct effort *effort, pid_t pid, uint64_t address, char *text, size_t room)
{
	const uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t size = room - 1;
	int result;

	/* The next page need not be there. */
	if (size > page_size - address % page_size)
		size = (size_t)(page_size - address % page_size);
	result = peek_memory(effort, pid, address, text, size);
	if (result < 0)
		return result;
	text[size] = '\0';
	return 0;
}

/* ---- Threads and processes ---- */

static bool is_number(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

static bool is_alive(struct effort *effort, pid_t pid, pid_t tid)
{
	char text[PEEK_TEXT_MAX];
	struct thread_stat stat;
	ssize_t size = peek_read(effort, text, sizeof(text), "/proc/%d/task/%d/stat", pid, tid);

	return size > 0 && thread_stat_parse(text, (size_t)size, &stat) == 0 && stat.state != 'Z' &&
	       stat.state != 'X';
}

int peek_threads(struct effort *effort, pid_t pid, pid_t tids[GRAPH_PROCESS_THREADS_MAX])
{
	OWNED_DIRECTORY DIR *directory = NULL;
	const struct dirent *entry;
	char path[64];
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	directory = spend(effort) ? opendir(path) : NULL;
	if (!directory)
		return -ESRCH;
	while (count <= GRAPH_PROCESS_THREADS_MAX && (entry = readdir(directory))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (!is_number(entry->d_name) || !is_alive(effort, pid, tid))
			continue;
		if (count < GRAPH_PROCESS_THREADS_MAX)
			tids[count] = tid;
		count++;
	}
	return effort->left > 0 ? count : -EDQUOT;
}

bool peek_same_numbers(struct effort *effort, pid_t pid)
{
	char own[PEEK_LINK_MAX], other[PEEK_LINK_MAX];
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return read_link(effort, "/proc/self/ns/pid", own) == 0 &&
	       read_link(effort, path, other) == 0 && strcmp(own, other) == 0;
}

/* The lines of /proc/PID/cgroup that freezing goes by, and what says so below the path. */
static const struct {
	const char *line;
	const char *mounts[2];
	const char *file;
	const char *says;
} freezers[] = {
	{"0::", {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}, "cgroup.events", "frozen 1"},
	{":freezer:", {"/sys/fs/cgroup/freezer", NULL}, "freezer.state", "FR"},
};

bool peek_frozen(struct effort *effort, pid_t pid)
{
	char cgroups[PEEK_TEXT_MAX], text[PEEK_LINK_MAX];

	if (peek_read(effort, cgroups, sizeof(cgroups), "/proc/%d/cgroup", pid) < 0)
		return false;
	for (size_t i = 0; i < sizeof(freezers) / sizeof(freezers[0]); i++) {
		const char *line = strstr(cgroups, freezers[i].line);
		const char *path = line ? line + strlen(freezers[i].line) : "";
		int length = (int)strcspn(path, "\n");

		for (size_t j = 0; length > 0 && j < 2 && freezers[i].mounts[j]; j++)
			if (peek_read(effort, text, sizeof(text), "%s%.*s/%s",
				      freezers[i].mounts[j], length, path, freezers[i].file) > 0 &&
			    strstr(text, freezers[i].says))
				return true;
	}
	return false;
}

void peek_add_holder(struct graph_wait *wait, pid_t pid, pid_t tid)
{
	for (unsigned int i = 0; i < wait->count; i++)
		if (wait->holders[i].pid == pid && wait->holders[i].tid == tid)
			return;
	if (wait->count == GRAPH_HOLDERS_MAX) {
		wait->whole = false;
		return;
	}
	wait->holders[wait->count++] = (struct graph_holder){.pid = pid, .tid = tid};
}

/* Calls back for every process but this one, as far as the effort reaches. */
static bool each_process(struct effort *effort, void (*see)(void *context, pid_t pid),
			 void *context)
{
	OWNED_DIRECTORY DIR *directory = opendir("/proc");
	const struct dirent *entry;

	if (!directory)
		return false;
	while (effort->left > 0 && (entry = readdir(directory))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (is_number(entry->d_name) && pid != getpid())
			see(context, pid);
	}
	return effort->left > 0;
}

struct search {
	struct effort *effort;
	const struct peek_sought *sought;
	pid_t parent;
	struct graph_wait *wait;
};

static void see_child(void *context, pid_t pid)
{
	const struct search *search = context;
	char text[PEEK_TEXT_MAX];
	struct thread_stat stat;
	ssize_t size = peek_read(search->effort, text, sizeof(text), "/proc/%d/stat", pid);

	if (size > 0 && thread_stat_parse(text, (size_t)size, &stat) == 0 &&
	    stat.parent == search->parent)
		peek_add_holder(search->wait, pid, 0);
}

void peek_children(struct effort *effort, pid_t pid, struct graph_wait *wait)
{
	struct search search = {.effort = effort, .parent = pid, .wait = wait};

	if (!each_process(effort, see_child, &search))
		wait->whole = false;
}

/* ---- Descriptors ---- */

/* Is the lock held through this open file? Its lines stand in the descriptor's text. */
static bool holds_lock(const char *text, const struct lock_line *sought)
{
	static const char key[] = "\nlock:";
	const char *line = text;

	while ((line = strstr(line, key))) {
		struct lock_line lock;

		line += sizeof(key) - 1;
		if (lock_line_parse(line, strlen(line), &lock) == 0 && !lock.blocked &&
		    lock.kind == sought->kind && lock.inode == sought->inode)
			return true;
	}
	return false;
}

static bool is_sought(const struct search *search, pid_t pid, const char *name)
{
	const struct peek_sought *sought = search->sought;
	struct descriptor_info info;
	char text[PEEK_TEXT_MAX];
	char path[64];
	ssize_t size;

	if (sought->link) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%.16s", pid, name);
		if (read_link(search->effort, path, text) < 0 || strcmp(text, sought->link) != 0)
			return false;
	}
	size = peek_read(search->effort, text, sizeof(text), "/proc/%d/fdinfo/%.16s", pid, name);
	if (size <= 0 || descriptor_info_parse(text, (size_t)size, &info) < 0)
		return false;
	if (sought->lock)
		return holds_lock(text, sought->lock);
	return sought->access >> (info.flags & O_ACCMODE) & 1;
}

static void see_descriptors(void *context, pid_t pid)
{
	const struct search *search = context;
	OWNED_DIRECTORY DIR *directory = NULL;
	const struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	directory = spend(search->effort) ? opendir(path) : NULL;
	while (directory && (entry = readdir(directory))) {
		if (!is_number(entry->d_name) || !is_sought(search, pid, entry->d_name))
			continue;
		peek_add_holder(search->wait, pid, 0);
		return;
	}
}

void peek_holders(struct effort *effort, const struct peek_sought *sought, struct graph_wait *wait)
{
	struct search search = {.effort = effort, .sought = sought, .wait = wait};

	if (!each_process(effort, see_descriptors, &search))
		wait->whole = false;
}
