/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts and ends a daemon that listens on a socket beside the stage. It says that it is ready as
 * it says it to systemd, so nobody has to try.
 */
#include "tests/system/service.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char socket_path[128];
static char log_path[128];
static char rules_path[128];
static pid_t running;

const char *service_socket(void)
{
	return socket_path;
}

/* Where the daemon says that it is ready. */
static int notify_socket(char path[sizeof(((struct sockaddr_un *)0)->sun_path)])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", stage_aside("notify"));
	memcpy(path, address.sun_path, sizeof(address.sun_path));
	unlink(path);
	assert_true(notify >= 0);
	assert_int_equal(bind(notify, (struct sockaddr *)&address, sizeof(address)), 0);
	return notify;
}

static _Noreturn void run(const char *notify_path, bool replace)
{
	const char *daemon = getenv("ES_DAEMON");
	int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	close_range(3, ~0U, 0);
	setsid();
	setenv("NOTIFY_SOCKET", notify_path, 1);
	execl(daemon, daemon, "--socket", socket_path, "--root", stage_root(), "--clients",
	      rules_path, "--log", "stderr", replace ? "--replace" : (char *)NULL, (char *)NULL);
	_exit(127);
}

static void await_ready(int notify, pid_t pid)
{
	uint64_t deadline = stage_deadline();
	char text[256] = "";

	while (!strstr(text, "READY=1")) {
		struct pollfd wanted = {.fd = notify, .events = POLLIN};
		ssize_t size;

		if (waitpid(pid, NULL, WNOHANG) == pid)
			fail_msg("the daemon ended at once, see %s", log_path);
		if (poll(&wanted, 1, 100) == 0 && clock_now_ns() > deadline)
			fail_msg("the daemon does not say that it is ready");
		size = recv(notify, text, sizeof(text) - 1, MSG_DONTWAIT);
		text[size > 0 ? size : 0] = '\0';
	}
}

static pid_t start(bool replace)
{
	char notify_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	OWNED_DESCRIPTOR int notify = -1;
	pid_t pid;

	snprintf(socket_path, sizeof(socket_path), "%s", stage_aside("control.sock"));
	snprintf(log_path, sizeof(log_path), "%s", stage_aside("log"));
	snprintf(rules_path, sizeof(rules_path), "%s", stage_aside("clients.d"));
	assert_true(mkdir(rules_path, 0755) == 0 || errno == EEXIST);
	notify = notify_socket(notify_path);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run(notify_path, replace);
	assert_true(pid > 0);
	running = pid;
	await_ready(notify, pid);
	setenv("ENDPOINTSECURITY_SOCKET", socket_path, 1);
	return pid;
}

pid_t service_start(void)
{
	return start(false);
}

pid_t service_take_over(pid_t pid)
{
	pid_t successor = start(true);

	assert_int_equal(stage_apart_wait(pid), 0);
	return successor;
}

pid_t service_start_with_rules(const char *rules)
{
	const char *path = stage_aside("clients.d/test.conf");
	FILE *file;

	assert_true(mkdir(stage_aside("clients.d"), 0755) == 0 || errno == EEXIST);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(rules, file);
	assert_int_equal(fclose(file), 0);
	return service_start();
}

int service_end(pid_t pid, int signal)
{
	int status = -1;

	assert_int_equal(kill(pid, signal), 0);
	status = stage_apart_wait(pid);
	running = 0;
	return status;
}

unsigned int service_end_all(void)
{
	if (running == 0)
		return 0;
	/* It may have ended, and been waited for, by the test's own hand. */
	if (waitpid(running, NULL, WNOHANG) == 0) {
		kill(running, SIGKILL);
		waitpid(running, NULL, 0);
	}
	running = 0;
	service_forget();
	return 1;
}

void service_forget(void)
{
	unsetenv("ENDPOINTSECURITY_SOCKET");
	unlink(stage_aside("clients.d/test.conf"));
	unlink(log_path);
}

char *service_log(void)
{
	OWNED_DESCRIPTOR int log = open(log_path, O_RDONLY | O_CLOEXEC);
	const size_t size = 64 * 1024;
	char *text = calloc(1, size + 1);

	assert_non_null(text);
	if (log >= 0 && read(log, text, size) < 0)
		text[0] = '\0';
	return text;
}
