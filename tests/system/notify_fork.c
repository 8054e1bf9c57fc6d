/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_FORK: told after a process was made, with its parent and itself.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_FORK, ES_EVENT_TYPE_NOTIFY_EXIT};

static void a_fork_is_told_with_parent_and_child(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const es_message_t *message, *end;
	const es_process_t *child;

	(void)state;
	assert_int_equal(subject_do(subject, deed_fork, NULL, 0), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_FORK,
							    .pid = subject_pid(subject)});
	facts_check(message, subject);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	child = message->event.fork.child;
	assert_int_not_equal(audit_token_to_pid(child->audit_token), subject_pid(subject));
	assert_int_not_equal(audit_token_to_pidversion(child->audit_token),
			     audit_token_to_pidversion(message->process->audit_token));
	assert_int_equal(child->ppid, subject_pid(subject));
	assert_memory_equal(&child->parent_audit_token, &message->process->audit_token,
			    sizeof(audit_token_t));
	assert_int_equal(child->session_id, message->process->session_id);
	assert_string_equal(child->executable->path.data, message->process->executable->path.data);

	/* Its end is told of the same run. */
	end = recorder_await(recorder,
			     &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT,
					      .pid = audit_token_to_pid(child->audit_token)});
	facts_check_same_run(child, end->process);
	subject_end(subject);
	recorder_free(recorder);
}

static void a_thread_is_no_process(void **state)
{
	struct subject *subject = subject_new();
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const char *path = stage_file("file", "content");

	(void)state;
	assert_int_equal(subject_do(subject, deed_open_in_thread, path, 0), 0);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_FORK,
							  .pid = subject_pid(subject)}),
		0);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_fork_is_told_with_parent_and_child),
		ON_STAGE(a_thread_is_no_process),
	};

	return stage_main(tests, COUNT(tests), 60);
}
