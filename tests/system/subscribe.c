/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions add up, unknown types are passed over, and none is taken that cannot be kept.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <stdlib.h>
#include <string.h>

static bool is_subscribed(es_client_t *client, es_event_type_t event, size_t expected)
{
	es_event_type_t *events = NULL;
	size_t count = 0;
	bool found = false;

	assert_int_equal(es_subscriptions(client, &count, &events), ES_RETURN_SUCCESS);
	assert_int_equal(count, expected);
	for (size_t i = 0; i < count; i++)
		found |= events[i] == event;
	free(events);
	return found;
}

static void they_add_up_and_go_one_by_one(void **state)
{
	static const es_event_type_t one[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	static const es_event_type_t two[] = {ES_EVENT_TYPE_NOTIFY_CLOSE,
					      ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorder = recorder_new(one, 1);
	es_client_t *client = recorder_client(recorder);

	(void)state;
	assert_true(is_subscribed(client, ES_EVENT_TYPE_NOTIFY_OPEN, 1));
	assert_int_equal(es_subscribe(client, two, 2), ES_RETURN_SUCCESS);
	assert_true(is_subscribed(client, ES_EVENT_TYPE_NOTIFY_CLOSE, 2));
	assert_int_equal(es_unsubscribe(client, one, 1), ES_RETURN_SUCCESS);
	assert_int_equal(es_unsubscribe(client, one, 1), ES_RETURN_SUCCESS);
	assert_false(is_subscribed(client, ES_EVENT_TYPE_NOTIFY_OPEN, 1));
	assert_int_equal(es_unsubscribe_all(client), ES_RETURN_SUCCESS);
	assert_false(is_subscribed(client, ES_EVENT_TYPE_NOTIFY_CLOSE, 0));
	recorder_free(recorder);
}

static void none_is_an_empty_list(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_event_type_t dummy;
	es_event_type_t *events = &dummy;
	size_t count = 7;

	(void)state;
	assert_int_equal(es_subscriptions(recorder_client(recorder), &count, &events),
			 ES_RETURN_SUCCESS);
	assert_int_equal(count, 0);
	assert_null(events);
	recorder_free(recorder);
}

static void types_beyond_the_last_are_passed_over(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_LAST, (es_event_type_t)4096,
						 ES_EVENT_TYPE_NOTIFY_EXIT};
	struct recorder *recorder = recorder_new(events, COUNT(events));

	(void)state;
	assert_true(is_subscribed(recorder_client(recorder), ES_EVENT_TYPE_NOTIFY_EXIT, 1));
	assert_int_equal(es_unsubscribe(recorder_client(recorder), events, COUNT(events)),
			 ES_RETURN_SUCCESS);
	assert_false(is_subscribed(recorder_client(recorder), ES_EVENT_TYPE_NOTIFY_EXIT, 0));
	recorder_free(recorder);
}

static void a_reserved_type_is_refused_and_takes_the_others_with_it(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXIT,
						 ES_EVENT_TYPE_RESERVED_0};
	struct recorder *recorder = recorder_new(NULL, 0);

	(void)state;
	assert_int_equal(es_subscribe(recorder_client(recorder), events, COUNT(events)),
			 ES_RETURN_ERROR);
	assert_true(strlen(es_linux_last_error()) > 0);
	assert_false(is_subscribed(recorder_client(recorder), ES_EVENT_TYPE_NOTIFY_EXIT, 0));
	recorder_free(recorder);
}

/* Every AUTH type is either kept or refused with a reason; the same for NOTIFY. */
static void what_cannot_be_had_is_refused_with_a_reason(void **state)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);
	size_t refused = 0;

	(void)state;
	for (int event = 0; event < ES_EVENT_TYPE_LAST; event++) {
		const es_event_type_t type = (es_event_type_t)event;
		es_linux_support_t support = ES_LINUX_SUPPORT_NONE;
		char reason[512] = "";
		es_return_t expected;

		assert_non_null(es_linux_event_name(type));
		assert_int_equal(
			es_linux_event_support(client, type, &support, reason, sizeof(reason)),
			ES_RETURN_SUCCESS);
		expected = support == ES_LINUX_SUPPORT_NONE ? ES_RETURN_ERROR : ES_RETURN_SUCCESS;
		assert_int_equal(es_subscribe(client, &type, 1), expected);
		if (expected == ES_RETURN_ERROR) {
			assert_true(strlen(es_linux_last_error()) > 0);
			assert_true(strlen(reason) > 0);
			refused++;
		}
		assert_int_equal(es_unsubscribe_all(client), ES_RETURN_SUCCESS);
	}
	assert_true(refused > 0);
	assert_int_equal(es_linux_event_support(client, ES_EVENT_TYPE_LAST,
						&(es_linux_support_t){0}, NULL, 0),
			 ES_RETURN_ERROR);
	recorder_free(recorder);
}

static void a_count_of_nothing_does_nothing(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXIT};
	struct recorder *recorder = recorder_new(events, 0);

	(void)state;
	assert_false(is_subscribed(recorder_client(recorder), ES_EVENT_TYPE_NOTIFY_EXIT, 0));
	recorder_free(recorder);
}

static void after_the_end_of_a_subscription_nothing_comes(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const char *path = stage_file("file", "content");
	const struct sought sought = {.event = ES_EVENT_TYPE_NOTIFY_OPEN,
				      .pid = subject_pid(subject)};

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	recorder_await(recorder, &sought);
	assert_int_equal(es_unsubscribe_all(recorder_client(recorder)), ES_RETURN_SUCCESS);
	assert_int_equal(subject_do(subject, deed_open, path, 0), 0);
	assert_int_equal(recorder_count(recorder, &sought), 1);
	subject_end(subject);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(they_add_up_and_go_one_by_one),
		ON_STAGE(none_is_an_empty_list),
		ON_STAGE(types_beyond_the_last_are_passed_over),
		ON_STAGE(a_reserved_type_is_refused_and_takes_the_others_with_it),
		ON_STAGE(what_cannot_be_had_is_refused_with_a_reason),
		ON_STAGE(a_count_of_nothing_does_nothing),
		ON_STAGE(after_the_end_of_a_subscription_nothing_comes),
	};

	return stage_main(tests, COUNT(tests), 60);
}
