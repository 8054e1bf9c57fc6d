/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What subjects do. Runs in the forked subject: system calls, and as little else as can be, since
 * the process it was forked from had other threads.
 */
#include "tests/system/deeds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int kept = -1;
static int thread_id;

static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

int deed_open(const struct deed *deed)
{
	int file = open(deed->path, (int)deed->number | O_CLOEXEC, 0600);

	if (file < 0)
		return errno;
	close(file);
	return 0;
}

int deed_open_often(const struct deed *deed)
{
	for (long i = 0; i < deed->number; i++) {
		int file = open(deed->path, O_RDONLY | O_CLOEXEC);

		if (file < 0)
			return errno;
		close(file);
	}
	return 0;
}

int deed_open_kept(const struct deed *deed)
{
	kept = open(deed->path, (int)deed->number | O_CLOEXEC, 0600);
	return outcome(kept);
}

int deed_close_kept(const struct deed *deed)
{
	(void)deed;
	return outcome(close(kept));
}

int deed_write(const struct deed *deed)
{
	static const char bytes[4096];
	int file = open(deed->path, O_WRONLY | O_CLOEXEC);
	int result;

	if (file < 0)
		return errno;
	result = outcome(write(file, bytes, (size_t)deed->number % sizeof(bytes)));
	close(file);
	return result;
}

int deed_mkdir(const struct deed *deed)
{
	return outcome(mkdir(deed->path, 0755));
}

int deed_mknod(const struct deed *deed)
{
	return outcome(mkfifo(deed->path, 0600));
}

int deed_symlink(const struct deed *deed)
{
	return outcome(symlink(deed->other, deed->path));
}

int deed_unlink(const struct deed *deed)
{
	return outcome(unlink(deed->path));
}

int deed_rmdir(const struct deed *deed)
{
	return outcome(rmdir(deed->path));
}

int deed_rename(const struct deed *deed)
{
	return outcome(rename(deed->path, deed->other));
}

int deed_link(const struct deed *deed)
{
	return outcome(link(deed->path, deed->other));
}

int deed_chmod(const struct deed *deed)
{
	return outcome(chmod(deed->path, (mode_t)deed->number));
}

int deed_chown(const struct deed *deed)
{
	return outcome(chown(deed->path, (uid_t)deed->number, (gid_t)-1));
}

int deed_utimes(const struct deed *deed)
{
	const struct timespec times[2] = {{.tv_sec = deed->number}, {.tv_sec = deed->number}};

	return outcome(utimensat(AT_FDCWD, deed->path, times, 0));
}

int deed_truncate(const struct deed *deed)
{
	return outcome(truncate(deed->path, deed->number));
}

int deed_readdir(const struct deed *deed)
{
	char entries[4096];
	int directory = open(deed->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (directory < 0)
		return errno;
	result = outcome(syscall(SYS_getdents64, directory, entries, sizeof(entries)));
	close(directory);
	return result;
}

static int reap(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? 0 : EINTR;
}

int deed_fork(const struct deed *deed)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit((int)deed->number);
	return reap(pid);
}

static int execute(const struct deed *deed)
{
	char *arguments[] = {(char *)deed->path, (char *)deed->other, NULL};
	char *environment[] = {(char *)"STAGE=system", NULL};

	execve(deed->path, arguments, environment);
	return errno;
}

int deed_spawn(const struct deed *deed)
{
	int report[2], failure = 0;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		failure = execute(deed);
		(void)!write(report[1], &failure, sizeof(failure));
		_exit(127);
	}
	close(report[1]);
	if (read(report[0], &failure, sizeof(failure)) != (ssize_t)sizeof(failure))
		failure = 0;
	close(report[0]);
	return reap(pid) ? EINTR : failure;
}

int deed_exec(const struct deed *deed)
{
	return execute(deed);
}

int deed_exit(const struct deed *deed)
{
	if (deed->number >= 0)
		_exit((int)deed->number);
	kill(getpid(), (int)-deed->number);
	return EINTR;
}

static void *open_path(void *path)
{
	int file;

	thread_id = gettid();
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return NULL;
	close(file);
	return path;
}

int deed_open_in_thread(const struct deed *deed)
{
	pthread_t thread;
	void *opened = NULL;

	if (pthread_create(&thread, NULL, open_path, (void *)deed->path) != 0)
		return EAGAIN;
	pthread_join(thread, &opened);
	return opened ? 0 : EPERM;
}

static void *open_quietly(void *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file >= 0)
		close(file);
	return file < 0 ? NULL : path;
}

int deed_open_in_threads(const struct deed *deed)
{
	pthread_t threads[128];
	int count = 0, result = 0;

	while (count < deed->number && count < (int)(sizeof(threads) / sizeof(threads[0])) &&
	       pthread_create(&threads[count], NULL, open_quietly, (void *)deed->path) == 0)
		count++;
	if (count < deed->number)
		result = EAGAIN;
	while (count-- > 0) {
		void *opened = NULL;

		pthread_join(threads[count], &opened);
		if (!opened)
			result = EPERM;
	}
	return result;
}

int deed_thread_id(const struct deed *deed)
{
	(void)deed;
	return thread_id;
}

int deed_mount(const struct deed *deed)
{
	return outcome(mount("system-test", deed->path, "tmpfs", 0, "mode=755"));
}

int deed_unmount(const struct deed *deed)
{
	return outcome(umount(deed->path));
}

int deed_setuid(const struct deed *deed)
{
	return outcome(syscall(SYS_setuid, (uid_t)deed->number));
}

int deed_setgid(const struct deed *deed)
{
	return outcome(syscall(SYS_setgid, (gid_t)deed->number));
}

int deed_seteuid(const struct deed *deed)
{
	return outcome(syscall(SYS_setresuid, -1, (uid_t)deed->number, -1));
}

int deed_trace(const struct deed *deed)
{
	pid_t pid = (pid_t)deed->number;
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		return errno;
	if (waitpid(pid, &status, __WALL) != pid)
		return errno;
	return outcome(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}
