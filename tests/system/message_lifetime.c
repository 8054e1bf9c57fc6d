/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages outlive their handler, and their client, as long as somebody keeps them.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <stdlib.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};

static const es_message_t *one_open(struct recorder *recorder, struct subject *subject)
{
	assert_int_equal(subject_do(subject, deed_open, stage_path("file"), 0), 0);
	return recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject)});
}

static void a_kept_message_does_not_change(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message = one_open(recorder, subject);
	size_t size = 0;
	const void *record = es_linux_message_record(message, &size);
	void *copy = malloc(size);

	(void)state;
	assert_non_null(copy);
	memcpy(copy, record, size);
	/* Enough to take its place in the ring a few times over. */
	for (int i = 0; i < 500; i++)
		assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	recorder_settle(recorder);
	assert_memory_equal(es_linux_message_record(message, &size), copy, size);
	assert_string_equal(message->event.open.file->path.data, path);
	free(copy);
	subject_end(subject);
	recorder_free(recorder);
}

static void it_outlives_its_client(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message = one_open(recorder, subject);

	(void)state;
	es_retain_message(message);
	recorder_free(recorder);
	assert_string_equal(message->event.open.file->path.data, path);
	facts_check(message, subject);
	es_release_message(message);
	subject_end(subject);
}

static void the_older_functions_keep_it_as_well(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	es_message_t *copy = es_copy_message(one_open(recorder, subject));

	(void)state;
	assert_non_null(copy);
	assert_true(es_message_size(copy) >= sizeof(*copy));
	recorder_free(recorder);
	assert_string_equal(copy->event.open.file->path.data, path);
	es_free_message(copy);
	subject_end(subject);
}

static void a_question_that_outlives_its_client_has_no_answer(void **state)
{
	static const es_event_type_t asks[] = {ES_EVENT_TYPE_AUTH_OPEN};
	struct recorder *recorder = recorder_new(asks, COUNT(asks));
	struct recorder *other = recorder_new(NULL, 0);
	struct subject *subject = subject_new();
	const struct deed deed = deed_of(deed_open, stage_file("file", "content"), NULL, 0);
	const es_message_t *message;

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER});
	subject_begin(subject, &deed);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN});
	es_retain_message(message);
	recorder_free(recorder);
	assert_int_equal(subject_finish(subject), 0);
	assert_int_equal(es_respond_flags_result(recorder_client(other), message, 0, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	es_release_message(message);
	subject_end(subject);
	recorder_free(other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_kept_message_does_not_change),
		ON_STAGE(it_outlives_its_client),
		ON_STAGE(the_older_functions_keep_it_as_well),
		ON_STAGE(a_question_that_outlives_its_client_has_no_answer),
	};

	return stage_main(tests, COUNT(tests), 60);
}
