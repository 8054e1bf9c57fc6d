/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that decides every open and every exec of a whole machine, through the daemon as it is
 * installed: the machine goes on working under it, a denial holds anywhere, and when the client
 * answers nobody any more there is a way out.
 */
#include <EndpointSecurity/ESLinux.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/guest/guest.h"
#include "tests/skip.h"

enum { PATIENCE_SECONDS = 60 };

#define DENIED	    "/bin/false"
#define NOTIFY_PATH "/run/whole-machine"

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_AUTH_EXEC};
static _Atomic unsigned int opens, execs;
static _Atomic bool silent; /* answers nobody */
static _Atomic pid_t held; /* who waits */
static pid_t daemon_pid;
static char denied_path[4096];

static uint64_t patience(void)
{
	return clock_now_ns() + PATIENCE_SECONDS * NANOSECONDS_PER_SECOND;
}

static void decide(es_client_t *client, const es_message_t *message, void *context)
{
	bool denied;

	(void)context;
	if (message->event_type == ES_EVENT_TYPE_AUTH_OPEN)
		atomic_fetch_add(&opens, 1);
	else
		atomic_fetch_add(&execs, 1);
	if (atomic_load(&silent)) {
		atomic_store(&held, message->process->group_id);
		return;
	}
	if (message->event_type == ES_EVENT_TYPE_AUTH_OPEN) {
		es_respond_flags_result(client, message, UINT32_MAX, false);
		return;
	}
	denied = strcmp(message->event.exec.target->executable->path.data, denied_path) == 0;
	es_respond_auth_result(client, message, denied ? ES_AUTH_RESULT_DENY : ES_AUTH_RESULT_ALLOW,
			       false);
}

static es_client_t *watch_everything(void)
{
	es_client_t *client = NULL;

	if (es_new_client_f(&client, decide, NULL) != ES_NEW_CLIENT_RESULT_SUCCESS)
		fail_msg("no client: %s", es_linux_last_error());
	assert_int_equal(es_set_deadline_miss_mode(client, ES_DEADLINE_MISS_MODE_FAIL_OPEN),
			 ES_RETURN_SUCCESS);
	if (es_subscribe(client, events, 2) != ES_RETURN_SUCCESS)
		fail_msg("no subscription: %s", es_linux_last_error());
	return client;
}

/* Starts a line of the shell in a process group of its own. */
static pid_t start(const char *line)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static pid_t start_release(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(WHOLE_MACHINE_ESCTL, "esctl", "release-all", (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

/* Its exit code; fails if it does not end. */
static int finish(pid_t pid)
{
	OWNED_DESCRIPTOR int handle = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd wanted = {.fd = handle, .events = POLLIN};
	int status = -1;

	assert_true(handle >= 0);
	if (poll(&wanted, 1, clock_milliseconds_until(patience())) <= 0) {
		kill(daemon_pid, SIGKILL); /* lets go of everybody */
		fail_msg("process %d does not end", (int)pid);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- The daemon ---- */

static void await_ready(int notify)
{
	struct pollfd wanted = {.fd = notify, .events = POLLIN};
	char text[256] = "";

	while (!strstr(text, "READY=1")) {
		ssize_t size;

		assert_int_equal(poll(&wanted, 1, clock_milliseconds_until(patience())), 1);
		size = recv(notify, text, sizeof(text) - 1, 0);
		text[size > 0 ? size : 0] = '\0';
	}
}

static int start_daemon(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = NOTIFY_PATH};
	OWNED_DESCRIPTOR int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	if (!guest_owns_machine())
		SKIP_BECAUSE("runs in a guest only, see tests/guest/README.md");
	unlink(NOTIFY_PATH);
	if (bind(notify, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    !realpath(DENIED, denied_path))
		return -1;
	daemon_pid = fork();
	if (daemon_pid == 0) {
		setenv("NOTIFY_SOCKET", NOTIFY_PATH, 1);
		execl(WHOLE_MACHINE_DAEMON, "endpointsecurityd", "--log", "none", (char *)NULL);
		_exit(127);
	}
	await_ready(notify);
	return 0;
}

static int end_daemon(void **state)
{
	(void)state;
	kill(daemon_pid, SIGTERM);
	unlink(NOTIFY_PATH);
	return finish(daemon_pid) == 0 ? 0 : -1;
}

/* ---- The tests ---- */

static void the_machine_works_while_everything_is_decided(void **state)
{
	es_client_t *client = watch_everything();
	unsigned int opens_before = opens, execs_before = execs;

	(void)state;
	assert_int_equal(finish(start("ls -lR /etc /bin/ >/dev/null")), 0);
	/* Many short programs, pipes and new files, as a build makes them. */
	assert_int_equal(
		finish(start("mkdir /tmp/made && cd /tmp/made && i=0; while [ $i -lt 60 ]; do "
			     "echo \"line $i\" >in.$i; cat in.$i | /bin/cat >out.$i && "
			     "mv out.$i done.$i || exit 1; i=$((i+1)); done; "
			     "cat done.* | wc -l | grep -q 60 && rm -r /tmp/made")),
		0);
	print_message("# %u opens and %u execs were decided\n", opens - opens_before,
		      execs - execs_before);
	assert_true(opens - opens_before > 200);
	assert_true(execs - execs_before > 100);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
}

static void a_denied_program_runs_nowhere(void **state)
{
	es_client_t *client = watch_everything();

	(void)state;
	assert_int_equal(finish(start(DENIED)), 126);
	assert_int_equal(finish(start("cp " DENIED " /tmp/other; /tmp/other; "
				      "code=$?; rm /tmp/other; exit $code")),
			 1);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	assert_int_equal(finish(start(DENIED)), 1);
}

static void release_all_frees_a_machine_that_hangs(void **state)
{
	es_client_t *client = watch_everything();
	uint64_t began;
	pid_t waiting;

	(void)state;
	atomic_store(&held, 0);
	atomic_store(&silent, true);
	began = clock_now_ns();
	waiting = start("cat /etc/passwd >/dev/null");
	while (atomic_load(&held) != waiting && clock_now_ns() - began < NANOSECONDS_PER_SECOND)
		poll(NULL, 0, 1);
	/* Everything waits but this one program, which a client mutes from the start. */
	assert_int_equal(finish(start_release()), 0);
	atomic_store(&silent, false);
	/* What has been held again between these two. */
	assert_int_equal(finish(start_release()), 0);
	assert_int_equal(finish(waiting), 0);
	print_message("# free after %llu ms\n",
		      (unsigned long long)((clock_now_ns() - began) / NANOSECONDS_PER_MILLISECOND));
	assert_true(clock_now_ns() - began < 20 * NANOSECONDS_PER_SECOND);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
}

/* As if the machine had been booted so: what /proc/cmdline says is covered for this daemon. */
static void switched_off_on_the_kernel_command_line_nothing_is_watched(void **state)
{
	(void)state;
	assert_int_equal(
		finish(start("echo root=x endpointsecurity=off >/tmp/cmdline && "
			     "mount --bind /tmp/cmdline /proc/cmdline && " WHOLE_MACHINE_DAEMON
			     " --socket /tmp/off.sock --log none; code=$?; "
			     "umount /proc/cmdline; rm /tmp/cmdline; exit $code")),
		0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_machine_works_while_everything_is_decided,
						start_daemon, end_daemon),
		cmocka_unit_test_setup_teardown(a_denied_program_runs_nowhere, start_daemon,
						end_daemon),
		cmocka_unit_test_setup_teardown(release_all_frees_a_machine_that_hangs,
						start_daemon, end_daemon),
		cmocka_unit_test(switched_off_on_the_kernel_command_line_nothing_is_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
