/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libproc over /proc.
 *
 * Owns nothing but the moment the machine started, read once so that a process' start time is the
 * same each time it is asked for. All facts come from one reader, read_facts; the lists choose
 * among processes by a member of what it returns.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libproc.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t boot_second;
static pthread_once_t boot_once = PTHREAD_ONCE_INIT;

/* The text of /proc/PID/NAME, cut to the buffer, with a NUL. Returns its length, or -1 with errno.
 */
static ssize_t read_text(int pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	length = read(file, text, size - 1);
	close(file);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

static void read_boot_second(void)
{
	FILE *file = fopen("/proc/stat", "re");
	char *line = NULL;
	size_t size = 0;
	unsigned long long second;

	while (file && getline(&line, &size, file) >= 0) {
		if (sscanf(line, "btime %llu", &second) == 1)
			boot_second = second;
	}
	free(line);
	if (file)
		fclose(file);
}

static uint32_t status_of(char state)
{
	switch (state) {
	case 'R':
		return SRUN;
	case 'T':
	case 't':
		return SSTOP;
	case 'Z':
	case 'X':
		return SZOMB;
	default:
		return SSLEEP;
	}
}

/* What /proc/PID/stat has. The name is in parentheses and may contain anything, so look from
 * behind. */
static int read_stat(int pid, struct proc_bsdinfo *facts)
{
	char text[1024];
	const char *rest;
	char state;
	int parent, group, terminal, foreground, nice_value;
	unsigned long long start;
	long ticks = sysconf(_SC_CLK_TCK);

	if (read_text(pid, "stat", text, sizeof(text)) < 0)
		return -1;
	rest = strrchr(text, ')');
	if (!rest ||
	    sscanf(rest + 1,
		   " %c %d %d %*d %d %d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %d %*d %*d %llu",
		   &state, &parent, &group, &terminal, &foreground, &nice_value, &start) != 7) {
		errno = ESRCH;
		return -1;
	}
	pthread_once(&boot_once, read_boot_second);
	facts->pbi_status = status_of(state);
	facts->pbi_ppid = (uint32_t)parent;
	facts->pbi_pgid = (uint32_t)group;
	facts->e_tdev = (uint32_t)terminal;
	facts->e_tpgid = (uint32_t)foreground;
	facts->pbi_nice = nice_value;
	facts->pbi_start_tvsec = boot_second + start / (unsigned long long)ticks;
	facts->pbi_start_tvusec = start % (unsigned long long)ticks * 1000000 /
				  (unsigned long long)ticks;
	return 0;
}

/* What /proc/PID/status has. */
static int read_identity(int pid, struct proc_bsdinfo *facts)
{
	char text[4096];
	const char *uid, *gid;

	if (read_text(pid, "status", text, sizeof(text)) < 0)
		return -1;
	uid = strstr(text, "\nUid:");
	gid = strstr(text, "\nGid:");
	if (!uid || !gid ||
	    sscanf(uid, "\nUid: %u %u %u", &facts->pbi_ruid, &facts->pbi_uid, &facts->pbi_svuid) !=
		    3 ||
	    sscanf(gid, "\nGid: %u %u %u", &facts->pbi_rgid, &facts->pbi_gid, &facts->pbi_svgid) !=
		    3) {
		errno = ESRCH;
		return -1;
	}
	return 0;
}

/* All but the number of open descriptors. Returns 0, or -1 with errno and *ret_facts untouched. */
static int read_facts(int pid, struct proc_bsdinfo *ret_facts)
{
	struct proc_bsdinfo facts = {.pbi_pid = (uint32_t)pid};

	if (read_stat(pid, &facts) < 0 || read_identity(pid, &facts) < 0 ||
	    !proc_name(pid, facts.pbi_comm, sizeof(facts.pbi_comm)))
		return -1;
	memcpy(facts.pbi_name, facts.pbi_comm, sizeof(facts.pbi_comm));
	*ret_facts = facts;
	return 0;
}

static uint32_t count_descriptors(int pid)
{
	char path[64];
	const struct dirent *entry;
	uint32_t count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return count;
}

int proc_pidpath(int pid, void *buffer, uint32_t buffer_size)
{
	char link[64];
	char path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	length = readlink(link, path, sizeof(path));
	if (length < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return 0;
	}
	if ((size_t)length >= buffer_size) {
		errno = ENOMEM;
		return 0;
	}
	memcpy(buffer, path, (size_t)length);
	((char *)buffer)[length] = '\0';
	return (int)length;
}

int proc_pidpath_audittoken(audit_token_t *token, void *buffer, uint32_t buffer_size)
{
	/* The sixth word is the pid; audit_token_to_pid is in another library. */
	return proc_pidpath((int)token->val[5], buffer, buffer_size);
}

int proc_name(int pid, void *buffer, uint32_t buffer_size)
{
	char text[64];
	ssize_t length = read_text(pid, "comm", text, sizeof(text));

	if (length < 0)
		return 0;
	if (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	if ((size_t)length >= buffer_size) {
		errno = ENOMEM;
		return 0;
	}
	memcpy(buffer, text, (size_t)length + 1);
	return (int)length;
}

/* Which fact a list chooses by. */
static const struct {
	uint32_t type;
	size_t offset;
} choices[] = {
	{PROC_PGRP_ONLY, offsetof(struct proc_bsdinfo, pbi_pgid)},
	{PROC_TTY_ONLY, offsetof(struct proc_bsdinfo, e_tdev)},
	{PROC_UID_ONLY, offsetof(struct proc_bsdinfo, pbi_uid)},
	{PROC_RUID_ONLY, offsetof(struct proc_bsdinfo, pbi_ruid)},
	{PROC_PPID_ONLY, offsetof(struct proc_bsdinfo, pbi_ppid)},
};

enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static size_t find_choice(uint32_t type)
{
	size_t i;

	for (i = 0; i < CHOICES; i++) {
		if (choices[i].type == type)
			break;
	}
	return i;
}

static bool is_chosen(int pid, size_t choice, uint32_t value)
{
	struct proc_bsdinfo facts;
	uint32_t fact;

	if (choice == CHOICES)
		return true;
	if (read_facts(pid, &facts) < 0)
		return false;
	memcpy(&fact, (const char *)&facts + choices[choice].offset, sizeof(fact));
	return fact == value;
}

int proc_listpids(uint32_t type, uint32_t value, void *buffer, int buffer_size)
{
	size_t choice = find_choice(type);
	size_t room = buffer_size > 0 ? (size_t)buffer_size / sizeof(int) : 0;
	const struct dirent *entry;
	size_t count = 0;
	DIR *folder;
	int pid;

	if (choice == CHOICES && type != PROC_ALL_PIDS) {
		errno = EINVAL;
		return 0;
	}
	folder = opendir("/proc");
	if (!folder)
		return 0;
	while ((!buffer || count < room) && (entry = readdir(folder))) {
		pid = atoi(entry->d_name);
		if (pid <= 0 || !is_chosen(pid, choice, value))
			continue;
		if (buffer)
			memcpy((int *)buffer + count, &pid, sizeof(pid));
		count++;
	}
	closedir(folder);
	/* Some more, since processes start while the caller allocates. */
	return (int)((buffer ? count : count + 20) * sizeof(int));
}

int proc_listallpids(void *buffer, int buffer_size)
{
	return proc_listpids(PROC_ALL_PIDS, 0, buffer, buffer_size) / (int)sizeof(int);
}

int proc_listchildpids(pid_t parent, void *buffer, int buffer_size)
{
	return proc_listpids(PROC_PPID_ONLY, (uint32_t)parent, buffer, buffer_size) /
	       (int)sizeof(int);
}

int proc_pidinfo(int pid, int flavor, uint64_t argument, void *buffer, int buffer_size)
{
	struct proc_bsdinfo facts;

	(void)argument;
	if (flavor != PROC_PIDTBSDINFO) {
		errno = EINVAL;
		return 0;
	}
	if (!buffer || buffer_size < (int)sizeof(facts)) {
		errno = ENOMEM;
		return 0;
	}
	if (read_facts(pid, &facts) < 0)
		return 0;
	facts.pbi_nfiles = count_descriptors(pid);
	memcpy(buffer, &facts, sizeof(facts));
	return (int)sizeof(facts);
}
