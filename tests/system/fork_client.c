/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child of a client: its parent's client is not its own, and it may make one.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};

static void ignore(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	(void)message;
	(void)context;
}

/* In the child: every function says no, and nothing breaks. Returns which one did not. */
static int use_the_parents(es_client_t *client)
{
	if (es_subscribe(client, events, 1) != ES_RETURN_ERROR)
		return 1;
	if (es_mute_path(client, "/path", ES_MUTE_PATH_TYPE_LITERAL) != ES_RETURN_ERROR)
		return 2;
	if (es_unsubscribe_all(client) != ES_RETURN_ERROR)
		return 3;
	if (strlen(es_linux_last_error()) == 0)
		return 4;
	es_delete_client(client);
	return 0;
}

static int use_one_of_its_own(void)
{
	es_client_t *client = NULL;

	if (es_new_client_f(&client, ignore, NULL) != ES_NEW_CLIENT_RESULT_SUCCESS)
		return 5;
	if (es_subscribe(client, events, 1) != ES_RETURN_SUCCESS)
		return 6;
	return es_delete_client(client) == ES_RETURN_SUCCESS ? 0 : 7;
}

static int run_child(es_client_t *client, bool own)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int failed = use_the_parents(client);

		_exit(failed || !own ? failed : use_one_of_its_own());
	}
	status = stage_apart_wait(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void the_parents_client_lives_on(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(run_child(recorder_client(recorder), false), 0);
	assert_int_equal(subject_do(subject, deed_open, stage_file("file", "content"), 0), 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
						  .pid = subject_pid(subject)});
	subject_end(subject);
	recorder_free(recorder);
}

static void the_child_may_make_one_of_its_own(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(run_child(recorder_client(recorder), true), 0);
	assert_int_equal(subject_do(subject, deed_open, stage_file("file", "content"), 0), 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
						  .pid = subject_pid(subject)});
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(the_parents_client_lives_on),
		ON_STAGE(the_child_may_make_one_of_its_own),
	};

	return stage_main(tests, COUNT(tests), 60);
}
