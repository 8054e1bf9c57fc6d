/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_LINK: told after a file got one more name.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_LINK};

static void the_new_name_is_told_and_the_old_one_or_that_it_is_not_known(void **state)
{
	struct recorder *recorder;
	struct subject *subject;
	const char *path, *name;
	const es_message_t *message;

	(void)state;
	if (!facts_event_is_had(ES_EVENT_TYPE_NOTIFY_LINK))
		return;
	recorder = recorder_new(events, COUNT(events));
	subject = subject_new();
	path = stage_file("file", "content");
	name = stage_path("name");
	assert_int_equal(subject_do_two(subject, deed_link, path, name), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_LINK,
							    .pid = subject_pid(subject)});
	facts_check(message, subject);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD | ES_LINUX_MISSING_SOURCE |
					     ES_LINUX_MISSING_PATH);
	if (!facts_is_missing(message, ES_LINUX_MISSING_SOURCE))
		facts_check_file(message->event.link.source, path);
	facts_check_file(message->event.link.target_dir, stage_root());
	assert_token_equal(message->event.link.target_filename, "name");
	subject_end(subject);
	recorder_free(recorder);
}

static void a_link_that_fails_is_not_told(void **state)
{
	struct recorder *recorder;
	struct subject *subject;
	const char *path;

	(void)state;
	if (!facts_event_is_had(ES_EVENT_TYPE_NOTIFY_LINK))
		return;
	recorder = recorder_new(events, COUNT(events));
	subject = subject_new();
	path = stage_file("file", "content");
	assert_int_equal(subject_do_two(subject, deed_link, path, path), EEXIST);
	assert_int_equal(
		recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_LINK,
							  .pid = subject_pid(subject)}),
		0);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(the_new_name_is_told_and_the_old_one_or_that_it_is_not_known),
		ON_STAGE(a_link_that_fails_is_not_told),
	};

	return stage_main(tests, COUNT(tests), 60);
}
