/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads /proc for what processes have at hand, so that a test can tell what it left behind. Hands
 * counts on, and prints what there is when the counts have grown.
 */
#include "tests/system/left.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Calls `each` with the name of every entry of a directory that is a number. */
static void each_number(const char *path, void (*each)(void *context, int number), void *context)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		char *end;
		long number = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && number != dirfd(directory))
			each(context, (int)number);
	}
	closedir(directory);
}

struct children {
	pid_t parent;
	void (*each)(void *context, pid_t pid, const char *name);
	void *context;
};

static void match_child(void *context, int pid)
{
	const struct children *children = context;
	char path[64], line[512] = "";
	char *name, *after;
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	name = strchr(line, '(');
	after = strrchr(line, ')');
	if (!name || !after || sscanf(after, ") %*c %d", &parent) != 1 ||
	    parent != children->parent)
		return;
	*after = '\0';
	children->each(children->context, pid, name + 1);
}

void left_each_child(pid_t parent, void (*each)(void *context, pid_t pid, const char *name),
		     void *context)
{
	struct children children = {parent, each, context};

	each_number("/proc", match_child, &children);
}

static void count_child(void *context, pid_t pid, const char *name)
{
	(void)pid;
	if (strcmp(name, LEFT_DAEMON_NAME) != 0)
		++*(size_t *)context;
}

static void print_child(void *context, pid_t pid, const char *name)
{
	(void)context;
	if (strcmp(name, LEFT_DAEMON_NAME) != 0)
		printf("# left behind: process %d %s\n", (int)pid, name);
}

static bool is_socket(int descriptor)
{
	char path[64], target[PATH_MAX] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	return readlink(path, target, sizeof(target) - 1) > 0 &&
	       strncmp(target, "socket:", strlen("socket:")) == 0;
}

static void count_descriptor(void *context, int descriptor)
{
	struct left *left = context;

	left->descriptors++;
	left->unix_sockets += is_socket(descriptor);
}

static void print_descriptor(void *context, int descriptor)
{
	char path[64], target[PATH_MAX] = "";

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)*(const pid_t *)context, descriptor);
	if (readlink(path, target, sizeof(target) - 1) > 0)
		printf("# open: %d %s\n", descriptor, target);
}

void left_print_descriptors(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	each_number(path, print_descriptor, &pid);
}

static size_t count_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t count = 0;
	int byte;

	if (!file)
		return 0;
	while ((byte = fgetc(file)) != EOF)
		count += byte == '\n';
	fclose(file);
	return count;
}

void left_look(struct left *ret_left)
{
	*ret_left = (struct left){0};
	each_number("/proc/self/fd", count_descriptor, ret_left);
	left_each_child(getpid(), count_child, &ret_left->children);
	ret_left->mounts = count_mounts();
}

bool left_nothing(const struct left *before)
{
	struct left now;

	left_look(&now);
	if (now.descriptors > before->descriptors || now.unix_sockets > before->unix_sockets) {
		printf("# left behind: %zu descriptors became %zu\n", before->descriptors,
		       now.descriptors);
		left_print_descriptors(getpid());
	}
	if (now.children > before->children)
		left_each_child(getpid(), print_child, NULL);
	if (now.mounts > before->mounts)
		printf("# left behind: %zu mounts\n", now.mounts - before->mounts);
	return now.descriptors <= before->descriptors && now.unix_sockets <= before->unix_sockets &&
	       now.children <= before->children && now.mounts <= before->mounts;
}

struct marks {
	unsigned int device; /* as the kernel writes it: 12 bits of major, 20 of minor */
	uint64_t mount;
	int pid;
	size_t count;
};

static bool is_mark(const struct marks *marks, const char *line)
{
	const char *device = strstr(line, " sdev:");
	const char *mount = strstr(line, " mnt_id:");

	if (strncmp(line, "fanotify ", strlen("fanotify ")) != 0)
		return false;
	return (device && strtoul(device + strlen(" sdev:"), NULL, 16) == marks->device) ||
	       (mount && strtoull(mount + strlen(" mnt_id:"), NULL, 16) == marks->mount);
}

static void count_marks(void *context, int descriptor)
{
	struct marks *marks = context;
	char path[64], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", marks->pid, descriptor);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		marks->count += is_mark(marks, line);
	fclose(file);
}

static void marks_of_process(void *context, int pid)
{
	struct marks *marks = context;
	char path[64];

	marks->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	each_number(path, count_marks, marks);
}

size_t left_marks(const char *path)
{
	struct marks marks = {0};
	struct statx status;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &status) < 0)
		return 0;
	marks.device = status.stx_dev_major << 20 | status.stx_dev_minor;
	marks.mount = status.stx_mnt_id;
	each_number("/proc", marks_of_process, &marks);
	return marks.count;
}

static void count_number(void *context, int number)
{
	(void)number;
	++*(size_t *)context;
}

size_t left_descriptors(pid_t pid)
{
	char path[64];
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	each_number(path, count_number, &count);
	return count;
}
