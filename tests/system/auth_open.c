/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AUTH_OPEN: the opener waits for the answer, which is a mask of flags.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN};

static void denied_it_fails_and_is_not_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	recorder_rule(
		recorder,
		&(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .path = path, .verdict = DENY});
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), EPERM);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							    .pid = subject_pid(subject),
							    .path = path});
	assert_int_equal(message->action_type, ES_ACTION_TYPE_AUTH);
	facts_check(message, subject);
	facts_check_missing(message, 0);
	facts_check_file(message->event.open.file, path);
	assert_int_equal(message->thread->thread_id, subject_pid(subject));
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

static void allowed_it_succeeds_and_is_told_after(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *asked, *told;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	asked = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							  .pid = subject_pid(subject),
							  .path = path});
	told = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject),
							 .path = path});
	assert_true(asked->global_seq_num < told->global_seq_num);
	facts_check_same_run(asked->process, told->process);
	subject_end(subject);
	recorder_free(recorder);
}

static void the_opener_waits_for_the_answer(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const struct deed deed = deed_of(deed_open, path, NULL, O_RDONLY);
	const es_message_t *message;

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER});
	subject_begin(subject, &deed);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							    .pid = subject_pid(subject)});
	recorder_settle(recorder);
	assert_true(subject_is_busy(subject));
	assert_int_equal(
		es_respond_flags_result(recorder_client(recorder), message, UINT32_MAX, false),
		ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_finish(subject), 0);
	subject_end(subject);
	recorder_free(recorder);
}

static void the_flags_are_the_openers(void **state)
{
	static const struct {
		int asked;
		int32_t expected;
	} opens[] = {
		{O_RDONLY, FREAD},
		{O_WRONLY, FWRITE},
		{O_RDWR, FREAD | FWRITE},
		{O_WRONLY | O_APPEND, FWRITE | O_APPEND},
		{O_RDWR | O_TRUNC, FREAD | FWRITE | O_TRUNC},
	};
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");

	(void)state;
	for (size_t i = 0; i < COUNT(opens); i++) {
		const es_message_t *message;

		assert_int_equal(subject_do(subject, deed_open, path, opens[i].asked), 0);
		message = recorder_await_nth(recorder,
					     &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							      .pid = subject_pid(subject),
							      .path = path},
					     i);
		facts_check_missing(message, 0);
		assert_int_equal(message->event.open.fflag & (FREAD | FWRITE | O_APPEND | O_TRUNC),
				 opens[i].expected);
	}
	subject_end(subject);
	recorder_free(recorder);
}

static void a_mask_lets_pass_what_lies_within_it(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN,
					       .path = path,
					       .verdict = ALLOW,
					       .flags = ~(uint32_t)FWRITE});
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	assert_int_equal(subject_do(subject, deed_open, path, O_WRONLY), EPERM);
	assert_int_equal(subject_do(subject, deed_open, path, O_RDWR), EPERM);
	subject_end(subject);
	recorder_free(recorder);
}

static void the_thread_that_opens_is_named(void **state)
{
	struct subject *subject = subject_new();
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open_in_thread, path, 0), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							    .pid = subject_pid(subject),
							    .path = path});
	assert_int_equal(message->thread->thread_id, subject_do(subject, deed_thread_id, NULL, 0));
	facts_check_missing(message, 0);
	subject_end(subject);
	recorder_free(recorder);
}

static void a_file_that_is_made_by_the_open_is_asked_about(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_path("new");

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, O_CREAT | O_WRONLY), 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
						  .pid = subject_pid(subject),
						  .path = path});
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(denied_it_fails_and_is_not_told),
		ON_STAGE(allowed_it_succeeds_and_is_told_after),
		ON_STAGE(the_opener_waits_for_the_answer),
		ON_STAGE(the_flags_are_the_openers),
		ON_STAGE(a_mask_lets_pass_what_lies_within_it),
		ON_STAGE(the_thread_that_opens_is_named),
		ON_STAGE(a_file_that_is_made_by_the_open_is_asked_about),
	};

	return stage_main(tests, COUNT(tests), 60);
}
