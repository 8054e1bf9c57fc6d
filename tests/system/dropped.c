/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that is too slow loses messages, sees a gap, and what it was to decide goes by its mode.
 */
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

static const es_event_type_t watched[] = {ES_EVENT_TYPE_NOTIFY_OPEN, ES_EVENT_TYPE_NOTIFY_CLOSE};
static const es_event_type_t asks[] = {ES_EVENT_TYPE_AUTH_OPEN};

enum { ROUNDS_MAX = 100000, AFTERWARDS = 100 };

/* Numbers that should follow one another. */
struct sequence {
	uint64_t told;
	uint64_t last;
	uint64_t gaps; /* numbers missing between those told */
};

/* A handler that stands still until it is let go, then counts. */
struct slow {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool go;
	bool given_up; /* nobody let it go in time */
	bool standing;
	bool synced;
	struct sequence by_event[COUNT(watched)];
	struct sequence global;
};

static struct slow slow = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* With the mutex held. Waits for one of these flags of `slow`; false: the deadline has come. */
static bool stand_until(const bool *flag)
{
	const struct timespec until = clock_timespec(stage_deadline());

	while (!*flag &&
	       pthread_cond_clockwait(&slow.changed, &slow.mutex, CLOCK_MONOTONIC, &until) == 0)
		;
	return *flag;
}

/* With the mutex held. */
static void raise_flag(bool *flag)
{
	*flag = true;
	pthread_cond_broadcast(&slow.changed);
}

static void follow(struct sequence *sequence, uint64_t number)
{
	if (sequence->told++)
		sequence->gaps += number - sequence->last - 1;
	sequence->last = number;
}

static void stand(es_client_t *client, const es_message_t *message, void *context)
{
	(void)context;
	pthread_mutex_lock(&slow.mutex);
	raise_flag(&slow.standing);
	if (!slow.given_up && !stand_until(&slow.go))
		slow.given_up = true;
	for (size_t i = 0; i < COUNT(watched); i++)
		if (message->event_type == watched[i])
			follow(&slow.by_event[i], message->seq_num);
	if (message->action_type == ES_ACTION_TYPE_NOTIFY)
		follow(&slow.global, message->global_seq_num);
	pthread_mutex_unlock(&slow.mutex);
	if (message->action_type == ES_ACTION_TYPE_AUTH)
		es_respond_flags_result(client, message, UINT32_MAX, false);
}

static void tell_synced(void *context)
{
	(void)context;
	pthread_mutex_lock(&slow.mutex);
	raise_flag(&slow.synced);
	pthread_mutex_unlock(&slow.mutex);
}

static void wait_until(const bool *flag)
{
	bool seen;

	pthread_mutex_lock(&slow.mutex);
	seen = stand_until(flag);
	pthread_mutex_unlock(&slow.mutex);
	assert_true(seen);
}

/* Waits until all that was queued has been handled. */
static void settle(es_client_t *client)
{
	slow.synced = false;
	assert_int_equal(es_sync_client_f(client, tell_synced, NULL), ES_RETURN_SUCCESS);
	wait_until(&slow.synced);
	assert_false(slow.given_up);
}

static void let_go(void)
{
	pthread_mutex_lock(&slow.mutex);
	raise_flag(&slow.go);
	pthread_mutex_unlock(&slow.mutex);
}

/* A client whose handler stands, and whose queue is full. */
static es_client_t *full_client(struct subject *subject, es_deadline_miss_mode_t mode)
{
	const char *path = stage_file("file", "content");
	es_client_t *client = NULL;

	slow.go = slow.given_up = slow.standing = false;
	slow.global = slow.by_event[0] = slow.by_event[1] = (struct sequence){0};
	assert_int_equal(es_new_client_f(&client, stand, NULL), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_set_deadline_miss_mode(client, mode), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, watched, COUNT(watched)), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	wait_until(&slow.standing);
	for (int i = 0; i < ROUNDS_MAX && es_linux_dropped(client) == 0; i++)
		assert_int_equal(subject_do(subject, deed_open_often, path, 500), 0);
	assert_true(es_linux_dropped(client) > 0);
	return client;
}

static void what_is_lost_is_a_gap_in_the_numbers(void **state)
{
	struct subject *subject = subject_new();
	es_client_t *client = full_client(subject, ES_DEADLINE_MISS_MODE_KILL);
	uint64_t dropped;

	(void)state;
	let_go();
	settle(client);
	/* The next ones show the gaps at the end. */
	assert_int_equal(subject_do(subject, deed_open, stage_path("file"), 0), 0);
	settle(client);
	dropped = es_linux_dropped(client);
	assert_true(slow.by_event[0].gaps > 0);
	assert_true(slow.by_event[1].gaps > 0);
	assert_int_equal(slow.by_event[0].gaps + slow.by_event[1].gaps, dropped);
	assert_int_equal(slow.global.gaps, dropped);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	subject_end(subject);
}

static void after_a_loss_everything_comes_again(void **state)
{
	struct subject *subject = subject_new();
	es_client_t *client = full_client(subject, ES_DEADLINE_MISS_MODE_KILL);
	struct sequence before;
	uint64_t dropped;

	(void)state;
	let_go();
	settle(client);
	assert_int_equal(subject_do(subject, deed_open, stage_path("file"), 0), 0);
	settle(client);
	dropped = es_linux_dropped(client);
	before = slow.global;
	/* One by one: what happens twice in a row the kernel may tell once. */
	for (int i = 0; i < AFTERWARDS; i++) {
		assert_int_equal(subject_do(subject, deed_open, stage_path("file"), 0), 0);
		settle(client);
	}
	assert_int_equal(slow.global.told, before.told + 2 * AFTERWARDS);
	assert_int_equal(slow.global.gaps, before.gaps);
	assert_int_equal(es_linux_dropped(client), dropped);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	subject_end(subject);
}

/* What becomes of an open that cannot be asked about. */
static int unasked(es_deadline_miss_mode_t mode)
{
	struct subject *subject = subject_new();
	es_client_t *client = full_client(subject, mode);
	int outcome;

	assert_int_equal(es_subscribe(client, asks, 1), ES_RETURN_SUCCESS);
	outcome = subject_do(subject, deed_open, stage_path("file"), 0);
	let_go();
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	subject_end(subject);
	return outcome;
}

static void what_cannot_be_asked_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(unasked(ES_DEADLINE_MISS_MODE_KILL), 0);
	assert_int_equal(unasked(ES_DEADLINE_MISS_MODE_FAIL_OPEN), 0);
}

static void what_cannot_be_asked_is_denied_when_closed(void **state)
{
	(void)state;
	assert_int_equal(unasked(ES_DEADLINE_MISS_MODE_FAIL_CLOSED), EPERM);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(what_is_lost_is_a_gap_in_the_numbers),
		ON_STAGE(after_a_loss_everything_comes_again),
		ON_STAGE(what_cannot_be_asked_is_allowed),
		ON_STAGE(what_cannot_be_asked_is_denied_when_closed),
	};

	return stage_main(tests, COUNT(tests), 120);
}
