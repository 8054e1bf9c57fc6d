/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of descendants sees what its process has started, and nothing else.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN, ES_EVENT_TYPE_AUTH_OPEN};

static const char *path;
static struct subject *outsider; /* a sibling of the client, not its child */

static size_t told_of(struct recorder *recorder, es_event_type_t event, pid_t pid)
{
	return recorder_count(recorder, &(struct sought){.event = event, .pid = pid});
}

/* Made and run in a process of its own; exists before and after the client. */
static void watch_descendants(void *context)
{
	struct subject *older = subject_new();
	struct recorder *recorder = recorder_new_descendants(events, COUNT(events));
	struct subject *younger = subject_new();
	audit_token_t parent;
	int file;

	(void)context;
	assert_int_equal(subject_do(older, deed_open, path, 0), 0);
	assert_int_equal(subject_do(younger, deed_open, path, 0), 0);
	assert_int_equal(subject_do(outsider, deed_open, path, 0), 0);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject_pid(older)), 1);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject_pid(younger)), 1);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_AUTH_OPEN, subject_pid(older)), 1);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_AUTH_OPEN, subject_pid(younger)), 1);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject_pid(outsider)), 0);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_AUTH_OPEN, subject_pid(outsider)), 0);

	/* Of its own process it is told, and not asked. */
	file = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, getpid()), 1);
	assert_int_equal(told_of(recorder, ES_EVENT_TYPE_AUTH_OPEN, getpid()), 0);

	/* Only descendants can be muted. */
	parent = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							   .pid = getpid()})
			 ->process->parent_audit_token;
	assert_int_equal(audit_token_to_pid(parent), getppid());
	assert_int_equal(es_mute_process(recorder_client(recorder), &parent), ES_RETURN_ERROR);
	subject_end(older);
	subject_end(younger);
	recorder_free(recorder);
}

static void it_sees_its_offspring_alone(void **state)
{
	(void)state;
	path = stage_file("file", "content");
	outsider = subject_new();
	assert_int_equal(stage_apart_wait(stage_apart(watch_descendants, NULL)), 0);
	subject_end(outsider);
}

static void a_denial_counts_for_its_offspring(void **state)
{
	struct recorder *recorder = recorder_new_descendants(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *file = stage_file("file", "content");

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DENY});
	assert_int_equal(subject_do(subject, deed_open, file, 0), EPERM);
	subject_end(subject);
	recorder_free(recorder);
}

static void the_offspring_of_offspring_belongs_to_it(void **state)
{
	static const es_event_type_t ends[] = {ES_EVENT_TYPE_NOTIFY_FORK,
					       ES_EVENT_TYPE_NOTIFY_EXIT};
	struct recorder *recorder = recorder_new_descendants(ends, COUNT(ends));
	struct subject *subject = subject_new();
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_fork, NULL, 0), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_FORK,
							    .pid = subject_pid(subject)});
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT,
						  .pid = audit_token_to_pid(
							  message->event.fork.child->audit_token)});
	subject_end(subject);
	recorder_free(recorder);
}

static void it_may_set_a_shortest_deadline(void **state)
{
	struct recorder *recorder = recorder_new_descendants(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	const es_event_type_t *auth = &events[1];
	uint32_t milliseconds = 7;

	(void)state;
	assert_int_equal(es_get_deadline_min_milliseconds(client, *auth, &milliseconds),
			 ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 0);
	/* It raises the longest with it, and is lowered with that. */
	assert_int_equal(es_set_deadline_min_milliseconds(client, auth, 1, 60000),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_get_deadline_max_milliseconds(client, *auth, &milliseconds),
			 ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 60000);
	assert_int_equal(es_set_deadline_max_milliseconds(client, auth, 1, 1000),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_get_deadline_min_milliseconds(client, *auth, &milliseconds),
			 ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 1000);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(it_sees_its_offspring_alone),
		ON_STAGE(a_denial_counts_for_its_offspring),
		ON_STAGE(the_offspring_of_offspring_belongs_to_it),
		ON_STAGE(it_may_set_a_shortest_deadline),
	};

	return stage_main(tests, COUNT(tests), 60);
}
