/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: every result code, out of order, twice, too late, to the wrong one.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};

/* A subject that is held at an open, and its question. */
struct held {
	struct recorder *recorder;
	struct subject *subject;
	const es_message_t *message;
};

static struct held hold(struct recorder *recorder, const char *path)
{
	struct held held = {.recorder = recorder, .subject = subject_new()};
	const struct deed deed = deed_of(deed_open, path, NULL, O_RDONLY);

	subject_begin(held.subject, &deed);
	held.message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
								 .pid = subject_pid(held.subject)});
	return held;
}

static struct recorder *deferring(void)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));

	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER});
	return recorder;
}

static void the_first_answer_counts_and_a_second_is_a_duplicate(void **state)
{
	struct recorder *recorder = deferring();
	struct held held = hold(recorder, stage_file("file", "content"));
	es_client_t *client = recorder_client(recorder);

	(void)state;
	assert_int_equal(es_respond_flags_result(client, held.message, 0, false),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(es_respond_flags_result(client, held.message, UINT32_MAX, false),
			 ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE);
	assert_int_equal(subject_finish(held.subject), EPERM);
	assert_int_equal(es_respond_flags_result(client, held.message, UINT32_MAX, false),
			 ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE);
	subject_end(held.subject);
	recorder_free(recorder);
}

static void the_wrong_function_leaves_the_question_open(void **state)
{
	struct recorder *recorder = deferring();
	struct held held = hold(recorder, stage_file("file", "content"));
	es_client_t *client = recorder_client(recorder);

	(void)state;
	assert_int_equal(es_respond_auth_result(client, held.message, ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	assert_true(subject_is_busy(held.subject));
	assert_int_equal(es_respond_flags_result(client, held.message, UINT32_MAX, false),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_finish(held.subject), 0);
	subject_end(held.subject);
	recorder_free(recorder);
}

static void an_exec_is_not_answered_with_flags(void **state)
{
	static const es_event_type_t execs[] = {ES_EVENT_TYPE_AUTH_EXEC};
	struct recorder *recorder = recorder_new(execs, COUNT(execs));
	struct subject *subject = subject_new();
	const char *program = stage_program("program", "/bin/true");
	const struct deed deed = deed_of(deed_exec, program, "argument", 0);
	const es_message_t *message;

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_EXEC,
					       .path = program,
					       .verdict = DEFER});
	subject_begin(subject, &deed);
	message = recorder_await(
		recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_EXEC, .path = program});
	assert_int_equal(es_respond_flags_result(recorder_client(recorder), message, 0, false),
			 ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	assert_int_equal(es_respond_auth_result(recorder_client(recorder), message,
						(es_auth_result_t)2, false),
			 ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(es_respond_auth_result(recorder_client(recorder), message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_wait(subject), 0);
	recorder_free(recorder);
}

static void a_notify_message_has_no_answer(void **state)
{
	static const es_event_type_t opens[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorder = recorder_new(opens, COUNT(opens));
	struct subject *subject = subject_new();
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, stage_file("file", "content"), 0), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							    .pid = subject_pid(subject)});
	assert_int_equal(es_respond_flags_result(recorder_client(recorder), message, 0, false),
			 ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	assert_int_equal(es_respond_auth_result(recorder_client(recorder), message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	subject_end(subject);
	recorder_free(recorder);
}

static void no_client_and_no_message_are_invalid(void **state)
{
	struct recorder *recorder = deferring();
	struct held held = hold(recorder, stage_file("file", "content"));
	es_client_t *no_client = NULL;
	const es_message_t *no_message = NULL;

	(void)state;
	assert_int_equal(es_respond_flags_result(no_client, held.message, 0, false),
			 ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(es_respond_flags_result(recorder_client(recorder), no_message, 0, false),
			 ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(
		es_respond_flags_result(recorder_client(recorder), held.message, UINT32_MAX, false),
		ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_finish(held.subject), 0);
	subject_end(held.subject);
	recorder_free(recorder);
}

static void another_clients_question_is_not_found(void **state)
{
	struct recorder *recorder = deferring();
	struct recorder *other = recorder_new(NULL, 0);
	struct held held = hold(recorder, stage_file("file", "content"));

	(void)state;
	assert_int_equal(es_respond_flags_result(recorder_client(other), held.message, 0, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	assert_true(subject_is_busy(held.subject));
	assert_int_equal(
		es_respond_flags_result(recorder_client(recorder), held.message, UINT32_MAX, false),
		ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_finish(held.subject), 0);
	subject_end(held.subject);
	recorder_free(other);
	recorder_free(recorder);
}

static void an_answer_after_the_deadline_is_not_found(void **state)
{
	struct recorder *recorder = deferring();
	es_client_t *client = recorder_client(recorder);
	struct held held;

	(void)state;
	assert_int_equal(es_set_deadline_miss_mode(client, ES_DEADLINE_MISS_MODE_FAIL_OPEN),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_set_deadline_max_milliseconds(client, events, 1, 100),
			 ES_RETURN_SUCCESS);
	held = hold(recorder, stage_file("file", "content"));
	assert_int_equal(subject_finish(held.subject), 0);
	assert_int_equal(es_respond_flags_result(client, held.message, 0, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	subject_end(held.subject);
	recorder_free(recorder);
}

/* ---- From other threads, in another order ---- */

static void *answer_held(void *argument)
{
	const struct held *held = argument;

	return (void *)(uintptr_t)es_respond_flags_result(recorder_client(held->recorder),
							  held->message, UINT32_MAX, false);
}

static void answers_come_from_other_threads_in_any_order(void **state)
{
	struct recorder *recorder = deferring();
	const char *path = stage_file("file", "content");
	struct held held[4];

	(void)state;
	for (size_t i = 0; i < COUNT(held); i++)
		held[i] = hold(recorder, path);
	for (size_t i = COUNT(held); i > 0; i--) {
		pthread_t thread;
		void *result = NULL;

		for (size_t j = 0; j < i; j++)
			assert_true(subject_is_busy(held[j].subject));
		assert_int_equal(pthread_create(&thread, NULL, answer_held, &held[i - 1]), 0);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_int_equal((uintptr_t)result, ES_RESPOND_RESULT_SUCCESS);
		assert_int_equal(subject_finish(held[i - 1].subject), 0);
	}
	for (size_t i = 0; i < COUNT(held); i++)
		subject_end(held[i].subject);
	recorder_free(recorder);
}

static void of_two_threads_one_answers_and_one_is_told_so(void **state)
{
	struct recorder *recorder = deferring();
	struct held held = hold(recorder, stage_file("file", "content"));
	pthread_t threads[2];
	uintptr_t results[2];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, answer_held, &held), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *result = NULL;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		results[i] = (uintptr_t)result;
	}
	assert_int_equal(results[0] + results[1],
			 ES_RESPOND_RESULT_SUCCESS + ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE);
	assert_int_equal(subject_finish(held.subject), 0);
	subject_end(held.subject);
	recorder_free(recorder);
}

static void a_client_that_ends_owes_nothing(void **state)
{
	struct recorder *recorder = deferring();
	struct held held = hold(recorder, stage_file("file", "content"));

	(void)state;
	recorder_free(recorder);
	assert_int_equal(subject_finish(held.subject), 0);
	subject_end(held.subject);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(the_first_answer_counts_and_a_second_is_a_duplicate),
		ON_STAGE(the_wrong_function_leaves_the_question_open),
		ON_STAGE(an_exec_is_not_answered_with_flags),
		ON_STAGE(a_notify_message_has_no_answer),
		ON_STAGE(no_client_and_no_message_are_invalid),
		ON_STAGE(another_clients_question_is_not_found),
		ON_STAGE(an_answer_after_the_deadline_is_not_found),
		ON_STAGE(answers_come_from_other_threads_in_any_order),
		ON_STAGE(of_two_threads_one_answers_and_one_is_told_so),
		ON_STAGE(a_client_that_ends_owes_nothing),
	};

	return stage_main(tests, COUNT(tests), 90);
}
