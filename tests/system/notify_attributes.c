/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_SETMODE, NOTIFY_SETOWNER, NOTIFY_UTIMES: told after chmod(2), chown(2) and utimensat(2),
 * with what was set. The kernel tells no more than that some attribute changed, so each must be
 * told as itself and as none of the others.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <string.h>
#include <sys/stat.h>

static const es_event_type_t events[] = {
	ES_EVENT_TYPE_NOTIFY_SETMODE,
	ES_EVENT_TYPE_NOTIFY_SETOWNER,
	ES_EVENT_TYPE_NOTIFY_UTIMES,
};

struct change {
	es_event_type_t event;
	int (*deed)(const struct deed *deed);
	long number;
	uint64_t may_miss;
	void (*check)(const es_message_t *message, const char *path);
};

static void check_mode(const es_message_t *message, const char *path)
{
	assert_token_equal(message->event.setmode.target->path, path);
	assert_int_equal(message->event.setmode.mode & 07777, 0640);
}

static void check_owner(const es_message_t *message, const char *path)
{
	assert_token_equal(message->event.setowner.target->path, path);
	assert_int_equal(message->event.setowner.uid, 1234);
}

static void check_times(const es_message_t *message, const char *path)
{
	assert_token_equal(message->event.utimes.target->path, path);
	if (facts_is_missing(message, ES_LINUX_MISSING_TIMES))
		return;
	assert_int_equal(message->event.utimes.atime.tv_sec, 1000000);
	assert_int_equal(message->event.utimes.mtime.tv_sec, 1000000);
}

static void it_is_told_and_nothing_else_is(const struct change *change)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const es_message_t *message;

	/* A change is told only of what was seen before it. */
	recorder_settle(recorder);
	assert_int_equal(subject_do(subject, change->deed, path, change->number), 0);
	message = recorder_await(recorder, &(struct sought){.event = change->event,
							    .pid = subject_pid(subject),
							    .path = path});
	facts_check(message, subject);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD | change->may_miss);
	change->check(message, path);
	for (size_t i = 0; i < COUNT(events); i++)
		assert_int_equal(
			recorder_count(recorder, &(struct sought){.event = events[i],
								  .pid = subject_pid(subject)}),
			events[i] == change->event);
	subject_end(subject);
	recorder_free(recorder);
}

static void a_new_mode_is_told(void **state)
{
	(void)state;
	it_is_told_and_nothing_else_is(&(const struct change){
		.event = ES_EVENT_TYPE_NOTIFY_SETMODE,
		.deed = deed_chmod,
		.number = 0640,
		.check = check_mode,
	});
}

static void a_new_owner_is_told(void **state)
{
	(void)state;
	it_is_told_and_nothing_else_is(&(const struct change){
		.event = ES_EVENT_TYPE_NOTIFY_SETOWNER,
		.deed = deed_chown,
		.number = 1234,
		.check = check_owner,
	});
}

static void new_times_are_told_or_marked_missing(void **state)
{
	(void)state;
	it_is_told_and_nothing_else_is(&(const struct change){
		.event = ES_EVENT_TYPE_NOTIFY_UTIMES,
		.deed = deed_utimes,
		.number = 1000000,
		.may_miss = ES_LINUX_MISSING_TIMES,
		.check = check_times,
	});
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_new_mode_is_told),
		ON_STAGE(a_new_owner_is_told),
		ON_STAGE(new_times_are_told_or_marked_missing),
	};

	return stage_main(tests, COUNT(tests), 60);
}
