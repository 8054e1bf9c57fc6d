/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path mutes by event type: a set of (path, kind, event), listed as it was made.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <stdlib.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN, ES_EVENT_TYPE_NOTIFY_CLOSE};

static void a_path_is_muted_for_these_events_alone(void **state)
{
	static const es_event_type_t opens[] = {ES_EVENT_TYPE_NOTIFY_OPEN, ES_EVENT_TYPE_LAST};
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "");
	const struct sought opened = {.event = ES_EVENT_TYPE_NOTIFY_OPEN, .path = path};
	const struct sought closed = {.event = ES_EVENT_TYPE_NOTIFY_CLOSE, .path = path};
	size_t closes = recorder_count(recorder, &closed);

	(void)state;
	assert_int_equal(es_mute_path_events(client, path, ES_MUTE_PATH_TYPE_TARGET_LITERAL, opens,
					     COUNT(opens)),
			 ES_RETURN_SUCCESS);
	closes = recorder_count(recorder, &closed);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	assert_int_equal(recorder_count(recorder, &closed), closes + 1);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							  .pid = subject_pid(subject)}),
		0);
	assert_int_equal(es_unmute_path_events(client, path, ES_MUTE_PATH_TYPE_TARGET_LITERAL,
					       opens, COUNT(opens)),
			 ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	recorder_await(recorder, &opened);
	subject_end(subject);
	recorder_free(recorder);
}

/* The entry of this path and type in the list; counts its events. */
static size_t listed(es_client_t *client, const char *path, es_mute_path_type_t type)
{
	es_muted_paths_t *paths = NULL;
	size_t count = 0;

	assert_int_equal(es_muted_paths_events(client, &paths), ES_RETURN_SUCCESS);
	for (size_t i = 0; paths && i < paths->count; i++) {
		if (paths->paths[i].type == type && strcmp(paths->paths[i].path.data, path) == 0)
			count += paths->paths[i].event_count;
	}
	if (paths)
		es_release_muted_paths(paths);
	return count;
}

static void the_list_has_what_was_made(void **state)
{
	static const es_event_type_t first[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	static const es_event_type_t second[] = {ES_EVENT_TYPE_NOTIFY_CLOSE,
						 ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);

	(void)state;
	assert_int_equal(es_mute_path_events(client, "/a", ES_MUTE_PATH_TYPE_LITERAL, first, 1),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path_events(client, "/a", ES_MUTE_PATH_TYPE_LITERAL, second, 2),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path_events(client, "/a", ES_MUTE_PATH_TYPE_PREFIX, first, 1),
			 ES_RETURN_SUCCESS);
	assert_int_equal(listed(client, "/a", ES_MUTE_PATH_TYPE_LITERAL), 2);
	assert_int_equal(listed(client, "/a", ES_MUTE_PATH_TYPE_PREFIX), 1);
	assert_int_equal(listed(client, "/a", ES_MUTE_PATH_TYPE_TARGET_LITERAL), 0);
	assert_int_equal(es_unmute_path_events(client, "/a", ES_MUTE_PATH_TYPE_LITERAL, first, 1),
			 ES_RETURN_SUCCESS);
	assert_int_equal(listed(client, "/a", ES_MUTE_PATH_TYPE_LITERAL), 1);
	assert_int_equal(listed(client, "/a", ES_MUTE_PATH_TYPE_PREFIX), 1);
	assert_int_equal(es_unmute_path(client, "/a", ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(listed(client, "/a", ES_MUTE_PATH_TYPE_LITERAL), 0);
	recorder_free(recorder);
}

/* What es_muted_paths_events gave can be put back, entry by entry. */
static void a_list_can_be_restored(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	es_muted_paths_t *before = NULL, *after = NULL;

	(void)state;
	assert_int_equal(es_muted_paths_events(client, &before), ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_all_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_all_target_paths(client), ES_RETURN_SUCCESS);
	for (size_t i = 0; i < before->count; i++)
		assert_int_equal(es_mute_path_events(client, before->paths[i].path.data,
						     before->paths[i].type, before->paths[i].events,
						     before->paths[i].event_count),
				 ES_RETURN_SUCCESS);
	assert_int_equal(es_muted_paths_events(client, &after), ES_RETURN_SUCCESS);
	assert_int_equal(after->count, before->count);
	for (size_t i = 0; i < before->count; i++)
		assert_int_equal(listed(client, before->paths[i].path.data, before->paths[i].type),
				 before->paths[i].event_count);
	es_release_muted_paths(before);
	es_release_muted_paths(after);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_path_is_muted_for_these_events_alone),
		ON_STAGE(the_list_has_what_was_made),
		ON_STAGE(a_list_can_be_restored),
	};

	return stage_main(tests, COUNT(tests), 60);
}
