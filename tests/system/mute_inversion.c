/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutes turned round: what was left out is selected, each kind on its own.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/program.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN, ES_EVENT_TYPE_NOTIFY_RENAME,
					 ES_EVENT_TYPE_NOTIFY_EXIT};

static size_t opens_of(struct recorder *recorder, const struct subject *subject)
{
	return recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject)});
}

static void it_is_told_and_turned_back(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);

	(void)state;
	for (int type = 0; type < ES_MUTE_INVERSION_TYPE_LAST; type++) {
		const es_mute_inversion_type_t kind = (es_mute_inversion_type_t)type;

		assert_int_equal(es_muting_inverted(client, kind), ES_MUTE_NOT_INVERTED);
		assert_int_equal(es_invert_muting(client, kind), ES_RETURN_SUCCESS);
		assert_int_equal(es_muting_inverted(client, kind), ES_MUTE_INVERTED);
		assert_int_equal(es_invert_muting(client, kind), ES_RETURN_SUCCESS);
		assert_int_equal(es_muting_inverted(client, kind), ES_MUTE_NOT_INVERTED);
	}
	assert_int_equal(es_invert_muting(client, ES_MUTE_INVERSION_TYPE_LAST), ES_RETURN_ERROR);
	assert_int_equal(es_muting_inverted(client, ES_MUTE_INVERSION_TYPE_LAST),
			 ES_MUTE_INVERTED_ERROR);
	recorder_free(recorder);
}

static void target_paths_select(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const char *chosen = stage_file("chosen", "");
	const char *other = stage_file("other", "");
	const struct sought renames = {.event = ES_EVENT_TYPE_NOTIFY_RENAME, .pid = pid};

	(void)state;
	assert_int_equal(es_unmute_all_target_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path(client, chosen, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_invert_muting(client, ES_MUTE_INVERSION_TYPE_TARGET_PATH),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, events, COUNT(events)), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, other, 0), 0);
	assert_int_equal(opens_of(recorder, subject), 0);
	assert_int_equal(subject_do(subject, deed_open, chosen, 0), 0);
	assert_int_equal(opens_of(recorder, subject), 1);

	/* One chosen end is enough, and what has no target path passes. */
	assert_int_equal(subject_do_two(subject, deed_rename, other, stage_path("more")), 0);
	assert_int_equal(recorder_count(recorder, &renames), 0);
	assert_int_equal(subject_do_two(subject, deed_rename, stage_path("more"), chosen), 0);
	assert_int_equal(recorder_count(recorder, &renames), 1);
	subject_end(subject);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	recorder_free(recorder);
}

static void executable_paths_select(void **state)
{
	static const es_event_type_t execs[] = {ES_EVENT_TYPE_NOTIFY_EXEC};
	const char *programs[] = {program_make("chosen"), program_make("other")};
	struct recorder *watcher = recorder_new(execs, COUNT(execs));
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);

	(void)state;
	assert_int_equal(es_unmute_all_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path(client, programs[0], ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_invert_muting(client, ES_MUTE_INVERSION_TYPE_PATH), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, events, COUNT(events)), ES_RETURN_SUCCESS);
	for (size_t i = 0; i < COUNT(programs); i++) {
		struct subject *subject = program_run(watcher, programs[i]);
		const struct sought sought = {.event = ES_EVENT_TYPE_NOTIFY_EXIT,
					      .pid = subject_pid(subject)};

		program_stop(subject);
		if (i == 0)
			recorder_await(recorder, &sought);
		assert_int_equal(recorder_count(recorder, &sought), i == 0);
	}
	recorder_free(recorder);
	recorder_free(watcher);
}

/* The client that learns the token lives on: another daemon would give another one. */
static void processes_select_but_a_muted_path_still_leaves_out(void **state)
{
	const char *path = stage_file("file", "");
	struct subject *chosen = subject_new();
	struct subject *other = subject_new();
	struct recorder *watcher = recorder_new(events, COUNT(events));
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	audit_token_t token;

	(void)state;
	assert_int_equal(subject_do(chosen, deed_open, path, 0), 0);
	token = recorder_await(watcher, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(chosen)})
			->process->audit_token;
	assert_int_equal(es_mute_process(client, &token), ES_RETURN_SUCCESS);
	assert_int_equal(es_invert_muting(client, ES_MUTE_INVERSION_TYPE_PROCESS),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, events, COUNT(events)), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(chosen, deed_open, path, 0), 0);
	assert_int_equal(subject_do(other, deed_open, path, 0), 0);
	assert_int_equal(opens_of(recorder, chosen), 1);
	assert_int_equal(opens_of(recorder, other), 0);

	/* Each kind is turned on its own; any of them leaves out. */
	assert_int_equal(es_mute_path(client, "/", ES_MUTE_PATH_TYPE_PREFIX), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(chosen, deed_open, path, 0), 0);
	assert_int_equal(opens_of(recorder, chosen), 1);
	subject_end(chosen);
	subject_end(other);
	recorder_free(recorder);
	recorder_free(watcher);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(it_is_told_and_turned_back),
		ON_STAGE(target_paths_select),
		ON_STAGE(executable_paths_select),
		ON_STAGE(processes_select_but_a_muted_path_still_leaves_out),
	};

	return stage_main(tests, COUNT(tests), 60);
}
