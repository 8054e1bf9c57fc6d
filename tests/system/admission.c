/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may be a client: each refusal has its own result and says what to do.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};

static void ignore(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	(void)message;
	(void)context;
}

/* Who asks, and what must come of it. */
struct attempt {
	uid_t uid; /* 0 stays root */
	bool powerless; /* without CAP_SYS_ADMIN */
	bool descendants;
	es_new_client_result_t expected;
	const char *words; /* of what is wrong, or to be done */
};

static void attempt(void *context)
{
	const struct attempt *attempt = context;
	es_client_t *client = NULL;
	es_new_client_result_t result;

	if (attempt->powerless) {
		struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
		struct __user_cap_data_struct data[2] = {{0}};

		assert_int_equal(syscall(SYS_capset, &header, data), 0);
	}
	if (attempt->uid)
		assert_int_equal(setresuid(attempt->uid, attempt->uid, attempt->uid), 0);
	result = attempt->descendants ? es_new_descendants_client_f(&client, ignore, NULL)
				      : es_new_client_f(&client, ignore, NULL);
	if (result != attempt->expected)
		print_message("# %d instead of %d: %s\n", (int)result, (int)attempt->expected,
			      es_linux_last_error());
	assert_int_equal(result, attempt->expected);
	if (result == ES_NEW_CLIENT_RESULT_SUCCESS) {
		assert_int_equal(es_subscribe(client, events, 1), ES_RETURN_SUCCESS);
		assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	} else {
		assert_null(client);
		if (!strstr(es_linux_last_error(), attempt->words))
			print_message("# %s: %s\n", attempt->words, es_linux_last_error());
		assert_non_null(strstr(es_linux_last_error(), attempt->words));
	}
}

static void try_all(const struct attempt *attempts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			stage_apart_wait(stage_apart(attempt, (void *)(uintptr_t)&attempts[i])), 0);
}

static void without_rules_root_alone_may(void **state)
{
	static const struct attempt attempts[] = {
		{0, false, false, ES_NEW_CLIENT_RESULT_SUCCESS, NULL},
		{NOBODY, false, false, ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED, "as root"},
		{0, true, false, ES_NEW_CLIENT_RESULT_ERR_NOT_PERMITTED, "CAP_SYS_ADMIN"},
		{NOBODY, false, true, ES_NEW_CLIENT_RESULT_SUCCESS, NULL},
	};
	pid_t daemon = service_start();

	(void)state;
	try_all(attempts, COUNT(attempts));
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void a_rule_allows_or_refuses_a_user(void **state)
{
	static const struct attempt allowed = {NOBODY, false, false, ES_NEW_CLIENT_RESULT_SUCCESS,
					       NULL};
	static const struct attempt refused = {NOBODY, false, false,
					       ES_NEW_CLIENT_RESULT_ERR_NOT_ENTITLED, "refuses"};
	pid_t daemon = service_start_with_rules("uid = 65534\nallow = yes\n");

	(void)state;
	try_all(&allowed, 1);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
	daemon = service_start_with_rules("uid = 65534\nallow = no\n");
	try_all(&refused, 1);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void there_is_a_limit_of_clients(void **state)
{
	enum { CLIENTS = 192 };
	pid_t daemon = service_start();
	es_client_t *clients[CLIENTS + 1] = {NULL};
	es_new_client_result_t result = ES_NEW_CLIENT_RESULT_SUCCESS;
	size_t count = 0;

	(void)state;
	while (count <= CLIENTS && (result = es_new_client_f(&clients[count], ignore, NULL)) ==
					   ES_NEW_CLIENT_RESULT_SUCCESS)
		count++;
	for (size_t i = 0; i < count; i++)
		assert_int_equal(es_delete_client(clients[i]), ES_RETURN_SUCCESS);
	assert_int_equal(count, CLIENTS);
	assert_int_equal(result, ES_NEW_CLIENT_RESULT_ERR_TOO_MANY_CLIENTS);
	assert_non_null(strstr(es_linux_last_error(), "192"));
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void a_daemon_that_is_not_there_is_said(void **state)
{
	es_client_t *client = NULL;

	(void)state;
	setenv("ENDPOINTSECURITY_SOCKET", stage_aside("nobody.sock"), 1);
	assert_int_equal(es_new_client_f(&client, ignore, NULL), ES_NEW_CLIENT_RESULT_ERR_INTERNAL);
	assert_non_null(strstr(es_linux_last_error(), "nobody.sock"));
	assert_non_null(strstr(es_linux_last_error(), "start endpointsecurityd"));
	unsetenv("ENDPOINTSECURITY_SOCKET");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(without_rules_root_alone_may),
		ON_STAGE(a_rule_allows_or_refuses_a_user),
		ON_STAGE(there_is_a_limit_of_clients),
		ON_STAGE(a_daemon_that_is_not_there_is_said),
	};

	return stage_main(tests, COUNT(tests), 120);
}
