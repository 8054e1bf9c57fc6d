/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that are gone before anyone can look: what is told of them is true or marked missing.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXEC, ES_EVENT_TYPE_NOTIFY_EXIT,
					 ES_EVENT_TYPE_NOTIFY_FORK};

enum { PROCESSES = 150 };

/* Is this what an exec of the program with some argument of ours must look like? */
static void check_exec(const es_message_t *message, const char *program, bool seen[PROCESSES])
{
	const es_event_exec_t *exec = &message->event.exec;
	int number = -1;

	if (!facts_is_missing(message, ES_LINUX_MISSING_EXECUTABLE))
		assert_token_equal(exec->target->executable->path, program);
	if (facts_is_missing(message, ES_LINUX_MISSING_ARGUMENTS))
		return;
	assert_int_equal(es_exec_arg_count(exec), 2);
	assert_token_equal(es_exec_arg(exec, 0), program);
	assert_int_equal(sscanf(es_exec_arg(exec, 1).data, "number %d", &number), 1);
	assert_in_range(number, 0, PROCESSES - 1);
	/* Each was run once: the arguments of one are never told of another. */
	assert_false(seen[number]);
	seen[number] = true;
}

static void they_are_told_truly_or_marked(void **state)
{
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *program = stage_program("program", "/bin/true");
	bool seen[PROCESSES] = {false};
	size_t execs = 0, forks = 0, known = 0;
	const es_message_t *message;

	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		char argument[32];

		snprintf(argument, sizeof(argument), "number %d", i);
		assert_int_equal(subject_do_two(subject, deed_spawn, program, argument), 0);
	}
	recorder_await_nth(
		recorder,
		&(struct sought){.event = ES_EVENT_TYPE_NOTIFY_FORK, .pid = subject_pid(subject)},
		PROCESSES - 1);
	recorder_settle(recorder);
	for (size_t i = 0; (message = recorder_message(recorder, i)); i++) {
		forks += message->event_type == ES_EVENT_TYPE_NOTIFY_FORK &&
			 audit_token_to_pid(message->process->audit_token) == subject_pid(subject);
		if (message->event_type != ES_EVENT_TYPE_NOTIFY_EXEC)
			continue;
		check_exec(message, program, seen);
		execs++;
	}
	for (size_t i = 0; i < PROCESSES; i++)
		known += seen[i];
	print_message("# arguments known of %zu among %d\n", known, PROCESSES);
	assert_int_equal(forks, PROCESSES);
	assert_int_equal(execs, PROCESSES);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(they_are_told_truly_or_marked),
	};

	return stage_main(tests, COUNT(tests), 120);
}
