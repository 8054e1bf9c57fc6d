/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutes by the path of what is acted on; an event with two ends is left out only if both are muted.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <stdlib.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN, ES_EVENT_TYPE_NOTIFY_RENAME,
					 ES_EVENT_TYPE_NOTIFY_EXIT};

static size_t count_of(struct recorder *recorder, es_event_type_t event,
		       const struct subject *subject)
{
	return recorder_count(recorder,
			      &(struct sought){.event = event, .pid = subject_pid(subject)});
}

static void a_muted_file_is_not_told_of(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	const char *muted = stage_file("muted", "");
	const char *longer = stage_file("muted2", "");

	(void)state;
	assert_int_equal(es_mute_path(client, muted, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, muted, 0), 0);
	assert_int_equal(subject_do(subject, deed_open, longer, 0), 0);
	assert_int_equal(count_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject), 1);
	assert_int_equal(es_mute_path(client, muted, ES_MUTE_PATH_TYPE_TARGET_PREFIX),
			 ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, longer, 0), 0);
	assert_int_equal(count_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject), 1);

	/* Executable paths and target paths are two families. */
	assert_int_equal(es_unmute_all_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, muted, 0), 0);
	assert_int_equal(count_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject), 1);
	assert_int_equal(es_unmute_all_target_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, muted, 0), 0);
	assert_int_equal(count_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject), 2);
	subject_end(subject);
	recorder_free(recorder);
}

static void of_a_rename_both_ends_must_be_muted(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	const char *one = stage_file("one", "");
	const char *two = stage_path("two");

	(void)state;
	assert_int_equal(es_mute_path(client, one, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(subject_do_two(subject, deed_rename, one, two), 0);
	assert_int_equal(count_of(recorder, ES_EVENT_TYPE_NOTIFY_RENAME, subject), 1);
	assert_int_equal(es_mute_path(client, two, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(subject_do_two(subject, deed_rename, two, one), 0);
	assert_int_equal(count_of(recorder, ES_EVENT_TYPE_NOTIFY_RENAME, subject), 1);
	subject_end(subject);
	recorder_free(recorder);
}

static void an_event_without_a_target_is_told_of(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);

	(void)state;
	assert_int_equal(
		es_mute_path(recorder_client(recorder), "/", ES_MUTE_PATH_TYPE_TARGET_PREFIX),
		ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, stage_file("file", ""), 0), 0);
	assert_int_equal(count_of(recorder, ES_EVENT_TYPE_NOTIFY_OPEN, subject), 0);
	subject_end(subject);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	recorder_free(recorder);
}

static void types_without_a_target_are_an_error_only_alone(void **state)
{
	static const es_event_type_t none[] = {ES_EVENT_TYPE_NOTIFY_FORK,
					       ES_EVENT_TYPE_NOTIFY_EXIT};
	static const es_event_type_t some[] = {ES_EVENT_TYPE_NOTIFY_FORK,
					       ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);

	(void)state;
	assert_int_equal(es_mute_path_events(client, "/path", ES_MUTE_PATH_TYPE_TARGET_LITERAL,
					     none, COUNT(none)),
			 ES_RETURN_ERROR);
	assert_true(strlen(es_linux_last_error()) > 0);
	assert_int_equal(es_mute_path_events(client, "/path", ES_MUTE_PATH_TYPE_TARGET_LITERAL,
					     some, COUNT(some)),
			 ES_RETURN_SUCCESS);
	recorder_free(recorder);
}

static void a_muted_file_is_not_asked_about(void **state)
{
	static const es_event_type_t asks[] = {ES_EVENT_TYPE_AUTH_OPEN};
	struct recorder *recorder = recorder_new(asks, COUNT(asks));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "");

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DENY});
	assert_int_not_equal(subject_do(subject, deed_open, path, 0), 0);
	assert_int_equal(
		es_mute_path(recorder_client(recorder), path, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
		ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_muted_file_is_not_told_of),
		ON_STAGE(of_a_rename_both_ends_must_be_muted),
		ON_STAGE(an_event_without_a_target_is_told_of),
		ON_STAGE(types_without_a_target_are_an_error_only_alone),
		ON_STAGE(a_muted_file_is_not_asked_about),
	};

	return stage_main(tests, COUNT(tests), 60);
}
