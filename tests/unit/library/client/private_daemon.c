/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon a program starts for itself: how it is started, that the program does not notice, that
 * its clients share it, and that it is started again when it dies. And what fork(2) leaves of
 * clients.
 */
#include "control/control.h"
#include "library/client/client.h"
#include "tests/unit/library/client/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct told told;

static int begin(void **state)
{
	(void)state;
	told_init(&told);
	/* The machine's own daemon is not to be found, whether it has one or not. */
	unsetenv("ENDPOINTSECURITY_SOCKET");
	setenv("ES_DAEMON", PRIVATE_STUB, 1);
	return access(CONTROL_SOCKET_PATH, F_OK) == 0;
}

static int end(void **state)
{
	(void)state;
	told_done(&told);
	return 0;
}

static es_new_client_result_t new_client(es_client_t **client, const char *root)
{
	if (root)
		setenv("ES_ROOT", root, 1);
	else
		unsetenv("ES_ROOT");
	return es_new_client_f(client, told_handle, &told);
}

static pid_t daemon_pid(const es_client_t *client)
{
	return control_daemon(client->link.control)->daemon_pid;
}

static void it_inherits_nothing_but_a_socket_and_standard_error(void **state)
{
	es_client_t *client = NULL;
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	const char *facts;
	int leaked = dup(0); /* without close-on-exec, as programs have them */

	(void)state;
	sigaction(SIGUSR2, &ignore, &before);
	assert_int_equal(new_client(&client, "/facts"), ES_NEW_CLIENT_RESULT_ERR_NOT_PERMITTED);
	sigaction(SIGUSR2, &before, NULL);
	close(leaked);
	facts = es_linux_last_error();
	assert_string_equal(facts, "--private --fd 3 --root /facts "
				   "[PATH=/usr/sbin:/usr/bin:/sbin:/bin][LC_ALL=C.UTF-8] "
				   "descriptors 4, folder /, leader 1, blocked 0, ignored 0");
}

static void without_a_root_it_is_told_none(void **state)
{
	es_client_t *client = NULL;

	(void)state;
	assert_int_equal(new_client(&client, NULL), ES_NEW_CLIENT_RESULT_ERR_NOT_PERMITTED);
	assert_null(strstr(es_linux_last_error(), "--root"));
}

static void the_program_has_no_child_and_no_descriptor_more(void **state)
{
	es_client_t *client = NULL;
	int before = open_descriptors();
	sigset_t signals;

	(void)state;
	assert_int_equal(new_client(&client, "/serve"), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	pthread_sigmask(SIG_SETMASK, NULL, &signals);
	assert_false(sigismember(&signals, SIGTERM));
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	assert_int_equal(open_descriptors(), before);
}

static void clients_of_a_program_share_it(void **state)
{
	es_client_t *first = NULL;
	es_client_t *second = NULL;
	es_client_t *third = NULL;
	pid_t pid;

	(void)state;
	assert_int_equal(new_client(&first, "/serve"), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(new_client(&second, "/serve"), ES_NEW_CLIENT_RESULT_SUCCESS);
	pid = daemon_pid(first);
	assert_int_equal(daemon_pid(second), pid);
	assert_int_equal(es_delete_client(first), ES_RETURN_SUCCESS);
	assert_int_equal(new_client(&third, "/serve"), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(daemon_pid(third), pid);
	assert_int_equal(es_delete_client(second), ES_RETURN_SUCCESS);
	assert_int_equal(es_delete_client(third), ES_RETURN_SUCCESS);
}

static void it_is_started_again_when_it_dies(void **state)
{
	es_client_t *client = NULL;
	es_deadline_miss_mode_t mode;
	pid_t pid;

	(void)state;
	assert_int_equal(new_client(&client, "/serve"), ES_NEW_CLIENT_RESULT_SUCCESS);
	pid = daemon_pid(client);
	assert_int_equal(kill(pid, SIGKILL), 0);
	/* The first call may still meet the dead one; then it waits for the new one. */
	while (es_get_deadline_miss_mode(client, &mode) != ES_RETURN_SUCCESS)
		assert_non_null(strstr(es_linux_last_error(), "went away"));
	assert_int_not_equal(daemon_pid(client), pid);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
}

static void what_cannot_be_started_is_named(void **state)
{
	es_client_t *client = NULL;

	(void)state;
	setenv("ES_DAEMON", "/nonexistent/endpointsecurityd", 1);
	assert_int_equal(new_client(&client, NULL), ES_NEW_CLIENT_RESULT_ERR_INTERNAL);
	assert_non_null(strstr(es_linux_last_error(), "/nonexistent/endpointsecurityd"));
	assert_non_null(strstr(es_linux_last_error(), "No such file"));
	setenv("ES_DAEMON", PRIVATE_STUB, 1);
	assert_int_equal(new_client(&client, "/silent"), ES_NEW_CLIENT_RESULT_ERR_INTERNAL);
	assert_non_null(strstr(es_linux_last_error(), "ended at once"));
	assert_int_equal(new_client(&client, "/newer"), ES_NEW_CLIENT_RESULT_ERR_INTERNAL);
	assert_non_null(strstr(es_linux_last_error(), PRIVATE_STUB));
	assert_non_null(strstr(es_linux_last_error(), "of another version"));
	assert_null(client);
}

/* ---- fork(2)
 * ------------------------------------------------------------------------------------- */

static void keep(struct told *kept, es_client_t *client, const es_message_t *message)
{
	(void)client;
	es_retain_message(message);
	kept->kept = message;
}

/* In the child: 0 if everything there is as it should be. */
static int misuse_inherited(struct fixture *fixture)
{
	const es_event_type_t event = ES_EVENT_TYPE_NOTIFY_FORK;

	if (es_subscribe(fixture->client, &event, 1) != ES_RETURN_ERROR ||
	    !strstr(es_linux_last_error(), "fork"))
		return 1;
	if (es_respond_auth_result(fixture->client, fixture->told.kept, ES_AUTH_RESULT_ALLOW,
				   false) != ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT)
		return 2;
	if (es_delete_client(fixture->client) != ES_RETURN_ERROR)
		return 3;
	/* What was retained can still be read and given back. */
	if (strcmp(fixture->told.kept->process->executable->path.data, "/dir/actor") != 0)
		return 4;
	es_release_message(fixture->told.kept);
	return 0;
}

static void a_child_has_no_part_in_the_clients_of_its_parent(void **state)
{
	struct fixture *fixture = *state;
	int hold[2];
	int status;
	pid_t child;
	char byte;

	told_set_act(&fixture->told, keep);
	fake_daemon_tell(fixture->daemon, 0, EVENT_AUTH_UNLINK, 0);
	assert_true(told_await(&fixture->told, 1));
	assert_int_equal(pipe(hold), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(hold[1]);
		status = misuse_inherited(fixture);
		/* It lives on until the parent has seen what it is to see. */
		_exit(read(hold[0], &byte, 1) == 0 ? status : 9);
	}
	close(hold[0]);
	assert_int_equal(es_respond_auth_result(fixture->client, fixture->told.kept,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_SUCCESS);
	es_release_message(fixture->told.kept);
	assert_int_equal(es_delete_client(fixture->client), ES_RETURN_SUCCESS);
	fixture->client = NULL;
	assert_true(fake_daemon_await_hangup(fixture->daemon, 0));
	close(hold[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
		WITH(it_inherits_nothing_but_a_socket_and_standard_error),
		WITH(without_a_root_it_is_told_none),
		WITH(the_program_has_no_child_and_no_descriptor_more),
		WITH(clients_of_a_program_share_it),
		WITH(it_is_started_again_when_it_dies),
		WITH(what_cannot_be_started_is_named),
		cmocka_unit_test_setup_teardown(a_child_has_no_part_in_the_clients_of_its_parent,
						fixture_make_client, fixture_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
