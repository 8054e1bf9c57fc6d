/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_TRACE: told when a debugger attaches.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_TRACE};

static void an_attach_is_told_with_both_processes(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *tracer = subject_new();
	struct subject *tracee = subject_new();
	const es_message_t *message;

	(void)state;
	assert_int_equal(subject_do(tracer, deed_trace, NULL, subject_pid(tracee)), 0);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_TRACE,
							    .pid = subject_pid(tracer)});
	facts_check(message, tracer);
	facts_check_missing(message, ES_LINUX_MISSING_THREAD);
	assert_int_equal(audit_token_to_pid(message->event.trace.target->audit_token),
			 subject_pid(tracee));
	subject_end(tracer);
	subject_end(tracee);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(an_attach_is_told_with_both_processes),
	};

	return stage_main(tests, COUNT(tests), 60);
}
