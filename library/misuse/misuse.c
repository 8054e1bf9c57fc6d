/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is misuse (library/misuse/misuse.h). Looks at what the library does, keeps the ledger up to
 * date, and words each finding so that it says what to do instead.
 */
#include "library/misuse/misuse.h"
#include "library/client/client.h"
#include "library/message/block.h"
#include "library/misuse/ledger.h"
#include "library/misuse/tell.h"

#include <errno.h>
#include <string.h>

enum { OWN_EVENTS_TOLD = 16 }; /* so many events of itself are no accident */

#define JOIN_PATIENCE_NS (1 * NANOSECONDS_PER_SECOND)

static pthread_once_t started = PTHREAD_ONCE_INIT;
static _Atomic _Bool watching;

static void start(void)
{
	const char *wish = secure_getenv("ES_DEBUG");

	if (!wish || strcmp(wish, "1") != 0)
		return;
	block_poison();
	ledger_start();
	watching = 1;
}

void misuse_start(void)
{
	pthread_once(&started, start);
}

_Bool misuse_watching(void)
{
	return atomic_load_explicit(&watching, memory_order_relaxed);
}

/* ---- Handles
 * ------------------------------------------------------------------------------------- */

void misuse_deleted_client(const char *function, const void *caller)
{
	if (misuse_watching())
		misuse_tell(MISUSE_DELETED_CLIENT, caller, NULL, "%s on a client that was deleted",
			    function);
}

void misuse_forked_client(const char *function, const void *caller)
{
	if (misuse_watching())
		misuse_tell(MISUSE_FORKED_CLIENT, caller, NULL,
			    "%s in a child after fork(2), on a client of its parent", function);
}

void misuse_dead_message(const char *function, const void *caller)
{
	if (misuse_watching())
		misuse_tell(
			MISUSE_DEAD_MESSAGE, caller, NULL,
			"%s on a message that has ended, or is a copy: it was released too often, "
			"or not retained before the handler returned",
			function);
}

/* ---- Clients
 * ------------------------------------------------------------------------------------- */

void misuse_delete_begins(struct es_client_s *client, const void *caller)
{
	if (!misuse_watching())
		return;
	if (dispatch_is_self(client))
		misuse_tell(
			MISUSE_DELETE_IN_HANDLER, caller, NULL,
			"es_delete_client from the client's own handler: it ends when the handler "
			"returns, and must not be named again");
	else if (client->calls)
		misuse_tell(
			MISUSE_DELETE_CONCURRENT, caller, NULL,
			"es_delete_client while other functions are at work on the client (%u); it "
			"must be alone with it",
			(unsigned int)client->calls);
}

void misuse_await_end(struct es_client_s *client)
{
	uint64_t patience_ns = clock_now_ns() + JOIN_PATIENCE_NS;
	_Bool ended;

	if (!misuse_watching())
		return;
	lock_take(&client->lock);
	while (!client->ended && lock_wait(&client->lock, patience_ns) == 0)
		;
	ended = client->ended;
	lock_give(&client->lock);
	if (!ended)
		misuse_tell(MISUSE_DELETE_BLOCKED, (const void *)(uintptr_t)client->handler, NULL,
			    "es_delete_client waits for this handler to return; does the handler "
			    "wait for the thread that deletes?");
}

void misuse_client_ends(struct es_client_s *client)
{
	const struct message *first = NULL;
	size_t count;

	if (!misuse_watching())
		return;
	ledger_lock();
	count = ledger_count(client->serial, &first);
	if (count)
		misuse_tell(MISUSE_RETAIN_LEAK, (const void *)(uintptr_t)client->handler, first,
			    "%zu messages are still retained when their client is deleted; was "
			    "es_release_message forgotten?",
			    count);
	ledger_unlock();
}

void misuse_sync_in_handler(struct es_client_s *client, const void *caller)
{
	(void)client;
	if (misuse_watching())
		misuse_tell(MISUSE_SYNC_IN_HANDLER, caller, NULL,
			    "es_sync_client from the client's own handler");
}

void misuse_order(struct es_client_s *client, const char *function, const void *caller)
{
	if (!misuse_watching() || event_set_empty(&client->settings.subscriptions))
		return;
	if (strcmp(function, "es_invert_muting") == 0)
		misuse_tell(
			MISUSE_INVERT_AFTER_SUBSCRIBE, caller, NULL,
			"es_invert_muting after es_subscribe: until now everything else came in; "
			"invert first, then subscribe");
	else if (client->handled == 0)
		misuse_tell(MISUSE_MUTE_AFTER_SUBSCRIBE, caller, NULL,
			    "%s right after es_subscribe: what it is to keep away may have come "
			    "already; mute first, then subscribe",
			    function);
}

/* ---- Messages
 * ------------------------------------------------------------------------------------ */

static _Bool unanswered(const struct message *message)
{
	return message->message.action_type == ES_ACTION_TYPE_AUTH && message->answers &&
	       message->answer == MESSAGE_OPEN;
}

void misuse_handler_begins(struct es_client_s *client, struct message *message)
{
	struct message_trace *trace = &message->trace;

	if (!misuse_watching())
		return;
	if ((pid_t)message->record->process.token.words[RECORD_TOKEN_PID] == getpid() &&
	    ++client->own_events == OWN_EVENTS_TOLD)
		misuse_tell(
			MISUSE_OWN_EVENTS, (const void *)(uintptr_t)client->handler, message,
			"the client is told what its own process does; if the handler causes such "
			"events this never ends: mute the process with es_mute_process");
	ledger_lock();
	trace->client = client->serial;
	trace->handler = (const void *)(uintptr_t)client->handler;
	trace->in_handler = 1;
	ledger_add(message);
	ledger_unlock();
}

static void tell_unanswered(enum misuse misuse, struct message *message, const char *what)
{
	const struct message_trace *trace = &message->trace;

	if (trace->failed_function)
		misuse_tell(misuse, trace->handler, message,
			    "%s; %s failed with %d before, was its result ignored?", what,
			    trace->failed_function, trace->failed_result);
	else
		misuse_tell(misuse, trace->handler, message, "%s", what);
}

void misuse_handler_ends(struct es_client_s *client, struct message *message)
{
	(void)client;
	if (!misuse_watching() || !message->trace.client)
		return;
	ledger_lock();
	message->trace.in_handler = 0;
	if (unanswered(message) && message->references == 1) {
		message->trace.left_unanswered = 1;
		tell_unanswered(
			MISUSE_UNANSWERED_RETURN, message,
			"the handler returned with neither an answer nor es_retain_message: "
			"nobody can answer this message now");
	}
	ledger_unlock();
}

void misuse_answered(struct message *message, uint32_t flags, _Bool cache, const void *caller)
{
	struct message_trace *trace = &message->trace;

	if (!misuse_watching() || !trace->client)
		return;
	ledger_lock();
	trace->answered_from = caller;
	trace->answered_ns = clock_now_ns();
	trace->answered_by = gettid();
	ledger_unlock();
	if (cache && flags && message->message.event_type == ES_EVENT_TYPE_AUTH_OPEN &&
	    flags == (uint32_t)message->message.event.open.fflag)
		misuse_tell(MISUSE_NARROW_CACHE, caller, message,
			    "the flags of this one open are kept as the answer to all: later opens "
			    "with others will be denied; allow with UINT32_MAX");
}

void misuse_answered_twice(struct message *message, const char *function, const void *caller)
{
	const struct message_trace *trace = &message->trace;

	if (!misuse_watching() || !trace->client)
		return;
	ledger_lock();
	misuse_tell(MISUSE_ANSWERED_TWICE, caller, message,
		    "%s by thread %d on a message that thread %d answered %llu us before, from %p",
		    function, gettid(), trace->answered_by,
		    (unsigned long long)((clock_now_ns() - trace->answered_ns) /
					 NANOSECONDS_PER_MICROSECOND),
		    trace->answered_from);
	ledger_unlock();
}

void misuse_respond_failed(struct message *message, es_respond_result_t result,
			   const char *function, const void *caller)
{
	static const char *const why[] = {
		[ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT] = "an argument makes no sense",
		[ES_RESPOND_RESULT_ERR_INTERNAL] = "it could not be handed over",
		[ES_RESPOND_RESULT_NOT_FOUND] =
			"the client owes no such answer, or its deadline has passed",
		[ES_RESPOND_RESULT_ERR_EVENT_TYPE] =
			"only AUTH messages are answered: AUTH_OPEN by es_respond_flags_result",
	};

	if (!misuse_watching())
		return;
	if (message->trace.client) {
		ledger_lock();
		message->trace.failed_function = function;
		message->trace.failed_result = result;
		ledger_unlock();
	}
	misuse_tell(MISUSE_RESPOND_FAILED, caller, message, "%s failed with %d: %s", function,
		    result, why[result]);
}

void misuse_message_ends(struct message *message)
{
	if (!misuse_watching() || !message->trace.client)
		return;
	ledger_lock();
	ledger_remove(message);
	if (unanswered(message) && !message->trace.left_unanswered)
		tell_unanswered(
			MISUSE_UNANSWERED_END, message,
			"the last reference was given back without an answer: nobody can answer "
			"this message now");
	ledger_unlock();
}
