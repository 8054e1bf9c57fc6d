/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that last: a copy of cat reads a fifo that nobody writes to.
 */
#include "tests/system/program.h"

#include "tests/system/deeds.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

const char *program_make(const char *name)
{
	return stage_program(name, "/bin/cat");
}

const char *program_argument(void)
{
	return stage_path("fifo");
}

struct subject *program_run(struct recorder *recorder, const char *path)
{
	struct subject *subject = subject_new();
	const struct deed deed = deed_of(deed_exec, path, program_argument(), 0);

	assert_true(mkfifo(program_argument(), 0600) == 0 || errno == EEXIST);
	subject_begin(subject, &deed);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_EXEC,
						  .pid = subject_pid(subject)});
	return subject;
}

void program_stop(struct subject *subject)
{
	assert_int_equal(kill(subject_pid(subject), SIGKILL), 0);
	subject_wait(subject);
}
