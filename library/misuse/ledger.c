/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of living messages (library/misuse/ledger.h). Its thread looks at every unanswered
 * message a few times between its question and its deadline: after that a client may be killed, and
 * could no longer be told why.
 */
#include "library/misuse/ledger.h"
#include "library/misuse/tell.h"

#include "base/clock.h"

#include <pthread.h>
#include <signal.h>

#define LOOK_EVERY_NS (20 * NANOSECONDS_PER_MILLISECOND)

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* the ledger is no longer empty */
	struct message *first;
} ledger = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

void ledger_lock(void)
{
	pthread_mutex_lock(&ledger.lock);
}

void ledger_unlock(void)
{
	pthread_mutex_unlock(&ledger.lock);
}

void ledger_add(struct message *message)
{
	message->trace.next = ledger.first;
	if (ledger.first)
		ledger.first->trace.previous = message;
	ledger.first = message;
	pthread_cond_signal(&ledger.changed);
}

void ledger_remove(struct message *message)
{
	if (message->trace.next)
		message->trace.next->trace.previous = message->trace.previous;
	if (message->trace.previous)
		message->trace.previous->trace.next = message->trace.next;
	else
		ledger.first = message->trace.next;
}

size_t ledger_count(uint64_t client, const struct message **ret_first)
{
	size_t count = 0;

	for (const struct message *message = ledger.first; message; message = message->trace.next)
		if (message->trace.client == client && !count++)
			*ret_first = message;
	return count;
}

static void look_at(const struct message *message, uint64_t now_ns)
{
	const struct message_trace *trace = &message->trace;
	const es_message_t *told = &message->message;
	uint64_t length;

	if (told->action_type != ES_ACTION_TYPE_AUTH || message->answer != MESSAGE_OPEN ||
	    told->deadline <= told->mach_time)
		return;
	length = told->deadline - told->mach_time;
	if (trace->in_handler && now_ns > told->deadline - length / 2)
		misuse_tell(
			MISUSE_SLOW_HANDLER, trace->handler, message,
			"the handler still runs after half of the time it has to answer (%llu ms); "
			"meanwhile no other message is delivered",
			(unsigned long long)(length / NANOSECONDS_PER_MILLISECOND));
	if (now_ns <= told->deadline - length / 8)
		return;
	if (trace->failed_function)
		misuse_tell(MISUSE_UNANSWERED_DEADLINE, trace->handler, message,
			    "nearly at its deadline and not answered: %s failed with %d, and its "
			    "result "
			    "seems to have been ignored",
			    trace->failed_function, trace->failed_result);
	else
		misuse_tell(MISUSE_UNANSWERED_DEADLINE, trace->handler, message,
			    "nearly at its deadline and not answered");
}

static void *watch(void *unused)
{
	(void)unused;
	for (;;) {
		uint64_t next_ns = clock_now_ns() + LOOK_EVERY_NS;
		const struct timespec next = clock_timespec(next_ns);

		pthread_mutex_lock(&ledger.lock);
		while (!ledger.first)
			pthread_cond_wait(&ledger.changed, &ledger.lock);
		for (const struct message *message = ledger.first; message;
		     message = message->trace.next)
			look_at(message, clock_now_ns());
		pthread_mutex_unlock(&ledger.lock);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return NULL;
}

void ledger_start(void)
{
	sigset_t all;
	sigset_t before;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, watch, NULL) == 0) {
		pthread_setname_np(thread, "es-misuse");
		pthread_detach(thread);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
