/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The setuid family: told after a process changed its ids, with the arguments of the call.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <string.h>

#define NOBODY 65534

static const es_event_type_t events[] = {
	ES_EVENT_TYPE_NOTIFY_SETUID,  ES_EVENT_TYPE_NOTIFY_SETGID,   ES_EVENT_TYPE_NOTIFY_SETEUID,
	ES_EVENT_TYPE_NOTIFY_SETEGID, ES_EVENT_TYPE_NOTIFY_SETREUID, ES_EVENT_TYPE_NOTIFY_SETREGID,
};

static const es_message_t *changed(int (*operation)(const struct deed *deed), es_event_type_t event,
				   struct recorder *recorder)
{
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const es_message_t *message;

	assert_int_equal(subject_do(subject, operation, NULL, NOBODY), 0);
	message = recorder_await(recorder, &(struct sought){.event = event, .pid = pid});
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	subject_end(subject);
	return message;
}

static void a_new_user_is_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const es_message_t *message;

	(void)state;
	message = changed(deed_setuid, ES_EVENT_TYPE_NOTIFY_SETUID, recorder);
	assert_int_equal(message->event.setuid.uid, NOBODY);
	recorder_free(recorder);
}

static void a_new_group_is_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const es_message_t *message;

	(void)state;
	message = changed(deed_setgid, ES_EVENT_TYPE_NOTIFY_SETGID, recorder);
	assert_int_equal(message->event.setgid.gid, NOBODY);
	recorder_free(recorder);
}

static void a_new_effective_user_is_told(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	const es_message_t *message;

	(void)state;
	message = changed(deed_seteuid, ES_EVENT_TYPE_NOTIFY_SETEUID, recorder);
	assert_int_equal(message->event.seteuid.euid, NOBODY);
	recorder_free(recorder);
}

/* The token in the message is the one from before; in the next one it has changed. */
static void the_token_follows(void **state)
{
	static const es_event_type_t both[] = {ES_EVENT_TYPE_NOTIFY_SETUID,
					       ES_EVENT_TYPE_NOTIFY_EXIT};
	struct recorder *recorder = recorder_new(both, COUNT(both));
	struct subject *subject = subject_new();
	pid_t pid = subject_pid(subject);
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(subject, deed_setuid, NULL, NOBODY), 0);
	subject_end(subject);
	message = recorder_await(
		recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_SETUID, .pid = pid});
	assert_int_equal(audit_token_to_euid(message->process->audit_token), 0);
	message = recorder_await(recorder,
				 &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = pid});
	assert_int_equal(audit_token_to_euid(message->process->audit_token), NOBODY);
	assert_int_equal(audit_token_to_ruid(message->process->audit_token), NOBODY);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_new_user_is_told),
		ON_STAGE(a_new_group_is_told),
		ON_STAGE(a_new_effective_user_is_told),
		ON_STAGE(the_token_follows),
	};

	return stage_main(tests, COUNT(tests), 60);
}
