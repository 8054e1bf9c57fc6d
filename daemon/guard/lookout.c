/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch (lookout.h): owns a descriptor of each thread's stat, which names that thread for ever,
 * and of what its cgroup says of freezing.
 *
 * A cgroup says that it is frozen once every task in it is. One that waits for this very client's
 * answer cannot be frozen; so it counts, too, that a cgroup above is told to freeze.
 */
#include "daemon/guard/lookout.h"

#include "base/task.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum {
	THREADS_MAX = 1 + RING_ANSWERERS,
	LEVELS_MAX = 8, /* cgroups above one another; those higher up are not looked at */
	PATH_ROOM = 768,
};

struct lookout {
	struct delivery_watch base;
	int threads[THREADS_MAX];
	unsigned int thread_count;
	bool has_handler; /* it is the first */
	int events; /* cgroup.events; -1: none */
	int freezes[LEVELS_MAX]; /* cgroup.freeze of the cgroup and those above */
	unsigned int freeze_count;
};

/* ---- What the kernel's texts say ---- */

char lookout_state(const char *stat)
{
	/* The name before it may hold anything, but nothing behind it has a parenthesis. */
	const char *end = strrchr(stat, ')');

	return end && end[1] == ' ' ? end[2] : 0;
}

bool cgroup_path_of(const char *text, char *ret_path, size_t room)
{
	const char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	size_t length;

	if (!line)
		return false;
	line = strchr(line, '/');
	length = line ? strcspn(line, "\n") : 0;
	if (length == 0 || length >= room)
		return false;
	memcpy(ret_path, line, length);
	ret_path[length] = '\0';
	return true;
}

void cgroup_tree_find(struct cgroup_tree *ret_tree)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	struct cgroup_tree tree = {.mount = ""};
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (mounts && !found && getline(&line, &room, mounts) > 0)
		found = strstr(line, " - cgroup2 ") &&
			sscanf(line, "%*s %*s %*s %255s %255s", tree.root, tree.mount) == 2;
	free(line);
	if (mounts)
		fclose(mounts);
	if (!found)
		tree = (struct cgroup_tree){.mount = ""};
	*ret_tree = tree;
}

/* ---- Looking ---- */

static ssize_t read_again(int descriptor, char *text, size_t room)
{
	ssize_t size = pread(descriptor, text, room - 1, 0);

	text[size > 0 ? size : 0] = '\0';
	return size;
}

static bool thread_stopped(int descriptor)
{
	char text[256];
	char state;

	read_again(descriptor, text, sizeof(text));
	state = lookout_state(text);
	return state == 't' || state == 'T';
}

static bool is_frozen(const struct lookout *lookout)
{
	char text[128];

	if (lookout->events < 0)
		return false;
	read_again(lookout->events, text, sizeof(text));
	if (strstr(text, "frozen 1"))
		return true;
	for (unsigned int level = 0; level < lookout->freeze_count; level++) {
		read_again(lookout->freezes[level], text, sizeof(text));
		if (text[0] == '1')
			return true;
	}
	return false;
}

static enum delivery_stop look(struct delivery_watch *base)
{
	const struct lookout *lookout = (const struct lookout *)base;

	for (unsigned int i = 0; i < lookout->thread_count; i++)
		if (thread_stopped(lookout->threads[i]))
			return i == 0 && lookout->has_handler ? DELIVERY_HANDLER_STOPPED
							      : DELIVERY_ANSWERER_STOPPED;
	return is_frozen(lookout) ? DELIVERY_HANDLER_STOPPED : DELIVERY_RUNS;
}

/* ---- Making and ending ---- */

static void lookout_free(struct delivery_watch *base)
{
	struct lookout *lookout = (struct lookout *)base;

	for (unsigned int i = 0; i < lookout->thread_count; i++)
		close(lookout->threads[i]);
	for (unsigned int i = 0; i < lookout->freeze_count; i++)
		close(lookout->freezes[i]);
	if (lookout->events >= 0)
		close(lookout->events);
	free(lookout);
}

static void add_thread(struct lookout *lookout, pid_t pid, uint32_t named)
{
	char path[64];
	pid_t tid;
	int descriptor;

	if (!named || task_find(pid, (pid_t)named, &tid) < 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor >= 0)
		lookout->threads[lookout->thread_count++] = descriptor;
}

uint64_t lookout_cgroup(pid_t pid)
{
	OWNED_DESCRIPTOR int file = -1;
	char text[4096];
	uint64_t sum = 14695981039346656037ULL; /* FNV-1a */

	snprintf(text, sizeof(text), "/proc/%d/cgroup", pid);
	file = open(text, O_RDONLY | O_CLOEXEC);
	if (file < 0 || read_again(file, text, sizeof(text)) <= 0)
		return 0;
	for (const char *byte = text; *byte; byte++)
		sum = (sum ^ (unsigned char)*byte) * 1099511628211ULL;
	return sum;
}

/* The directory of the process's cgroup. */
static bool find_cgroup(const struct cgroup_tree *tree, pid_t pid, char path[PATH_ROOM])
{
	OWNED_DESCRIPTOR int file = -1;
	char text[4096];
	char cgroup[512];
	size_t root = strcmp(tree->root, "/") == 0 ? 0 : strlen(tree->root);

	snprintf(text, sizeof(text), "/proc/%d/cgroup", pid);
	file = tree->mount[0] ? open(text, O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0 || read_again(file, text, sizeof(text)) <= 0 ||
	    !cgroup_path_of(text, cgroup, sizeof(cgroup)))
		return false;
	if (strncmp(cgroup, tree->root, root) != 0)
		return false;
	snprintf(path, PATH_ROOM, "%s%s", tree->mount, cgroup + root);
	return true;
}

static int open_in(const char *directory, const char *name)
{
	char path[PATH_ROOM + 32];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The top cgroup has no such files, since nobody can freeze it. */
static void add_cgroup(struct lookout *lookout, const struct cgroup_tree *tree, pid_t pid)
{
	char path[PATH_ROOM];
	char *slash;

	if (!find_cgroup(tree, pid, path))
		return;
	lookout->events = open_in(path, "cgroup.events");
	while (lookout->freeze_count < LEVELS_MAX && strlen(path) > strlen(tree->mount)) {
		int descriptor = open_in(path, "cgroup.freeze");

		if (descriptor < 0)
			return;
		lookout->freezes[lookout->freeze_count++] = descriptor;
		slash = strrchr(path, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

struct delivery_watch *lookout_new(const struct cgroup_tree *tree, pid_t pid,
				   const struct channel_threads *threads)
{
	struct lookout *lookout = calloc(1, sizeof(*lookout));

	if (!lookout)
		return NULL;
	lookout->base = (struct delivery_watch){.look = look, .free = lookout_free};
	lookout->events = -1;
	add_thread(lookout, pid, threads->handler);
	lookout->has_handler = lookout->thread_count > 0;
	for (int i = 0; i < RING_ANSWERERS; i++)
		add_thread(lookout, pid, threads->answerers[i]);
	add_cgroup(lookout, tree, pid);
	return &lookout->base;
}
