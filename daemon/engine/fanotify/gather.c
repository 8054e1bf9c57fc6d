/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the facts of a process from /proc: who it is (stat, status, loginuid, sessionid), what it
 * runs (exe), where it runs (cgroup, namespaces, terminal). Facts that are dear are read once, at
 * exec, and shared with children until they exec themselves.
 */
#include "daemon/engine/fanotify/gather.h"
#include "base/clock.h"
#include "daemon/engine/fanotify/facts.h"
#include "daemon/engine/fanotify/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_offset_ns(clockid_t clock)
{
	struct timespec wall, other;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(clock, &other);
	return (wall.tv_sec - other.tv_sec) * (int64_t)NANOSECONDS_PER_SECOND +
	       (wall.tv_nsec - other.tv_nsec);
}

uint64_t gather_boot_ns(uint64_t monotonic_ns)
{
	struct timespec boot, monotonic;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	return monotonic_ns + (uint64_t)(boot.tv_sec - monotonic.tv_sec) * NANOSECONDS_PER_SECOND +
	       (uint64_t)(boot.tv_nsec - monotonic.tv_nsec);
}

int gather_init(struct gather *ret_gather)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return -errno;
	*ret_gather = (struct gather){
		.proc = proc,
		.cgroups = -1,
		.ticks = sysconf(_SC_CLK_TCK),
		.boot_offset_ns = clock_offset_ns(CLOCK_BOOTTIME),
	};
	/* Only the unified hierarchy has one id for each group. */
	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0)
		ret_gather->cgroups = open("/sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

void gather_done(struct gather *gather)
{
	if (gather->proc >= 0)
		close(gather->proc);
	if (gather->cgroups >= 0)
		close(gather->cgroups);
	gather->proc = -1;
	gather->cgroups = -1;
}

static int read_stat(const struct gather *gather, pid_t pid, struct proc_stat *ret_stat)
{
	char text[1024];
	ssize_t length = proc_read(gather->proc, pid, "stat", text, sizeof(text));

	return length < 0 ? (int)length : stat_parse(text, (size_t)length, ret_stat);
}

static int read_status(const struct gather *gather, pid_t tid, struct proc_status *ret_status)
{
	char text[4096];
	ssize_t length = proc_read(gather->proc, tid, "status", text, sizeof(text));

	return length < 0 ? (int)length : status_parse(text, (size_t)length, ret_status);
}

/* Where the first thread has ended and others go on, it is the first that /proc shows. */
static bool has_ended(const struct proc_stat *stat)
{
	return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

static void put_run(struct process *process, const struct proc_stat *stat)
{
	process->run = (struct run){
		.start_ticks = stat->start_ticks,
		.code_start = stat->code_start,
		.code_end = stat->code_end,
		.stack_start = stat->stack_start,
	};
	process->run_known = true;
}

int gather_run(const struct gather *gather, struct process *process)
{
	struct proc_stat stat;
	int result = read_stat(gather, process_pid(process), &stat);

	if (result < 0)
		return result;
	/* Of what has ended /proc shows no memory. */
	if (stat.state == 'Z' || stat.state == 'X')
		return -ESRCH;
	put_run(process, &stat);
	return 0;
}

int gather_process(const struct gather *gather, struct process *process)
{
	pid_t pid = process_pid(process);
	uint32_t *words = process->token.words;
	struct proc_status status = {0};
	struct proc_stat stat = {0};
	int result = read_stat(gather, pid, &stat);

	if (result == 0)
		result = read_status(gather, pid, &status);
	if (result != 0)
		return result;
	if (has_ended(&stat))
		return -ESRCH;
	process->parent_pid = stat.parent;
	if (process->original_parent_pid == 0)
		process->original_parent_pid = stat.parent;
	process->group = stat.group;
	process->session = stat.session;
	put_run(process, &stat);
	/* From here on the connector's news keep count. */
	if (process->threads == 0)
		process->threads = stat.threads;
	if (process->start_time_us == 0)
		process->start_time_us = (uint64_t)(gather->boot_offset_ns / 1000 +
						    (int64_t)stat.start_ticks * 1000000 /
							    gather->ticks);
	words[RECORD_TOKEN_EUID] = status.effective_uid;
	words[RECORD_TOKEN_EGID] = status.effective_gid;
	words[RECORD_TOKEN_RUID] = status.real_uid;
	words[RECORD_TOKEN_RGID] = status.real_gid;
	words[RECORD_TOKEN_AUID] = proc_read_number(gather->proc, pid, "loginuid", UINT32_MAX);
	words[RECORD_TOKEN_ASID] = proc_read_number(gather->proc, pid, "sessionid", UINT32_MAX);
	return 0;
}

struct gather_start gather_start_of(const struct process *process)
{
	return (struct gather_start){
		.pid = process_pid(process),
		.ticks = process->run.start_ticks,
		.boot_ns = process->start_boot_ns,
	};
}

bool gather_began_then(const struct gather *gather, const struct gather_start *start,
		       uint64_t boot_ns)
{
	uint64_t tick_ns = NANOSECONDS_PER_SECOND / (uint64_t)gather->ticks;
	uint64_t began_ns = start->ticks ? start->ticks * tick_ns : start->boot_ns;

	return began_ns < boot_ns + 3 * tick_ns && boot_ns < began_ns + 3 * tick_ns;
}

static bool is_start(const struct gather *gather, const struct gather_start *start, uint64_t ticks)
{
	if (start->ticks)
		return ticks == start->ticks;
	return gather_began_then(gather, start,
				 ticks * (NANOSECONDS_PER_SECOND / (uint64_t)gather->ticks));
}

enum gather_likeness gather_look(const struct gather *gather, const struct gather_start *start,
				 int *ret_threads)
{
	struct proc_stat stat;

	if (read_stat(gather, start->pid, &stat) < 0)
		return GATHER_GONE;
	if (!is_start(gather, start, stat.start_ticks))
		return GATHER_OTHER;
	if (has_ended(&stat))
		return GATHER_ENDED;
	*ret_threads = stat.threads;
	return GATHER_ALIVE;
}

bool gather_older(const struct gather *gather, pid_t pid, uint64_t age_ns)
{
	struct proc_stat stat;
	uint64_t start_ns;

	if (read_stat(gather, pid, &stat) < 0)
		return false;
	start_ns = stat.start_ticks * (NANOSECONDS_PER_SECOND / (uint64_t)gather->ticks);
	return gather_boot_ns(clock_now_ns()) >= start_ns + age_ns;
}

pid_t gather_process_of(const struct gather *gather, pid_t tid)
{
	struct proc_status status;

	return read_status(gather, tid, &status) == 0 ? status.process : 0;
}

struct image *gather_image(const struct gather *gather, pid_t pid, uint64_t *ret_mount_id)
{
	struct file_facts facts;
	struct statx status;
	char link[32];
	ssize_t length;

	snprintf(link, sizeof(link), "%d/exe", pid);
	length = readlinkat(gather->proc, link, facts.path, sizeof(facts.path) - 1);
	if (length <= 0)
		return NULL;
	facts.path[length] = '\0';
	facts.path_length = (size_t)length;
	if (statx(gather->proc, link, FACTS_STATX_FLAGS, FACTS_STATX_MASK, &status) < 0)
		return NULL;
	facts_stat(&status, &facts.stat);
	facts_strip_deleted(&facts);
	*ret_mount_id = status.stx_mnt_id;
	return image_new(facts.path, facts.path_length, &facts.stat, RECORD_FILE_PRESENT);
}

static uint64_t namespace_of(const struct gather *gather, pid_t pid, const char *name)
{
	char link[32], text[64];
	unsigned long long inode = 0;
	ssize_t length;

	snprintf(link, sizeof(link), "%d/ns/%s", pid, name);
	length = readlinkat(gather->proc, link, text, sizeof(text) - 1);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	return sscanf(text, "%*[a-z_]:[%llu]", &inode) == 1 ? inode : 0;
}

/* The kernel's number of a terminal: minor in bits 0-7 and 20-31, major in bits 8-19. */
static void put_terminal(struct surroundings *surroundings, uint32_t terminal)
{
	unsigned int major_number = terminal >> 8 & 0xfff;
	unsigned int minor_number = (terminal & 0xff) | (terminal >> 12 & 0xfff00);
	char *path = surroundings->terminal_path;
	size_t size = sizeof(surroundings->terminal_path);
	struct statx status;

	if (terminal == 0)
		return;
	if (major_number >= 136 && major_number <= 143)
		snprintf(path, size, "/dev/pts/%u", (major_number - 136) * 256 + minor_number);
	else if (major_number == 4 && minor_number < 64)
		snprintf(path, size, "/dev/tty%u", minor_number);
	else if (major_number == 4)
		snprintf(path, size, "/dev/ttyS%u", minor_number - 64);
	else
		snprintf(path, size, "/dev/char/%u:%u", major_number, minor_number);
	if (statx(AT_FDCWD, path, FACTS_STATX_FLAGS, FACTS_STATX_MASK, &status) == 0)
		facts_stat(&status, &surroundings->terminal_stat);
}

static uint64_t cgroup_id(const struct gather *gather, const char *path)
{
	struct statx status;

	if (gather->cgroups < 0)
		return 0;
	path += strspn(path, "/");
	if (statx(gather->cgroups, path, AT_EMPTY_PATH | FACTS_STATX_FLAGS, STATX_INO, &status) < 0)
		return 0;
	return status.stx_ino;
}

struct surroundings *gather_surroundings(const struct gather *gather, pid_t pid)
{
	char text[FACTS_PATH_SIZE];
	struct surroundings *surroundings;
	struct proc_stat stat;
	const char *path = "";
	size_t path_length = 0;
	ssize_t length = proc_read(gather->proc, pid, "cgroup", text, sizeof(text));

	if (length < 0 || read_stat(gather, pid, &stat) < 0)
		return NULL;
	cgroup_parse(text, (size_t)length, &path, &path_length);
	surroundings = surroundings_new(path, path_length);
	if (!surroundings)
		return NULL;
	surroundings->cgroup_id = cgroup_id(gather, surroundings->cgroup_path);
	surroundings->cgroup_namespace = namespace_of(gather, pid, "cgroup");
	surroundings->ipc_namespace = namespace_of(gather, pid, "ipc");
	surroundings->mount_namespace = namespace_of(gather, pid, "mnt");
	surroundings->network_namespace = namespace_of(gather, pid, "net");
	surroundings->pid_namespace = namespace_of(gather, pid, "pid");
	surroundings->user_namespace = namespace_of(gather, pid, "user");
	put_terminal(surroundings, stat.terminal);
	return surroundings;
}
