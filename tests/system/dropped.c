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

static const es_event_type_t opens[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
static const es_event_type_t asks[] = {ES_EVENT_TYPE_AUTH_OPEN};

enum { ROUNDS_MAX = 100000 };

/* A handler that stands still until it is let go, then counts. */
struct slow {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool go;
	bool standing;
	bool synced;
	uint64_t told;
	uint64_t last; /* sequence number */
	uint64_t gaps; /* messages missing between those told */
};

static struct slow slow = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void stand(es_client_t *client, const es_message_t *message, void *context)
{
	(void)context;
	pthread_mutex_lock(&slow.mutex);
	slow.standing = true;
	pthread_cond_broadcast(&slow.changed);
	while (!slow.go)
		pthread_cond_wait(&slow.changed, &slow.mutex);
	if (message->action_type == ES_ACTION_TYPE_NOTIFY) {
		if (slow.told++)
			slow.gaps += message->seq_num - slow.last - 1;
		slow.last = message->seq_num;
	}
	pthread_mutex_unlock(&slow.mutex);
	if (message->action_type == ES_ACTION_TYPE_AUTH)
		es_respond_flags_result(client, message, UINT32_MAX, false);
}

static void tell_synced(void *context)
{
	(void)context;
	pthread_mutex_lock(&slow.mutex);
	slow.synced = true;
	pthread_cond_broadcast(&slow.changed);
	pthread_mutex_unlock(&slow.mutex);
}

static void wait_until(const bool *flag)
{
	const struct timespec until = clock_timespec(stage_deadline());
	bool seen;

	pthread_mutex_lock(&slow.mutex);
	while (!*flag &&
	       pthread_cond_clockwait(&slow.changed, &slow.mutex, CLOCK_MONOTONIC, &until) == 0)
		;
	seen = *flag;
	pthread_mutex_unlock(&slow.mutex);
	assert_true(seen);
}

static void let_go(void)
{
	pthread_mutex_lock(&slow.mutex);
	slow.go = true;
	pthread_cond_broadcast(&slow.changed);
	pthread_mutex_unlock(&slow.mutex);
}

/* A client whose handler stands, and whose queue is full. */
static es_client_t *full_client(struct subject *subject, es_deadline_miss_mode_t mode)
{
	const char *path = stage_file("file", "content");
	es_client_t *client = NULL;

	slow.go = slow.standing = slow.synced = false;
	slow.told = slow.gaps = 0;
	assert_int_equal(es_new_client_f(&client, stand, NULL), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_set_deadline_miss_mode(client, mode), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, opens, 1), ES_RETURN_SUCCESS);
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

	(void)state;
	let_go();
	assert_int_equal(es_sync_client_f(client, tell_synced, NULL), ES_RETURN_SUCCESS);
	wait_until(&slow.synced);
	/* The next one shows the gap at the end. */
	slow.synced = false;
	assert_int_equal(subject_do(subject, deed_open, stage_path("file"), 0), 0);
	assert_int_equal(es_sync_client_f(client, tell_synced, NULL), ES_RETURN_SUCCESS);
	wait_until(&slow.synced);
	assert_true(slow.gaps > 0);
	assert_int_equal(slow.gaps, es_linux_dropped(client));
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
		ON_STAGE(what_cannot_be_asked_is_allowed),
		ON_STAGE(what_cannot_be_asked_is_denied_when_closed),
	};

	return stage_main(tests, COUNT(tests), 120);
}
