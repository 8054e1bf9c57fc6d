/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways to stop a client (debuggee.h): a signal, a debugger that stops all threads, one that stops a
 * single thread, a frozen cgroup. The debugger is a
 * tiny tracer of our own.
 */
#include "tests/system/debuggee.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/system/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- A signal ---- */

static bool stop_by_signal(struct debuggee *debuggee, const char **ret_why)
{
	siginfo_t info;

	(void)ret_why;
	assert_int_equal(kill(debuggee->pid, SIGSTOP), 0);
	assert_int_equal(waitid(P_PID, (id_t)debuggee->pid, &info, WSTOPPED), 0);
	return true;
}

static void resume_by_signal(struct debuggee *debuggee)
{
	assert_int_equal(kill(debuggee->pid, SIGCONT), 0);
}

const struct stopping stopping_by_signal = {"SIGSTOP", stop_by_signal, resume_by_signal};

/* ---- A debugger: a process of its own, that shares nothing but the page with anybody ---- */

static pid_t tracer;

static void each_thread(pid_t pid, void (*act)(pid_t tid))
{
	char path[64];
	const struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			act((pid_t)atoi(entry->d_name));
	if (tasks)
		closedir(tasks);
}

static void check(bool right)
{
	if (!right)
		_exit(1);
}

static void await_stop(pid_t tid)
{
	int status;

	check(waitpid(tid, &status, __WALL) == tid && WIFSTOPPED(status));
}

static void attach(pid_t tid)
{
	check(ptrace(PTRACE_ATTACH, tid, NULL, NULL) == 0);
	await_stop(tid);
}

static void detach(pid_t tid)
{
	check(ptrace(PTRACE_DETACH, tid, NULL, NULL) == 0);
}

static void interrupt(pid_t tid)
{
	check(ptrace(PTRACE_SEIZE, tid, NULL, NULL) == 0);
	check(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0);
	await_stop(tid);
}

static void open_file(struct debuggee *debuggee)
{
	debuggee->tracer_opened = open(debuggee->tracer_opens, O_RDONLY | O_CLOEXEC) >= 0 ? 1
											  : -errno;
}

static void open_in_child(struct debuggee *debuggee)
{
	pid_t pid = fork();

	if (pid == 0) {
		open_file(debuggee);
		_exit(0);
	}
	check(waitpid(pid, NULL, 0) == pid);
}

/* The debugger that has started the tracer as its server, and waits for its word. */
static void open_in_master(struct debuggee *debuggee)
{
	int line[2];
	char byte;
	pid_t pid;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, line) == 0);
	pid = fork();
	if (pid == 0) {
		close(line[0]);
		return;
	}
	close(line[1]);
	/* The server closes its end once it traces, or says so first. */
	check(read(line[0], &byte, 1) == 1);
	open_file(debuggee);
	check(write(line[0], "o", 1) == 1);
	check(waitpid(pid, NULL, 0) == pid);
	_exit(0);
}

static void let_master_open(void)
{
	char byte;

	/* The line is the only thing that is open. */
	for (int line = 0; line < 3; line++)
		if (write(line, "t", 1) == 1)
			check(read(line, &byte, 1) == 1);
}

static void open_as_told(struct debuggee *debuggee)
{
	if (!debuggee->tracer_opens[0])
		return;
	if (debuggee->opener == OPENER_TRACER)
		open_file(debuggee);
	else if (debuggee->opener == OPENER_CHILD)
		open_in_child(debuggee);
	else
		let_master_open();
}

/* tid 0: all threads */
static _Noreturn void trace(struct debuggee *debuggee, pid_t tid)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(0, ~0U, 0);
	if (debuggee->tracer_opens[0] && debuggee->opener == OPENER_MASTER)
		open_in_master(debuggee);
	if (tid)
		interrupt(tid);
	else
		each_thread(debuggee->pid, attach);
	open_as_told(debuggee);
	flag_set(&debuggee->tracer, TRACER_TRACES);
	flag_leaves(&debuggee->tracer, TRACER_TRACES);
	if (tid)
		detach(tid);
	else
		each_thread(debuggee->pid, detach);
	_exit(0);
}

static bool start_tracer(struct debuggee *debuggee, pid_t tid)
{
	debuggee->tracer = TRACER_NONE;
	fflush(stdout);
	tracer = fork();
	if (tracer == 0)
		trace(debuggee, tid);
	assert_true(flag_leaves(&debuggee->tracer, TRACER_NONE));
	return true;
}

static void end_tracer(struct debuggee *debuggee)
{
	flag_set(&debuggee->tracer, TRACER_ENDS);
	assert_int_equal(stage_apart_wait(tracer), 0);
}

static bool stop_all_threads(struct debuggee *debuggee, const char **ret_why)
{
	(void)ret_why;
	return start_tracer(debuggee, 0);
}

const struct stopping stopping_all_threads = {"ptrace of all threads", stop_all_threads,
					      end_tracer};

static bool stop_one_thread(struct debuggee *debuggee, const char **ret_why)
{
	(void)ret_why;
	return start_tracer(debuggee, debuggee->handler);
}

const struct stopping stopping_one_thread = {"ptrace of the handler's thread", stop_one_thread,
					     end_tracer};

static bool stop_answerer(struct debuggee *debuggee, const char **ret_why)
{
	(void)ret_why;
	return start_tracer(debuggee, debuggee->answerer);
}

const struct stopping stopping_answerer = {"ptrace of the thread that answers", stop_answerer,
					   end_tracer};

/* ---- A cgroup ---- */

static char cgroup[512];

/* Where version 2 cgroups are mounted. */
static bool find_mount(char path[256])
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[1024];
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts))
		found = strstr(line, " - cgroup2 ") &&
			sscanf(line, "%*s %*s %*s %*s %255s", path) == 1;
	if (mounts)
		fclose(mounts);
	return found;
}

static bool write_in_cgroup(const char *name, const char *text)
{
	char path[600];
	OWNED_DESCRIPTOR int file = -1;

	snprintf(path, sizeof(path), "%s/%s", cgroup, name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	return file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
}

static void await_frozen(void)
{
	uint64_t deadline = stage_deadline();
	char path[600], text[128] = "";

	snprintf(path, sizeof(path), "%s/cgroup.events", cgroup);
	while (!strstr(text, "frozen 1")) {
		OWNED_DESCRIPTOR int file = open(path, O_RDONLY | O_CLOEXEC);

		assert_true(file >= 0 && clock_now_ns() < deadline);
		text[0] = '\0';
		assert_true(read(file, text, sizeof(text) - 1) > 0);
	}
}

static bool stop_by_cgroup(struct debuggee *debuggee, const char **ret_why)
{
	char mount[256], pid[32];

	*ret_why = "no version 2 cgroup can be made here";
	if (!find_mount(mount))
		return false;
	snprintf(cgroup, sizeof(cgroup), "%s/es-test-%d", mount, debuggee->pid);
	if (mkdir(cgroup, 0755) != 0)
		return false;
	snprintf(pid, sizeof(pid), "%d", debuggee->pid);
	if (!write_in_cgroup("cgroup.procs", pid) || !write_in_cgroup("cgroup.freeze", "1")) {
		rmdir(cgroup);
		return false;
	}
	await_frozen();
	return true;
}

static void resume_by_cgroup(struct debuggee *debuggee)
{
	char *name = strrchr(cgroup, '/');
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", debuggee->pid);
	assert_true(write_in_cgroup("cgroup.freeze", "0"));
	*name = '\0';
	assert_true(write_in_cgroup("cgroup.procs", pid));
	*name = '/';
	assert_int_equal(rmdir(cgroup), 0);
}

const struct stopping stopping_by_cgroup = {"a frozen cgroup", stop_by_cgroup, resume_by_cgroup};
