/* SPDX-License-Identifier: Apache-2.0 */
/*
 * es_sync_client: runs when all that was queued before has been handled.
 */
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <pthread.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};

/* A handler that waits at a door, and a list of what happened in which order. */
struct order {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool door_open;
	bool at_the_door;
	char happened[32];
};

static struct order order = {.mutex = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER};

static void note(char what)
{
	size_t length;

	pthread_mutex_lock(&order.mutex);
	length = strlen(order.happened);
	if (length + 1 < sizeof(order.happened))
		order.happened[length] = what;
	pthread_cond_broadcast(&order.changed);
	pthread_mutex_unlock(&order.mutex);
}

static void note_sync(void *context)
{
	note(*(const char *)context);
}

static bool wait_for(const bool *flag)
{
	const struct timespec until = clock_timespec(stage_deadline());

	while (!*flag &&
	       pthread_cond_clockwait(&order.changed, &order.mutex, CLOCK_MONOTONIC, &until) == 0)
		;
	return *flag;
}

static void wait_at_the_door(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	if (strcmp(message->event.open.file->path.data, context) != 0)
		return;
	pthread_mutex_lock(&order.mutex);
	order.at_the_door = true;
	pthread_cond_broadcast(&order.changed);
	wait_for(&order.door_open);
	pthread_mutex_unlock(&order.mutex);
	note('h');
}

static void open_door(void)
{
	pthread_mutex_lock(&order.mutex);
	order.door_open = true;
	pthread_cond_broadcast(&order.changed);
	pthread_mutex_unlock(&order.mutex);
}

static es_client_t *client_at_the_door(struct subject *subject, const char *path)
{
	es_client_t *client = NULL;
	bool there;

	order.door_open = false;
	order.at_the_door = false;
	memset(order.happened, 0, sizeof(order.happened));
	assert_int_equal(es_new_client_f(&client, wait_at_the_door, (void *)(uintptr_t)path),
			 ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_subscribe(client, events, 1), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	pthread_mutex_lock(&order.mutex);
	there = wait_for(&order.at_the_door);
	pthread_mutex_unlock(&order.mutex);
	assert_true(there);
	return client;
}

static void without_a_client_it_runs_at_once(void **state)
{
	(void)state;
	memset(order.happened, 0, sizeof(order.happened));
	assert_int_equal(es_sync_client_f(NULL, note_sync, (void *)(uintptr_t) "s"),
			 ES_RETURN_SUCCESS);
	assert_string_equal(order.happened, "s");
}

static void it_runs_after_what_was_queued_before(void **state)
{
	const struct timespec until = clock_timespec(stage_deadline());
	struct subject *subject = subject_new();
	es_client_t *client = client_at_the_door(subject, stage_file("file", "content"));

	(void)state;
	assert_int_equal(es_sync_client_f(client, note_sync, (void *)(uintptr_t) "1"),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_sync_client_f(client, note_sync, (void *)(uintptr_t) "2"),
			 ES_RETURN_SUCCESS);
	assert_string_equal(order.happened, "");
	open_door();
	pthread_mutex_lock(&order.mutex);
	while (strlen(order.happened) < 3 &&
	       pthread_cond_clockwait(&order.changed, &order.mutex, CLOCK_MONOTONIC, &until) == 0)
		;
	pthread_mutex_unlock(&order.mutex);
	assert_string_equal(order.happened, "h12");
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	subject_end(subject);
}

static void *delete_it(void *client)
{
	return (void *)(uintptr_t)es_delete_client(client);
}

static void the_end_of_the_client_runs_what_waits(void **state)
{
	struct subject *subject = subject_new();
	es_client_t *client = client_at_the_door(subject, stage_file("file", "content"));
	pthread_t thread;
	void *deleted = NULL;

	(void)state;
	assert_int_equal(es_sync_client_f(client, note_sync, (void *)(uintptr_t) "s"),
			 ES_RETURN_SUCCESS);
	assert_int_equal(pthread_create(&thread, NULL, delete_it, client), 0);
	open_door();
	assert_int_equal(pthread_join(thread, &deleted), 0);
	assert_int_equal((uintptr_t)deleted, ES_RETURN_SUCCESS);
	assert_string_equal(order.happened, "hs");
	subject_end(subject);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(without_a_client_it_runs_at_once),
		ON_STAGE(it_runs_after_what_was_queued_before),
		ON_STAGE(the_end_of_the_client_runs_what_waits),
	};

	return stage_main(tests, COUNT(tests), 60);
}
