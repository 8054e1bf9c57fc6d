/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients are made and ended: one, several, with wrong arguments, and what may be asked of them.
 */
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <pthread.h>
#include <string.h>

/* In variables, since the compiler refuses them where they are written down. */
static es_client_t *no_client;
static es_client_t **no_place;
static es_handler_function_t no_handler;

static void ignore(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	(void)message;
	(void)context;
}

static void no_client_is_deleted_with_success(void **state)
{
	(void)state;
	assert_int_equal(es_delete_client(NULL), ES_RETURN_SUCCESS);
}

static void without_a_handler_or_a_place_there_is_none(void **state)
{
	es_client_t *client = NULL;

	(void)state;
	assert_int_equal(es_new_client_f(&client, no_handler, NULL),
			 ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT);
	assert_null(client);
	assert_true(strlen(es_linux_last_error()) > 0);
	assert_int_equal(es_new_client_f(no_place, ignore, NULL),
			 ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(es_new_descendants_client_f(no_place, ignore, NULL),
			 ES_NEW_CLIENT_RESULT_ERR_INVALID_ARGUMENT);
}

static void many_live_side_by_side_and_are_told_alike(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorders[5];
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");

	(void)state;
	for (size_t i = 0; i < COUNT(recorders); i++)
		recorders[i] = recorder_new(events, COUNT(events));
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	for (size_t i = 0; i < COUNT(recorders); i++)
		recorder_await(recorders[i], &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							      .pid = subject_pid(subject),
							      .path = path});
	/* The end of one is none of the others' business. */
	recorder_free(recorders[0]);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	for (size_t i = 1; i < COUNT(recorders); i++)
		recorder_await_nth(recorders[i],
				   &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
						    .pid = subject_pid(subject),
						    .path = path},
				   1);
	subject_end(subject);
	for (size_t i = 1; i < COUNT(recorders); i++)
		recorder_free(recorders[i]);
}

static void one_after_the_other_leaves_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		es_client_t *client = NULL;

		assert_int_equal(es_new_client_f(&client, ignore, NULL),
				 ES_NEW_CLIENT_RESULT_SUCCESS);
		assert_non_null(client);
		assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	}
}

/* What the handler may ask of its own client: everything but delete and sync. */
struct inner {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool done;
	es_return_t muted;
	es_return_t subscribed;
	es_return_t synced;
	es_new_client_result_t made;
	es_return_t ended;
};

static void run_nothing(void *context)
{
	(void)context;
}

static void ask_within(es_client_t *client, const es_message_t *message, void *context)
{
	static const es_event_type_t more[] = {ES_EVENT_TYPE_NOTIFY_CLOSE};
	struct inner *inner = context;
	es_client_t *other = NULL;

	(void)message;
	pthread_mutex_lock(&inner->mutex);
	if (!inner->done) {
		inner->muted = es_mute_path(client, "/nowhere", ES_MUTE_PATH_TYPE_TARGET_LITERAL);
		inner->subscribed = es_subscribe(client, more, 1);
		inner->synced = es_sync_client_f(client, run_nothing, NULL);
		inner->made = es_new_client_f(&other, ignore, NULL);
		inner->ended = es_delete_client(other);
		inner->done = true;
	}
	pthread_cond_broadcast(&inner->changed);
	pthread_mutex_unlock(&inner->mutex);
}

static void the_handler_may_use_its_client(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	static struct inner inner = {.mutex = PTHREAD_MUTEX_INITIALIZER,
				     .changed = PTHREAD_COND_INITIALIZER};
	const struct timespec until = clock_timespec(stage_deadline());
	es_client_t *client = NULL;
	struct subject *subject = subject_new();
	bool done;

	(void)state;
	assert_int_equal(es_new_client_f(&client, ask_within, &inner),
			 ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_subscribe(client, events, 1), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, stage_file("file", "content"), 0), 0);
	pthread_mutex_lock(&inner.mutex);
	while (!inner.done &&
	       pthread_cond_clockwait(&inner.changed, &inner.mutex, CLOCK_MONOTONIC, &until) == 0)
		;
	done = inner.done;
	pthread_mutex_unlock(&inner.mutex);
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	assert_true(done);
	assert_int_equal(inner.muted, ES_RETURN_SUCCESS);
	assert_int_equal(inner.subscribed, ES_RETURN_SUCCESS);
	assert_int_equal(inner.synced, ES_RETURN_ERROR);
	assert_int_equal(inner.made, ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(inner.ended, ES_RETURN_SUCCESS);
	subject_end(subject);
}

static void a_dead_pointer_is_an_error_and_no_crash(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};

	(void)state;
	assert_int_equal(es_subscribe(no_client, events, 1), ES_RETURN_ERROR);
	assert_int_equal(es_unsubscribe_all(no_client), ES_RETURN_ERROR);
	assert_int_equal(es_mute_path(no_client, "/nowhere", ES_MUTE_PATH_TYPE_LITERAL),
			 ES_RETURN_ERROR);
	assert_int_equal(es_clear_cache(no_client), ES_CLEAR_CACHE_RESULT_ERR_INTERNAL);
	assert_int_equal(es_muting_inverted(no_client, ES_MUTE_INVERSION_TYPE_PATH),
			 ES_MUTE_INVERTED_ERROR);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(no_client_is_deleted_with_success),
		ON_STAGE(without_a_handler_or_a_place_there_is_none),
		ON_STAGE(many_live_side_by_side_and_are_told_alike),
		ON_STAGE(one_after_the_other_leaves_nothing),
		ON_STAGE(the_handler_may_use_its_client),
		ON_STAGE(a_dead_pointer_is_an_error_and_no_crash),
	};

	return stage_main(tests, COUNT(tests), 60);
}
