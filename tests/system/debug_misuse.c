/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ES_DEBUG=1: each misuse is written to standard error, once, with the event and the number of the
 * message it is about.
 */
#include "base/cleanup.h"
#include "tests/system/deeds.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};
static const es_message_t *kept[8];
static size_t kept_count;

/* ---- What clients do wrong with a message ---- */

static void forget_to_answer(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	(void)message;
	(void)context;
}

static void answer_by_the_wrong_function(es_client_t *client, const es_message_t *message,
					 void *context)
{
	(void)context;
	es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
	es_respond_flags_result(client, message, UINT32_MAX, false);
}

static void answer_wrongly_and_leave_it(es_client_t *client, const es_message_t *message,
					void *context)
{
	(void)context;
	es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
}

static void answer_wrongly_and_keep_it(es_client_t *client, const es_message_t *message,
				       void *context)
{
	(void)context;
	es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
	es_retain_message(message);
	if (kept_count < COUNT(kept))
		kept[kept_count++] = message;
}

static void answer_twice(es_client_t *client, const es_message_t *message, void *context)
{
	(void)context;
	for (int i = 0; i < 2; i++)
		es_respond_flags_result(client, message, UINT32_MAX, false);
}

static void keep_for_ever(es_client_t *client, const es_message_t *message, void *context)
{
	(void)context;
	es_retain_message(message);
	if (kept_count < COUNT(kept))
		kept[kept_count++] = message;
	es_respond_flags_result(client, message, UINT32_MAX, false);
}

static void keep_the_flags_of_one_open(es_client_t *client, const es_message_t *message,
				       void *context)
{
	(void)context;
	es_respond_flags_result(client, message, (uint32_t)message->event.open.fflag, true);
}

static void run_nothing(void *context)
{
	(void)context;
}

static void synchronise_within(es_client_t *client, const es_message_t *message, void *context)
{
	(void)context;
	es_sync_client_f(client, run_nothing, NULL);
	es_respond_flags_result(client, message, UINT32_MAX, false);
}

static const struct misuse {
	es_handler_function_t handler;
	const char *words;
	bool of_a_message;
} misuses[] = {
	{forget_to_answer, "neither an answer nor es_retain_message", true},
	{answer_by_the_wrong_function, "es_respond_auth_result failed with 5", true},
	{answer_wrongly_and_leave_it, "failed with 5 before, was its result ignored?", true},
	{answer_wrongly_and_keep_it, "failed with 5, and its result seems to have been ignored",
	 true},
	{answer_twice, "es_respond_flags_result by thread", true},
	{keep_for_ever, "still retained when their client is deleted", true},
	{keep_the_flags_of_one_open, "allow with UINT32_MAX", true},
	{synchronise_within, "es_sync_client from the client's own handler", false},
};

/* ---- Listening to standard error ---- */

static int true_error = -1;

static void listen_to_error(void)
{
	OWNED_DESCRIPTOR int file = open(stage_aside("error"),
					 O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	true_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_true(true_error >= 0);
	assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
}

/* What was written since; the caller frees it. */
static char *heard(void)
{
	OWNED_DESCRIPTOR int file = open(stage_aside("error"), O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, 64 * 1024);

	assert_non_null(text);
	assert_int_equal(dup2(true_error, STDERR_FILENO), STDERR_FILENO);
	close(true_error);
	assert_true(file >= 0 && read(file, text, 64 * 1024 - 1) >= 0);
	return text;
}

static size_t times(const char *text, const char *words)
{
	size_t count = 0;

	while ((text = strstr(text, words))) {
		count++;
		text += strlen(words);
	}
	return count;
}

/* ---- The cases ---- */

/* The same mistake three times over; what was written is the caller's. */
static char *make_mistake(es_handler_function_t handler)
{
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	es_client_t *client = NULL;

	listen_to_error();
	assert_int_equal(es_new_client_f(&client, handler, NULL), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_set_deadline_miss_mode(client, ES_DEADLINE_MISS_MODE_FAIL_OPEN),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_set_deadline_max_milliseconds(client, events, 1, 100),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, events, 1), ES_RETURN_SUCCESS);
	for (int i = 0; i < 3; i++)
		assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	subject_end(subject);
	while (kept_count > 0)
		es_release_message(kept[--kept_count]);
	return heard();
}

static void a_misuse_is_told_once_with_its_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(misuses); i++) {
		OWNED_MEMORY char *text = make_mistake(misuses[i].handler);

		if (times(text, misuses[i].words) != 1)
			print_message("# %s: %s", misuses[i].words, text);
		assert_int_equal(times(text, misuses[i].words), 1);
		if (misuses[i].of_a_message)
			assert_non_null(strstr(text, "AUTH_OPEN, message "));
	}
}

static void right_use_is_told_nothing(void **state)
{
	struct recorder *recorder;
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "");
	OWNED_MEMORY char *text = NULL;

	(void)state;
	listen_to_error();
	recorder = recorder_new(events, 1);
	assert_int_equal(subject_do(subject, deed_open, path, O_RDONLY), 0);
	recorder_settle(recorder);
	subject_end(subject);
	/* It has kept a message, and gives it back after the client has ended. */
	recorder_free(recorder);
	text = heard();
	if (times(text, "misuse:") != times(text, "still retained"))
		print_message("# %s", text);
	assert_int_equal(times(text, "misuse:"), times(text, "still retained"));
}

static void to_invert_after_subscribing_is_told(void **state)
{
	struct recorder *recorder;
	OWNED_MEMORY char *text = NULL;

	(void)state;
	listen_to_error();
	recorder = recorder_new(events, 1);
	es_invert_muting(recorder_client(recorder), ES_MUTE_INVERSION_TYPE_PATH);
	recorder_free(recorder);
	text = heard();
	assert_int_equal(times(text, "es_invert_muting after es_subscribe"), 1);
}

static void a_deleted_client_is_told_of(void **state)
{
	es_client_t *client = NULL;
	OWNED_MEMORY char *text = NULL;

	(void)state;
	listen_to_error();
	assert_int_equal(es_new_client_f(&client, forget_to_answer, NULL),
			 ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	assert_int_equal(es_unsubscribe_all(client), ES_RETURN_ERROR);
	text = heard();
	assert_int_equal(times(text, "es_unsubscribe_all on a client that was deleted"), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_misuse_is_told_once_with_its_message),
		ON_STAGE(right_use_is_told_nothing),
		ON_STAGE(to_invert_after_subscribing_is_told),
		ON_STAGE(a_deleted_client_is_told_of),
	};

	setenv("ES_DEBUG", "1", 1);
	return stage_main(tests, COUNT(tests), 60);
}
