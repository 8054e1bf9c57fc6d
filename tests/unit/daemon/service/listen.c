/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/service/listen.h: one daemon a path; what a dead one left is swept away, what a living
 * one or somebody else has is not.
 */
#include "daemon/service/listen.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

static char folder[] = "/tmp/listen-test-XXXXXX";
static char path[64];
static char error[CONTROL_TEXT_MAX];

static uint64_t soon(void)
{
	return clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/run/socket", folder);
	error[0] = '\0';
	return 0;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static int connect_to(int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	OWNED_DESCRIPTOR int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	return connect(descriptor, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static int bind_socket(int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	mkdir(folder, 0700);
	*strrchr(path, '/') = '\0';
	mkdir(path, 0700);
	path[strlen(path)] = '/';
	assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	return descriptor;
}

static void the_descriptoris_for_everybody_and_goes_with_the_daemon(void **state)
{
	struct listening *listening = NULL;
	OWNED_DESCRIPTOR int taken = -1;
	struct stat status;

	(void)state;
	assert_int_equal(listening_new(&listening, path, false, soon(), error), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0666);
	assert_int_equal(connect_to(SOCK_SEQPACKET), 0);
	taken = listening_take(listening);
	assert_true(taken >= 0);
	assert_int_equal(connect_to(SOCK_SEQPACKET), 0);
	assert_null(listening_free(listening));
	assert_int_equal(stat(path, &status), -1);
	assert_null(listening_free(NULL));
}

static void a_stale_descriptoris_swept_away(void **state)
{
	OWNED(listening_free) struct listening *listening = NULL;

	(void)state;
	close(bind_socket(SOCK_SEQPACKET));
	assert_int_equal(connect_to(SOCK_SEQPACKET), -ECONNREFUSED);
	assert_int_equal(listening_new(&listening, path, false, soon(), error), 0);
	assert_int_equal(connect_to(SOCK_SEQPACKET), 0);
}

static void a_file_in_the_way_is_left_alone(void **state)
{
	OWNED(listening_free) struct listening *listening = NULL;
	struct stat status;

	(void)state;
	close(bind_socket(SOCK_SEQPACKET));
	unlink(path);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(listening_new(&listening, path, false, soon(), error), -EEXIST);
	assert_non_null(strstr(error, path));
	assert_int_equal(stat(path, &status), 0);
	assert_null(listening);
}

static void another_program_that_listens_is_left_alone(void **state)
{
	static const int types[] = {SOCK_SEQPACKET, SOCK_STREAM};

	(void)state;
	for (size_t index = 0; index < sizeof(types) / sizeof(types[0]); index++) {
		OWNED(listening_free) struct listening *listening = NULL;
		OWNED_DESCRIPTOR int other = bind_socket(types[index]);

		assert_int_equal(listen(other, 1), 0);
		assert_int_equal(listening_new(&listening, path, false, soon(), error),
				 -EADDRINUSE);
		assert_non_null(strstr(error, "systemd"));
		assert_int_equal(connect_to(types[index]), 0);
		unlink(path);
	}
}

/* A daemon of its own process; returns once it listens. */
static pid_t run_daemon(bool ends)
{
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		OWNED(listening_free) struct listening *listening = NULL;
		sigset_t signals;
		int which;

		sigemptyset(&signals);
		sigaddset(&signals, SIGTERM);
		sigprocmask(SIG_BLOCK, &signals, NULL);
		if (listening_new(&listening, path, false, soon(), error) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		close(ready[0]);
		close(ready[1]);
		if (!ends)
			sigdelset(&signals, SIGTERM);
		sigaddset(&signals, SIGUSR1);
		sigprocmask(SIG_BLOCK, &signals, NULL);
		sigwait(&signals, &which);
		listening = listening_free(listening);
		_exit(which == SIGTERM ? 0 : 2);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void two_daemons_cannot_have_one_path(void **state)
{
	OWNED(listening_free) struct listening *listening = NULL;
	pid_t other = run_daemon(true);
	char name[32];
	int status;

	(void)state;
	assert_int_equal(listening_new(&listening, path, false, soon(), error), -EBUSY);
	snprintf(name, sizeof(name), "[%d]", other);
	assert_non_null(strstr(error, name));
	assert_non_null(strstr(error, "--replace"));
	assert_int_equal(connect_to(SOCK_SEQPACKET), 0);
	kill(other, SIGKILL);
	waitpid(other, &status, 0);
	/* The kernel drops a dead daemon's lock; its socket is stale. */
	assert_int_equal(listening_new(&listening, path, false, soon(), error), 0);
}

static void replacing_ends_the_other_and_takes_its_place(void **state)
{
	OWNED(listening_free) struct listening *listening = NULL;
	pid_t other = run_daemon(true);
	int status;

	(void)state;
	assert_int_equal(listening_new(&listening, path, true, soon(), error), 0);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	assert_int_equal(connect_to(SOCK_SEQPACKET), 0);
}

static void replacing_waits_no_longer_than_the_deadline(void **state)
{
	OWNED(listening_free) struct listening *listening = NULL;
	pid_t other = run_daemon(false);
	int status;

	(void)state;
	assert_int_equal(listening_new(&listening, path, true,
				       clock_now_ns() + 20 * NANOSECONDS_PER_MILLISECOND, error),
			 -ETIMEDOUT);
	assert_non_null(strstr(error, "kill it"));
	kill(other, SIGKILL);
	waitpid(other, &status, 0);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	OWNED(listening_free) struct listening *listening = NULL;
	char longer[128];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(listening_new(&listening, longer, false, soon(), error), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
		CASE(the_descriptoris_for_everybody_and_goes_with_the_daemon),
		CASE(a_stale_descriptoris_swept_away),
		CASE(a_file_in_the_way_is_left_alone),
		CASE(another_program_that_listens_is_left_alone),
		CASE(two_daemons_cannot_have_one_path),
		CASE(replacing_ends_the_other_and_takes_its_place),
		CASE(replacing_waits_no_longer_than_the_deadline),
		CASE(a_path_that_is_too_long_is_refused),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
