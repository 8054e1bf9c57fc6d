/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread of a client: takes records out of the ring, makes messages, calls the handler, one at
 * a time and in order; when the daemon goes away, brings the link back.
 *
 * Owns the ring while it runs. A message that cannot be made is answered as if its answer had been
 * missed, so that nobody waits for what no handler will see.
 */
#include "library/client/client.h"
#include "library/message/message.h"
#include "library/misuse/misuse.h"
#include "wire/verdict.h"

#include "control/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#define RECONNECT_FIRST_NS (10 * NANOSECONDS_PER_MILLISECOND)
#define RECONNECT_LAST_NS  (2 * NANOSECONDS_PER_SECOND)

/* ---- One record
 * ---------------------------------------------------------------------------------- */

/* Numbers go on where they were before the daemon changed; the gap says that something may be lost.
 */
static void number(struct es_client_s *client, es_message_t *message)
{
	struct sequence *sequence = &client->sequence;
	unsigned int event = message->event_type;

	message->seq_num += sequence->base[event];
	message->global_seq_num += sequence->base_global;
	sequence->next[event] = message->seq_num + 1;
	sequence->next_global = message->global_seq_num + 1;
}

static void leave_gap(struct es_client_s *client)
{
	struct sequence *sequence = &client->sequence;

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		sequence->base[event] = sequence->next[event] + 1;
	sequence->base_global = sequence->next_global + 1;
}

static void answer_unread(struct es_client_s *client, const void *bytes, size_t size)
{
	const struct record *record = bytes;
	uint64_t question;
	uint32_t flags;

	if (size < sizeof(*record))
		return;
	memcpy(&question, &record->question, sizeof(question));
	if (!question)
		return;
	lock_take(&client->lock);
	flags = client->settings.miss_mode == ES_DEADLINE_MISS_MODE_FAIL_CLOSED
			? VERDICT_FLAGS_DENY
			: VERDICT_FLAGS_ALLOW;
	lock_give(&client->lock);
	answers_give(client->link.answers, question, flags, 0);
}

static void handle(struct es_client_s *client, struct message *message)
{
	es_message_t *told = &message->message;

	number(client, told);
	message->client = client->serial;
	if (told->action_type == ES_ACTION_TYPE_AUTH)
		message->answers = answers_ref(client->link.answers);
	misuse_handler_begins(client, message);
	client->handling = told;
	client->in_handler = 1;
	client->handler(client, told, client->context);
	client->in_handler = 0;
	client->handling = NULL;
	misuse_handler_ends(client, message);
}

/* What was answered while this program was stopped is not handled; a gap in the numbers shows it.
 */
static _Bool is_awaited(const struct es_client_s *client, const struct message *message)
{
	return message->message.action_type != ES_ACTION_TYPE_AUTH ||
	       answers_wanted(client->link.answers, message->record->question);
}

/* Takes one record through. 0, RING_EMPTY, or -EBADMSG: the ring is not to be read any further. */
static int dispatch_one(struct es_client_s *client)
{
	OWNED(message_release) struct message *message = NULL;
	struct ring *ring = client->link.ring;
	const void *bytes;
	size_t size;
	int result;

	result = ring_next(ring, &bytes, &size);
	if (result)
		return result;
	result = message_new(&message, bytes, size);
	if (result)
		answer_unread(client, bytes, size);
	ring_advance(ring);
	if (result == 0 && is_awaited(client, message))
		handle(client, message);
	client->handled = ring_position(ring);
	ring_publish_handled(ring, ring_position(ring));
	return 0;
}

/* ---- The link comes back
 * ------------------------------------------------------------------------- */

static int send_setting(void *context, enum control_type type, const void *body, size_t body_size,
			const char *path)
{
	const struct control_request request = {
		.type = type,
		.body = body,
		.body_size = body_size,
		.extra = path,
		.extra_size = path ? strlen(path) : 0,
		.descriptor = -1,
	};
	OWNED_MEMORY struct control_answer *answer = calloc(1, sizeof(*answer));
	int result;

	if (!answer)
		return -ENOMEM;
	result = control_call(context, &request, answer, NULL, clock_now_ns() + CLIENT_REQUEST_NS);
	if (result)
		return result;
	result = answer->result;
	control_answer_done(answer);
	return result > 0 ? -EPROTO : result;
}

/* A new link with the old settings, put in place of the old one. 0 or what failed. */
static int try_relink(struct es_client_s *client)
{
	struct link link = {.is_private = client->link.is_private};
	int result = link_open(&link, client, 1);

	if (result)
		return result;
	result = ring_watch(link.ring, client->nudge, control_descriptor(link.control));
	if (result) {
		link_close(&link);
		return result;
	}
	ring_publish_handler(link.ring);
	lock_take(&client->lock);
	result = settings_replay(&client->settings, &(const struct settings_sender){
							    .send = send_setting,
							    .context = link.control,
						    });
	if (result == 0) {
		leave_gap(client);
		client->handled = 0;
		client->link = link;
		lock_tell(&client->lock);
	}
	lock_give(&client->lock);
	if (result)
		link_close(&link);
	return result;
}

static int relink(struct es_client_s *client)
{
	int result = try_relink(client);

	lock_take(&client->lock);
	client->link_failure = result;
	lock_tell(&client->lock);
	lock_give(&client->lock);
	return result;
}

static void unlink_client(struct es_client_s *client)
{
	_Bool is_private = client->link.is_private;

	lock_take(&client->lock);
	client_catch_up(client);
	if (client->link.ring)
		client->dropped_before += ring_dropped(client->link.ring);
	link_close(&client->link);
	client->link.is_private = is_private;
	lock_give(&client->lock);
	/* All that lay before them has been handled, or will never come. */
	sync_run(client, 1);
}

static void pause_unless_nudged(struct es_client_s *client, uint64_t nanoseconds)
{
	struct pollfd polled = {.fd = client->nudge, .events = POLLIN};
	const struct timespec limit = clock_timespec(nanoseconds);
	uint64_t count;

	if (ppoll(&polled, 1, &limit, NULL) > 0 && read(client->nudge, &count, sizeof(count)) < 0)
		return;
}

/* Tries until it has a link or the client ends. */
static void reconnect(struct es_client_s *client)
{
	uint64_t pause_ns = RECONNECT_FIRST_NS;

	/* What the daemon still said is taken first. */
	while (!client->stopping && dispatch_one(client) == 0)
		;
	unlink_client(client);
	while (!client->stopping && relink(client)) {
		pause_unless_nudged(client, pause_ns);
		sync_run(client, 1);
		pause_ns = pause_ns * 2 < RECONNECT_LAST_NS ? pause_ns * 2 : RECONNECT_LAST_NS;
	}
}

/* ---- The thread
 * ---------------------------------------------------------------------------------- */

static void *dispatch(void *argument)
{
	struct es_client_s *client = argument;

	client->thread_id = gettid();
	ring_publish_handler(client->link.ring);
	while (!client->stopping) {
		int result = dispatch_one(client);

		if (client->syncs_wait)
			sync_run(client, 0);
		if (result == -EBADMSG) {
			reconnect(client);
			continue;
		}
		if (result != RING_EMPTY || client->stopping)
			continue;
		if (ring_wait(client->link.ring, UINT64_MAX) == RING_WOKEN_HANGUP)
			reconnect(client);
	}
	if (client->ends_itself) {
		pthread_detach(pthread_self());
		client_end(client);
		return NULL;
	}
	lock_take(&client->lock);
	client->ended = 1;
	lock_tell(&client->lock);
	lock_give(&client->lock);
	return NULL;
}

int dispatch_start(struct es_client_s *client)
{
	sigset_t all;
	sigset_t before;
	int result;

	client->nudge = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (client->nudge < 0)
		return -errno;
	result = ring_watch(client->link.ring, client->nudge,
			    control_descriptor(client->link.control));
	if (result)
		return result;
	/* Signals are for the program's own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&client->thread, NULL, dispatch, client);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result == 0)
		pthread_setname_np(client->thread, "es-handler");
	return -result;
}

void dispatch_nudge(struct es_client_s *client)
{
	uint64_t one = 1;
	/* A full counter (EAGAIN) wakes as well. */
	ssize_t size = write(client->nudge, &one, sizeof(one));

	(void)size;
}

_Bool dispatch_is_self(const struct es_client_s *client)
{
	return pthread_equal(client->thread, pthread_self());
}

void client_end(struct es_client_s *client)
{
	struct link link;

	sync_run(client, 1);
	lock_take(&client->lock);
	link = client->link;
	client->link = (struct link){0};
	settings_done(&client->settings);
	lock_give(&client->lock);
	link_close(&link);
	close(TAKE_DESCRIPTOR(client->nudge));
	if (client->context_free)
		client->context_free(client->context);
	misuse_client_ends(client);
	client_retire(client);
}
