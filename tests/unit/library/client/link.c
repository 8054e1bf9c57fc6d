/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daemons a program cannot be connected with: for each es_new_client() has a result, and
 * es_linux_last_error() says what is wrong and what to do.
 */
#include "base/cleanup.h"
#include "tests/unit/library/client/fixture.h"

#include <EndpointSecurity/ESLinux.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

enum { NOBODY = 65534 };

/* No client can be made, and it is said of this daemon's socket why. */
static void expect_failure(struct fixture *fixture, es_new_client_result_t result,
			   const char *wrong, const char *remedy)
{
	const char *said;

	assert_int_equal(es_new_client_f(&fixture->client, told_handle, &fixture->told), result);
	assert_null(fixture->client);
	said = es_linux_last_error();
	if (!strstr(said, wrong) || !strstr(said, remedy))
		print_message("# %s\n", said);
	assert_non_null(strstr(said, getenv("ENDPOINTSECURITY_SOCKET")));
	assert_non_null(strstr(said, wrong));
	assert_non_null(strstr(said, remedy));
}

static void no_daemon_where_one_was_named_is_said(void **state)
{
	struct fixture *fixture = *state;

	fake_daemon_go(fixture->daemon);
	expect_failure(fixture, ES_NEW_CLIENT_RESULT_ERR_INTERNAL, "There is no daemon",
		       "start endpointsecurityd");
	fake_daemon_come_back(fixture->daemon);
}

static void a_socket_that_a_daemon_left_behind_is_told_apart(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	OWNED_DESCRIPTOR int left = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	fake_daemon_go(fixture->daemon);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 getenv("ENDPOINTSECURITY_SOCKET"));
	assert_int_equal(bind(left, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(TAKE_DESCRIPTOR(left));
	expect_failure(fixture, ES_NEW_CLIENT_RESULT_ERR_INTERNAL, "a daemon left behind",
		       "start endpointsecurityd");
	assert_int_equal(unlink(address.sun_path), 0);
	fake_daemon_come_back(fixture->daemon);
}

/* Root would be let through: this thread looks at files as nobody for a while. */
static void a_socket_that_is_not_open_to_the_user_is_said(void **state)
{
	struct fixture *fixture = *state;
	OWNED_MEMORY char *folder = strdup(getenv("ENDPOINTSECURITY_SOCKET"));
	int user;

	assert_non_null(folder);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(chmod(folder, 0), 0);
	user = setfsuid(NOBODY);
	expect_failure(fixture, ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED, "not open to this user",
		       "run as root");
	setfsuid((uid_t)user);
	assert_int_equal(chmod(folder, 0700), 0);
}

static void a_daemon_of_another_version_is_said(void **state)
{
	struct fixture *fixture = *state;

	fake_daemon_be_of_another_version(fixture->daemon);
	expect_failure(fixture, ES_NEW_CLIENT_RESULT_ERR_INTERNAL, "of another version",
		       "restart it");
}

static void a_daemon_that_does_not_answer_is_said(void **state)
{
	struct fixture *fixture = *state;

	fake_daemon_be_silent(fixture->daemon);
	expect_failure(fixture, ES_NEW_CLIENT_RESULT_ERR_INTERNAL, "does not answer", "restart it");
}

static void a_successor_of_another_version_is_said_at_once(void **state)
{
	struct fixture *fixture = *state;
	es_deadline_miss_mode_t mode;

	fake_daemon_go(fixture->daemon);
	fake_daemon_be_of_another_version(fixture->daemon);
	fake_daemon_come_back(fixture->daemon);
	/* The first calls may still meet the one that went. */
	do
		assert_int_equal(es_get_deadline_miss_mode(fixture->client, &mode),
				 ES_RETURN_ERROR);
	while (strstr(es_linux_last_error(), "went away"));
	assert_non_null(strstr(es_linux_last_error(), "of another version than this library"));
	assert_non_null(strstr(es_linux_last_error(), "restart the program"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(setup, test) cmocka_unit_test_setup_teardown(test, setup, fixture_end)
		WITH(fixture_make_daemon, no_daemon_where_one_was_named_is_said),
		WITH(fixture_make_daemon, a_socket_that_a_daemon_left_behind_is_told_apart),
		WITH(fixture_make_daemon, a_socket_that_is_not_open_to_the_user_is_said),
		WITH(fixture_make_daemon, a_daemon_of_another_version_is_said),
		WITH(fixture_make_daemon, a_daemon_that_does_not_answer_is_said),
		WITH(fixture_make_client, a_successor_of_another_version_is_said_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
