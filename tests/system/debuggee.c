/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client to be stopped (debuggee.h). Owns its process and the shared page. The client answers in
 * its handler, or hands the message to a worker that does.
 */
#include "tests/system/debuggee.h"

#include "base/clock.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct debuggee *self; /* in the client's process */
static es_client_t *asked_client; /* of the handler's thread, and handed on with the messages */
static const es_message_t *handed[64];
static _Atomic int handed_count;

void flag_set(_Atomic int *flag, int value)
{
	*flag = value;
	syscall(SYS_futex, flag, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

bool flag_leaves(_Atomic int *flag, int value)
{
	const struct timespec moment = {.tv_nsec = 100 * NANOSECONDS_PER_MILLISECOND};
	uint64_t deadline = stage_deadline();

	while (*flag == value && clock_now_ns() < deadline)
		syscall(SYS_futex, flag, FUTEX_WAIT, value, &moment, NULL, 0);
	return *flag != value;
}

static bool at_breakpoint(const es_message_t *message)
{
	char path[4096];

	return self->breakpoint &&
	       strcmp(message_path(message, path, sizeof(path)), self->breakpoint) == 0;
}

static void answer(const es_message_t *message)
{
	bool pauses = at_breakpoint(message);
	es_respond_result_t result;

	self->answerer = gettid();
	if (pauses) {
		flag_set(&self->paused, 1);
		flag_leaves(&self->go, 0);
		self->go = 0;
		self->paused = 0;
	}
	result = es_respond_flags_result(asked_client, message,
					 pauses && self->deny ? 0 : UINT32_MAX, false);
	if (pauses)
		flag_set(&self->respond_result, (int)result + 1);
}

static void *work(void *context)
{
	for (int done = 0;; done++) {
		const es_message_t *message;

		while (!flag_leaves(&handed_count, done))
			;
		message = handed[(unsigned int)done % COUNT(handed)];
		answer(message);
		es_release_message(message);
	}
	return context;
}

static void handle(es_client_t *asked, const es_message_t *message, void *context)
{
	(void)context;
	asked_client = asked;
	self->handler = gettid();
	self->handled++;
	if (!self->worker) {
		answer(message);
		return;
	}
	es_retain_message(message);
	handed[(unsigned int)handed_count % COUNT(handed)] = message;
	flag_set(&handed_count, handed_count + 1);
}

static void be_client(void *context)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};
	es_client_t *client = NULL;
	pthread_t thread;

	self = context;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (self->policy)
		setenv("ES_DEBUG_POLICY", self->policy, 1);
	if (es_new_client_f(&client, handle, NULL) != ES_NEW_CLIENT_RESULT_SUCCESS)
		_exit(2);
	es_set_deadline_miss_mode(client, self->miss_mode);
	if (self->deadline_ms)
		es_set_deadline_max_milliseconds(client, events, 1, self->deadline_ms);
	if (self->worker && pthread_create(&thread, NULL, work, NULL) != 0)
		_exit(3);
	if (es_subscribe(client, events, 1) != ES_RETURN_SUCCESS)
		_exit(4);
	flag_set(&self->ready, 1);
	for (;;)
		pause();
}

struct debuggee *debuggee_new(void)
{
	struct debuggee *debuggee = mmap(NULL, sizeof(*debuggee), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(debuggee, MAP_FAILED);
	return debuggee;
}

static void await(_Atomic int *flag)
{
	if (!flag_leaves(flag, 0))
		fail_msg("the client did not come so far");
}

void debuggee_start(struct debuggee *debuggee)
{
	debuggee->pid = stage_apart(be_client, debuggee);
	await(&debuggee->ready);
}

void debuggee_await_pause(struct debuggee *debuggee)
{
	await(&debuggee->paused);
}

void debuggee_await_answer(struct debuggee *debuggee)
{
	await(&debuggee->respond_result);
}

int debuggee_end(struct debuggee *debuggee)
{
	int status = -1;

	if (waitpid(debuggee->pid, &status, WNOHANG) != debuggee->pid) {
		kill(debuggee->pid, SIGKILL);
		while (waitpid(debuggee->pid, NULL, 0) < 0 && errno == EINTR)
			;
		status = -1;
	}
	munmap(debuggee, sizeof(*debuggee));
	return status;
}
