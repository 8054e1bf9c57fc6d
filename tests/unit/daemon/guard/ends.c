/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two processes that hold the two ends of something, or only seem to. The other process is a child
 * that keeps one descriptor and waits.
 */
#include "daemon/guard/ends.h"

#include "daemon/guard/debuggers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A child that holds this descriptor alone. */
static pid_t holder_of(int descriptor)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Out of the way, the way it says that it is ready among the rest. */
		dup2(descriptor, 100);
		dup2(ready[1], 101);
		close_range(0, 99, 0);
		close_range(102, ~0U, 0);
		if (write(101, "r", 1) != 1)
			_exit(1);
		close(101);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	/* It has closed its end too. */
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	return pid;
}

/* Does a child that holds `theirs` meet us, who hold `ours`? Both are closed. */
static bool meets(int ours, int theirs)
{
	pid_t pid = holder_of(theirs);
	bool met;

	close(theirs);
	met = ends_meet(pid, getpid());
	assert_int_equal(debuggers_master(pid), met ? getpid() : 0);
	close(ours);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return met;
}

static void the_two_ends_of_a_pipe_meet(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(meets(ends[1], ends[0]));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(meets(ends[0], ends[1]));
}

static void the_same_end_of_a_pipe_does_not_meet_itself(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_false(meets(dup(ends[0]), (close(ends[1]), ends[0])));
}

static void a_socket_meets_its_peer_and_no_other(void **state)
{
	int one[2], two[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, one), 0);
	assert_true(meets(one[0], one[1]));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, one), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, two), 0);
	close(one[0]);
	close(two[1]);
	assert_false(meets(two[0], one[1]));
}

static void a_connection_of_the_machine_meets(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int other;

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(connect(one, (struct sockaddr *)&address, size), 0);
	other = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(other >= 0);
	close(listener);
	assert_true(meets(one, other));
}

static void a_terminal_meets_its_master_and_no_other(void **state)
{
	int masters[2] = {posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC),
			  posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
	int terminal;

	(void)state;
	assert_true(masters[0] >= 0 && masters[1] >= 0);
	assert_int_equal(unlockpt(masters[0]), 0);
	terminal = open(ptsname(masters[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	assert_true(meets(masters[0], dup(terminal)));
	assert_false(meets(masters[1], terminal));
}

static void nobody_meets_who_is_not_there(void **state)
{
	(void)state;
	assert_false(ends_meet(INT32_MAX, getpid()));
	assert_false(ends_meet(getpid(), INT32_MAX));
	assert_int_equal(debuggers_master(INT32_MAX), 0);
}

static void nobody_traces_us(void **state)
{
	const struct channel_threads threads = {.handler = (uint32_t)gettid(), .answerers = {1}};

	(void)state;
	assert_int_equal(debuggers_tracer(getpid(), &threads), 0);
	assert_int_equal(debuggers_tracer(INT32_MAX, &threads), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_two_ends_of_a_pipe_meet),
		cmocka_unit_test(the_same_end_of_a_pipe_does_not_meet_itself),
		cmocka_unit_test(a_socket_meets_its_peer_and_no_other),
		cmocka_unit_test(a_connection_of_the_machine_meets),
		cmocka_unit_test(a_terminal_meets_its_master_and_no_other),
		cmocka_unit_test(nobody_meets_who_is_not_there),
		cmocka_unit_test(nobody_traces_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
