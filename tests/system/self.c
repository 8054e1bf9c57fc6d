/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client and its own process: told, never asked, and marked as a client.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN};

static void its_own_opens_are_told_and_never_asked(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const char *path = stage_file("file", "content");
	int file = open(path, O_RDONLY | O_CLOEXEC);
	const es_message_t *message;

	(void)state;
	assert_true(file >= 0);
	close(file);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							    .pid = getpid(),
							    .path = path});
	assert_true(message->process->is_es_client);
	assert_int_equal(recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
								   .pid = getpid()}),
			 0);
	recorder_free(recorder);
}

static void the_daemon_is_not_told_of(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, stage_file("file", "content"), 0), 0);
	recorder_settle(recorder);
	for (size_t i = 0; recorder_message(recorder, i); i++)
		assert_null(strstr(recorder_message(recorder, i)->process->executable->path.data,
				   "endpointsecurityd"));
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(its_own_opens_are_told_and_never_asked),
		ON_STAGE(the_daemon_is_not_told_of),
	};

	return stage_main(tests, COUNT(tests), 60);
}
