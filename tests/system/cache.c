/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are kept: a hit asks nobody, is still told, and lasts until something changes.
 */
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN};

/* The parts every case has: a client that keeps its answers, a subject, a file. */
struct scene {
	struct recorder *recorder;
	struct subject *subject;
	const char *path;
};

static struct scene begin(enum verdict verdict, uint32_t flags)
{
	struct scene scene = {recorder_new(events, COUNT(events)), subject_new(),
			      stage_file("file", "# content\n")};

	recorder_rule(scene.recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN,
						     .verdict = verdict,
						     .flags = flags,
						     .cache = true});
	return scene;
}

static void end(struct scene *scene)
{
	subject_end(scene->subject);
	recorder_free(scene->recorder);
}

static size_t asked(struct scene *scene)
{
	return recorder_count(scene->recorder,
			      &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
					       .pid = subject_pid(scene->subject)});
}

static int open_it(struct scene *scene, long flags)
{
	return subject_do(scene->subject, deed_open, scene->path, flags);
}

/*
 * Opens until nobody is asked any more. A file that was changed a moment ago is asked about each
 * time, since a further change could not be told by its time stamp.
 */
static size_t until_kept(struct scene *scene, int expected)
{
	uint64_t deadline = stage_deadline();
	size_t before, now = 0;

	do {
		before = now;
		assert_int_equal(open_it(scene, O_RDONLY), expected);
		now = asked(scene);
	} while (now != before && clock_now_ns() < deadline);
	assert_int_equal(now, before);
	return now;
}

static void a_hit_asks_nobody_and_is_still_told(void **state)
{
	struct scene scene = begin(ALLOW, UINT32_MAX);
	const struct sought told = {.event = ES_EVENT_TYPE_NOTIFY_OPEN,
				    .pid = subject_pid(scene.subject)};
	size_t questions = until_kept(&scene, 0);
	size_t before = recorder_count(scene.recorder, &told);

	(void)state;
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(recorder_count(scene.recorder, &told), before + 1);
	assert_int_equal(asked(&scene), questions);
	end(&scene);
}

static void a_denial_is_kept_too(void **state)
{
	struct scene scene = begin(DENY, 0);
	size_t questions = until_kept(&scene, EPERM);

	(void)state;
	assert_int_equal(open_it(&scene, O_RDONLY), EPERM);
	assert_int_equal(asked(&scene), questions);
	end(&scene);
}

static void what_was_not_to_be_kept_is_asked_again(void **state)
{
	struct scene scene = begin(ALLOW, UINT32_MAX);

	(void)state;
	recorder_rule(scene.recorder,
		      &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = ALLOW});
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(asked(&scene), 2);
	end(&scene);
}

static void a_change_of_the_file_is_asked_about(void **state)
{
	struct scene scene = begin(ALLOW, UINT32_MAX);
	size_t questions;

	(void)state;
	questions = until_kept(&scene, 0);
	stage_file("file", "other content");
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(asked(&scene), questions + 1);
	questions = until_kept(&scene, 0);
	assert_int_equal(chmod(scene.path, 0600), 0);
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(asked(&scene), questions + 1);
	end(&scene);
}

static void another_file_is_another_question(void **state)
{
	struct scene scene = begin(ALLOW, UINT32_MAX);
	size_t questions;

	(void)state;
	questions = until_kept(&scene, 0);
	scene.path = stage_file("other", "content");
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(asked(&scene), questions + 1);
	end(&scene);
}

static void another_program_is_another_question(void **state)
{
	struct scene scene = begin(ALLOW, UINT32_MAX);
	const char *program = stage_program("program", "/bin/cat");
	const struct deed deed = deed_of(deed_exec, program, scene.path, 0);
	struct subject *other = subject_new();
	pid_t pid = subject_pid(other);

	(void)state;
	until_kept(&scene, 0);
	subject_begin(other, &deed);
	assert_int_equal(subject_wait(other), 0);
	recorder_await(
		scene.recorder,
		&(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN, .pid = pid, .path = scene.path});
	end(&scene);
}

static void flags_beyond_the_kept_mask_are_denied_unasked(void **state)
{
	struct scene scene = begin(ALLOW, ~(uint32_t)FWRITE);
	size_t questions;

	(void)state;
	questions = until_kept(&scene, 0);
	assert_int_equal(open_it(&scene, O_WRONLY), EPERM);
	assert_int_equal(open_it(&scene, O_RDWR), EPERM);
	assert_int_equal(open_it(&scene, O_RDONLY | O_NONBLOCK), 0);
	assert_int_equal(asked(&scene), questions);
	end(&scene);
}

static void it_is_forgotten_on_demand(void **state)
{
	struct scene scene = begin(ALLOW, UINT32_MAX);
	size_t questions;

	(void)state;
	questions = until_kept(&scene, 0);
	assert_int_equal(es_clear_cache(recorder_client(scene.recorder)),
			 ES_CLEAR_CACHE_RESULT_SUCCESS);
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(asked(&scene), questions + 1);
	end(&scene);
}

static void it_is_forgotten_when_a_client_comes(void **state)
{
	struct scene scene = begin(ALLOW, UINT32_MAX);
	size_t questions;
	struct recorder *other;

	(void)state;
	questions = until_kept(&scene, 0);
	other = recorder_new(NULL, 0);
	assert_int_equal(open_it(&scene, O_RDONLY), 0);
	assert_int_equal(asked(&scene), questions + 1);
	recorder_free(other);
	end(&scene);
}

static void demands_that_come_too_often_are_refused(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_clear_cache_result_t result = ES_CLEAR_CACHE_RESULT_SUCCESS;
	int count;

	(void)state;
	for (count = 0; count < 1000 && result == ES_CLEAR_CACHE_RESULT_SUCCESS; count++)
		result = es_clear_cache(recorder_client(recorder));
	assert_int_equal(result, ES_CLEAR_CACHE_RESULT_ERR_THROTTLE);
	assert_true(count > 1);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_hit_asks_nobody_and_is_still_told),
		ON_STAGE(a_denial_is_kept_too),
		ON_STAGE(what_was_not_to_be_kept_is_asked_again),
		ON_STAGE(a_change_of_the_file_is_asked_about),
		ON_STAGE(another_file_is_another_question),
		ON_STAGE(another_program_is_another_question),
		ON_STAGE(flags_beyond_the_kept_mask_are_denied_unasked),
		ON_STAGE(it_is_forgotten_on_demand),
		ON_STAGE(it_is_forgotten_when_a_client_comes),
		ON_STAGE(demands_that_come_too_often_are_refused),
	};

	return stage_main(tests, COUNT(tests), 60);
}
