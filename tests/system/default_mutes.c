/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a new client leaves out from the start, so that the machine cannot come to a halt.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define NOBODY 65534

/* An entry of the list with this event in it. */
static bool mutes(const es_muted_paths_t *paths, const char *path, es_mute_path_type_t type,
		  es_event_type_t event)
{
	for (size_t i = 0; i < paths->count; i++) {
		const es_muted_path_t *muted = &paths->paths[i];

		if (muted->type != type || strcmp(muted->path.data, path) != 0)
			continue;
		for (size_t j = 0; j < muted->event_count; j++) {
			if (muted->events[j] == event)
				return true;
		}
	}
	return false;
}

static void they_hold_what_a_machine_needs(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_muted_paths_t *paths = NULL;

	(void)state;
	assert_int_equal(es_muted_paths_events(recorder_client(recorder), &paths),
			 ES_RETURN_SUCCESS);
	assert_non_null(paths);
	assert_true(mutes(paths, "/usr/lib/systemd/systemd", ES_MUTE_PATH_TYPE_LITERAL,
			  ES_EVENT_TYPE_AUTH_OPEN));
	assert_true(mutes(paths, "/usr/lib/systemd/systemd-journald", ES_MUTE_PATH_TYPE_LITERAL,
			  ES_EVENT_TYPE_AUTH_OPEN));
	assert_true(mutes(paths, "/usr/bin/gdb", ES_MUTE_PATH_TYPE_TARGET_LITERAL,
			  ES_EVENT_TYPE_AUTH_EXEC));
	/* What they start is asked about, and what they do is told. */
	assert_false(mutes(paths, "/usr/lib/systemd/systemd", ES_MUTE_PATH_TYPE_LITERAL,
			   ES_EVENT_TYPE_AUTH_EXEC));
	for (size_t i = 0; i < paths->count; i++) {
		assert_int_equal(paths->paths[i].path.data[0], '/');
		assert_true(paths->paths[i].event_count > 0);
		for (size_t j = 0; j < paths->paths[i].event_count; j++)
			assert_null(
				strstr(es_linux_event_name(paths->paths[i].events[j]), "NOTIFY_"));
	}
	es_release_muted_paths(paths);
	recorder_free(recorder);
}

static void they_can_be_taken_away(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	es_muted_paths_t *paths = NULL;

	(void)state;
	assert_int_equal(es_unmute_all_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(es_muted_paths_events(client, &paths), ES_RETURN_SUCCESS);
	for (size_t i = 0; i < paths->count; i++)
		assert_int_equal(paths->paths[i].type, ES_MUTE_PATH_TYPE_TARGET_LITERAL);
	assert_true(paths->count > 0);
	es_release_muted_paths(paths);
	paths = NULL;
	assert_int_equal(es_unmute_all_target_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(es_muted_paths_events(client, &paths), ES_RETURN_SUCCESS);
	assert_true(!paths || paths->count == 0);
	if (paths)
		es_release_muted_paths(paths);
	recorder_free(recorder);
}

static void to_turn_mutes_round_keeps_them(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	es_muted_paths_t *paths = NULL;

	(void)state;
	assert_int_equal(es_invert_muting(client, ES_MUTE_INVERSION_TYPE_PATH), ES_RETURN_SUCCESS);
	assert_int_equal(es_muted_paths_events(client, &paths), ES_RETURN_SUCCESS);
	assert_true(mutes(paths, "/usr/lib/systemd/systemd", ES_MUTE_PATH_TYPE_LITERAL,
			  ES_EVENT_TYPE_AUTH_OPEN));
	es_release_muted_paths(paths);
	recorder_free(recorder);
}

/* The number of times that a borrowed program is asked about before it opens this file. */
static size_t asked_of(struct recorder *recorder, struct subject *subject, const char *path)
{
	const struct sought sought = {.event = ES_EVENT_TYPE_AUTH_OPEN, .path = path};
	size_t before = recorder_count(recorder, &sought);

	assert_int_equal(subject_do_two(subject, deed_spawn, "/usr/sbin/nscd", path), 0);
	return recorder_count(recorder, &sought) - before;
}

/* What runs under the name of such a program is what its user has put in, by LD_PRELOAD and so on.
 */
static void a_user_cannot_borrow_one(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};
	const char *programs = stage_path("programs");
	const char *path = stage_file("file", "");
	struct recorder *recorder;
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(mkdir(programs, 0755), 0);
	stage_program("programs/nscd", "/bin/cat");
	/* In this mount namespace alone. */
	assert_int_equal(mount(programs, "/usr/sbin", NULL, MS_BIND, NULL), 0);
	recorder = recorder_new(events, 1);
	assert_int_equal(asked_of(recorder, subject, path), 0);
	assert_int_equal(subject_do(subject, deed_setuid, "", NOBODY), 0);
	assert_int_equal(asked_of(recorder, subject, path), 1);
	subject_end(subject);
	recorder_free(recorder);
	assert_int_equal(umount("/usr/sbin"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(they_hold_what_a_machine_needs),
		ON_STAGE(they_can_be_taken_away),
		ON_STAGE(to_turn_mutes_round_keeps_them),
		ON_STAGE(a_user_cannot_borrow_one),
	};

	return stage_main(tests, COUNT(tests), 60);
}
