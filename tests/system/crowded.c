/* SPDX-License-Identifier: Apache-2.0 */
/*
 * More subjects than the daemon has descriptors to hold: those beyond are answered by the miss mode
 * of the client that cannot be asked, and whoever is held stays held.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* As few as the daemon starts with; half of what it does not keep for other things. */
enum { DESCRIPTORS = 512, HOLDS = (DESCRIPTORS - 256) / 2 };

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};

/* The daemon has no more descriptors than this, and no right to raise their number. */
static void allow_few_descriptors(void)
{
	const struct rlimit few = {DESCRIPTORS, DESCRIPTORS};

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0), 0);
}

static void one_more_than_can_be_held_is_answered_by_the_miss_mode(void **state)
{
	struct subject *crowd = subject_new(), *more = subject_new();
	const char *path = stage_file("file", "content");
	const struct deed deed = deed_of(deed_open_in_threads, path, NULL, HOLDS);
	const struct sought held = {.event = ES_EVENT_TYPE_AUTH_OPEN, .pid = subject_pid(crowd)};
	struct recorder *recorder;
	es_client_t *client;

	(void)state;
	allow_few_descriptors();
	recorder = recorder_new(events, COUNT(events));
	client = recorder_client(recorder);
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER});
	subject_begin(crowd, &deed);
	recorder_await_nth(recorder, &held, HOLDS - 1);
	assert_int_equal(es_set_deadline_miss_mode(client, ES_DEADLINE_MISS_MODE_FAIL_CLOSED),
			 ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(more, deed_open, path, O_RDONLY), EPERM);
	assert_int_equal(es_set_deadline_miss_mode(client, ES_DEADLINE_MISS_MODE_FAIL_OPEN),
			 ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(more, deed_open, path, O_RDONLY), 0);
	assert_true(subject_is_busy(crowd));
	for (size_t i = 0; i < HOLDS; i++)
		assert_int_equal(es_respond_flags_result(client,
							 recorder_await_nth(recorder, &held, i),
							 UINT32_MAX, false),
				 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_finish(crowd), 0);
	/* There is room again; the gap before this one tells of the two. */
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = ALLOW});
	assert_int_equal(subject_do(more, deed_open, path, O_RDONLY), 0);
	recorder_settle(recorder);
	assert_int_equal(es_linux_dropped(client), 2);
	subject_end(crowd);
	subject_end(more);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(one_more_than_can_be_held_is_answered_by_the_miss_mode),
	};

	return stage_main(tests, COUNT(tests), 60);
}
