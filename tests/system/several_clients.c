/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several clients are asked at once: any denial denies, flags are joined, each keeps its own.
 */
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};

struct pair {
	struct recorder *one;
	struct recorder *two;
	struct subject *subject;
	const char *path;
};

static struct pair begin(const struct rule *one, const struct rule *two)
{
	struct pair pair = {recorder_new(events, 1), recorder_new(events, 1), subject_new(),
			    stage_file("file", "content")};

	recorder_rule(pair.one, one);
	recorder_rule(pair.two, two);
	return pair;
}

static void end(struct pair *pair)
{
	subject_end(pair->subject);
	recorder_free(pair->one);
	recorder_free(pair->two);
}

static const es_message_t *question(struct recorder *recorder, const struct pair *pair)
{
	return recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							 .pid = subject_pid(pair->subject)});
}

static const struct rule allow = {.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = ALLOW};
static const struct rule deny = {.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DENY};
static const struct rule defer = {.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER};

static void one_denial_denies(void **state)
{
	struct pair pair = begin(&allow, &deny);

	(void)state;
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_RDONLY), EPERM);
	question(pair.one, &pair);
	question(pair.two, &pair);
	end(&pair);
	pair = begin(&allow, &allow);
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_RDONLY), 0);
	end(&pair);
}

static void flags_are_joined(void **state)
{
	const struct rule read_only = {.event = ES_EVENT_TYPE_AUTH_OPEN,
				       .flags = ~(uint32_t)FWRITE};
	const struct rule write_only = {.event = ES_EVENT_TYPE_AUTH_OPEN,
					.flags = ~(uint32_t)FREAD};
	struct pair pair = begin(&read_only, &write_only);

	(void)state;
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_RDONLY), EPERM);
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_WRONLY), EPERM);
	end(&pair);
}

static void the_opener_waits_for_all(void **state)
{
	struct pair pair = begin(&allow, &defer);
	const struct deed deed = deed_of(deed_open, pair.path, NULL, O_RDONLY);
	const es_message_t *message;

	(void)state;
	subject_begin(pair.subject, &deed);
	message = question(pair.two, &pair);
	recorder_settle(pair.one);
	recorder_settle(pair.two);
	assert_true(subject_is_busy(pair.subject));
	assert_int_equal(
		es_respond_flags_result(recorder_client(pair.two), message, UINT32_MAX, false),
		ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_finish(pair.subject), 0);
	end(&pair);
}

static void the_end_of_one_leaves_the_answer_to_the_other(void **state)
{
	struct pair pair = begin(&defer, &defer);
	const struct deed deed = deed_of(deed_open, pair.path, NULL, O_RDONLY);
	const es_message_t *message;

	(void)state;
	subject_begin(pair.subject, &deed);
	question(pair.one, &pair);
	message = question(pair.two, &pair);
	recorder_free(pair.one);
	pair.one = NULL;
	recorder_settle(pair.two);
	assert_true(subject_is_busy(pair.subject));
	assert_int_equal(es_respond_flags_result(recorder_client(pair.two), message, 0, false),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(subject_finish(pair.subject), EPERM);
	end(&pair);
}

static void an_answer_is_kept_only_if_all_want_it_kept(void **state)
{
	const struct rule kept = {.event = ES_EVENT_TYPE_AUTH_OPEN, .cache = true};
	struct pair pair = begin(&kept, &allow);
	const struct sought sought = {.event = ES_EVENT_TYPE_AUTH_OPEN,
				      .pid = subject_pid(pair.subject)};

	(void)state;
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_RDONLY), 0);
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_RDONLY), 0);
	assert_int_equal(recorder_count(pair.two, &sought), 2);
	end(&pair);
}

static void numbers_are_each_clients_own(void **state)
{
	struct pair pair = begin(&allow, &allow);
	struct recorder *late;

	(void)state;
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_RDONLY), 0);
	late = recorder_new(events, 1);
	assert_int_equal(subject_do(pair.subject, deed_open, pair.path, O_RDONLY), 0);
	assert_int_equal(question(late, &pair)->seq_num, question(pair.one, &pair)->seq_num);
	recorder_free(late);
	end(&pair);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(one_denial_denies),
		ON_STAGE(flags_are_joined),
		ON_STAGE(the_opener_waits_for_all),
		ON_STAGE(the_end_of_one_leaves_the_answer_to_the_other),
		ON_STAGE(an_answer_is_kept_only_if_all_want_it_kept),
		ON_STAGE(numbers_are_each_clients_own),
	};

	return stage_main(tests, COUNT(tests), 60);
}
