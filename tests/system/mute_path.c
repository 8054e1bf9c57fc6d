/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutes by the path of the program that acts: literal and prefix are two sets, and each is exact.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/program.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXEC, ES_EVENT_TYPE_NOTIFY_EXIT};

/* A process that runs this program comes and goes: its exec is its predecessor's, its end its own.
 */
static bool is_told_of(struct recorder *recorder, const char *program)
{
	struct subject *subject = program_run(recorder, program);
	const struct sought sought = {.event = ES_EVENT_TYPE_NOTIFY_EXIT,
				      .pid = subject_pid(subject)};
	struct subject *marker;
	pid_t pid;

	program_stop(subject);
	/* The end of one that is told of comes after, whatever becomes of the first. */
	marker = subject_new();
	pid = subject_pid(marker);
	subject_end(marker);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	return recorder_count(recorder, &sought) == 1;
}

static void literal_means_the_whole_path(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	const char *program = program_make("program");
	const char *longer = program_make("program2");

	(void)state;
	assert_true(is_told_of(recorder, program));
	assert_int_equal(es_mute_path(client, program, ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_false(is_told_of(recorder, program));
	assert_true(is_told_of(recorder, longer));
	assert_int_equal(es_unmute_path(client, program, ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_true(is_told_of(recorder, program));
	recorder_free(recorder);
}

static void prefix_means_what_begins_so(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	const char *program = program_make("program");
	const char *longer = program_make("program2");
	const char *other = program_make("other");

	(void)state;
	assert_int_equal(es_mute_path(client, program, ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_SUCCESS);
	assert_false(is_told_of(recorder, program));
	assert_false(is_told_of(recorder, longer));
	assert_true(is_told_of(recorder, other));
	recorder_free(recorder);
}

static void to_unmute_is_exact(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	const char *program = program_make("program");

	(void)state;
	assert_int_equal(es_mute_path(client, program, ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path(client, program, ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_path(client, program, ES_MUTE_PATH_TYPE_PREFIX),
			 ES_RETURN_SUCCESS);
	assert_false(is_told_of(recorder, program));
	assert_int_equal(es_unmute_path(client, program, ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_unmute_path(client, "/never/muted", ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_true(is_told_of(recorder, program));
	recorder_free(recorder);
}

static void the_older_functions_do_the_same(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	es_client_t *client = recorder_client(recorder);
	const char *program = program_make("program");

	(void)state;
	assert_int_equal(es_mute_path_literal(client, program), ES_RETURN_SUCCESS);
	assert_false(is_told_of(recorder, program));
	assert_int_equal(es_unmute_all_paths(client), ES_RETURN_SUCCESS);
	assert_true(is_told_of(recorder, program));
	assert_int_equal(es_mute_path_prefix(client, stage_root()), ES_RETURN_SUCCESS);
	assert_false(is_told_of(recorder, program));
	recorder_free(recorder);
}

static void a_path_that_is_none_is_an_error(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	const char *no_path = NULL;

	(void)state;
	assert_int_equal(es_mute_path(client, no_path, ES_MUTE_PATH_TYPE_LITERAL), ES_RETURN_ERROR);
	assert_int_equal(es_mute_path(client, "/path", (es_mute_path_type_t)4), ES_RETURN_ERROR);
	assert_true(strlen(es_linux_last_error()) > 0);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(literal_means_the_whole_path),
		ON_STAGE(prefix_means_what_begins_so),
		ON_STAGE(to_unmute_is_exact),
		ON_STAGE(the_older_functions_do_the_same),
		ON_STAGE(a_path_that_is_none_is_an_error),
	};

	return stage_main(tests, COUNT(tests), 60);
}
