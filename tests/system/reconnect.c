/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon dies and another takes its place: clients go on with what they had set, and mark the
 * gap.
 */
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/left.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN};

static const es_message_t *told(struct recorder *recorder, struct subject *subject,
				const char *path, size_t index)
{
	return recorder_await_nth(recorder,
				  &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
						   .pid = subject_pid(subject),
						   .path = path},
				  index);
}

/* Everything a client can set: a subscription, a mute, an inversion, a denial by rule. */
static void check_again(struct recorder *recorder, const char *chosen, const char *denied,
			const char *other)
{
	es_client_t *client = recorder_client(recorder);
	struct subject *subject = subject_new();
	es_event_type_t *list = NULL;
	uint64_t deadline = stage_deadline();
	uint32_t milliseconds = 0;
	size_t count = 0;

	/* Until the client has seen that the daemon died, requests fail; then they wait. */
	while (es_subscriptions(client, &count, &list) != ES_RETURN_SUCCESS &&
	       clock_now_ns() < deadline)
		sched_yield();
	assert_int_equal(count, COUNT(events));
	free(list);
	assert_int_equal(es_muting_inverted(client, ES_MUTE_INVERSION_TYPE_TARGET_PATH),
			 ES_MUTE_INVERTED);
	assert_int_equal(
		es_get_deadline_max_milliseconds(client, ES_EVENT_TYPE_AUTH_OPEN, &milliseconds),
		ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, 9000);
	assert_int_equal(subject_do(subject, deed_open, chosen, 0), 0);
	assert_int_equal(subject_do(subject, deed_open, denied, 0), EPERM);
	assert_int_equal(subject_do(subject, deed_open, other, 0), 0);
	told(recorder, subject, chosen, 0);
	assert_int_equal(recorder_count(recorder, &(struct sought){.pid = subject_pid(subject),
								   .path = other,
								   .event = events[1]}),
			 0);
	subject_end(subject);
}

static struct recorder *set_up(const char *chosen, const char *denied)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);

	recorder_rule(
		recorder,
		&(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .path = denied, .verdict = DENY});
	assert_int_equal(es_unmute_all_target_paths(client), ES_RETURN_SUCCESS);
	assert_int_equal(es_invert_muting(client, ES_MUTE_INVERSION_TYPE_TARGET_PATH),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path(client, chosen, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_mute_path(client, denied, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_set_deadline_max_milliseconds(client, events, 1, 9000),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, events, COUNT(events)), ES_RETURN_SUCCESS);
	return recorder;
}

static void a_successor_is_told_everything(void **state)
{
	pid_t daemon = service_start();
	const char *chosen = stage_file("chosen", "");
	const char *denied = stage_file("denied", "");
	const char *other = stage_file("other", "");
	struct recorder *recorder = set_up(chosen, denied);
	struct subject *subject = subject_new();
	const es_message_t *before, *after;

	(void)state;
	check_again(recorder, chosen, denied, other);
	assert_int_equal(subject_do(subject, deed_open, chosen, 0), 0);
	before = told(recorder, subject, chosen, 0);
	service_end(daemon, SIGKILL);
	daemon = service_start();
	check_again(recorder, chosen, denied, other);
	assert_int_equal(subject_do(subject, deed_open, chosen, 0), 0);
	after = told(recorder, subject, chosen, 1);
	/* More is missing than what check_again has made: the gap. */
	assert_true(after->seq_num > before->seq_num + 2);
	subject_end(subject);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void whoever_was_held_is_free(void **state)
{
	pid_t daemon = service_start();
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	const struct deed deed = deed_of(deed_open, stage_file("file", ""), NULL, O_RDONLY);
	const es_message_t *message;

	(void)state;
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .verdict = DEFER});
	subject_begin(subject, &deed);
	message = recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN});
	service_end(daemon, SIGKILL);
	assert_int_equal(subject_finish(subject), 0);
	daemon = service_start();
	/* Once the client is with the new one, the old question is nobody's. */
	recorder_settle(recorder);
	assert_int_equal(es_respond_flags_result(recorder_client(recorder), message, 0, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	subject_end(subject);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void kill_daemon(void *context, pid_t pid, const char *name)
{
	if (strncmp(name, LEFT_DAEMON_NAME, strlen(LEFT_DAEMON_NAME)) == 0 &&
	    kill(pid, SIGKILL) == 0)
		++*(int *)context;
}

static void a_private_daemon_is_replaced(void **state)
{
	const char *chosen = stage_file("chosen", "");
	const char *denied = stage_file("denied", "");
	const char *other = stage_file("other", "");
	struct recorder *recorder = set_up(chosen, denied);
	int killed = 0;

	(void)state;
	check_again(recorder, chosen, denied, other);
	/* It is nobody's child but the guard's. */
	left_each_child(getppid(), kill_daemon, &killed);
	assert_true(killed > 0);
	check_again(recorder, chosen, denied, other);
	recorder_free(recorder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_successor_is_told_everything),
		ON_STAGE(whoever_was_held_is_free),
		ON_STAGE(a_private_daemon_is_replaced),
	};

	return stage_main(tests, COUNT(tests), 120);
}
