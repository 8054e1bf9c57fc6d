/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One daemon takes over from another that runs (--replace): programs go on, and so do their
 * clients, with everything they had set; nobody who opens a file in the meantime notices.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAKEOVERS = 3, DEADLINE_MILLISECONDS = 9000, PACE_MILLISECONDS = 1 };

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN};

/* ---- One who opens files all the while ---- */

/*
 * Opens `path` again and again until there is something in the fifo `other`. ETIME: one open took
 * longer than `number` milliseconds.
 */
static int deed_open_until_stopped(const struct deed *deed)
{
	struct pollfd stop = {.fd = open(deed->other, O_RDONLY | O_NONBLOCK | O_CLOEXEC),
			      .events = POLLIN};
	uint64_t limit = (uint64_t)deed->number * NANOSECONDS_PER_MILLISECOND;
	int result = stop.fd < 0 ? errno : 0;

	while (result == 0 && poll(&stop, 1, PACE_MILLISECONDS) == 0) {
		uint64_t start = clock_now_ns();
		int file = open(deed->path, O_RDONLY | O_CLOEXEC);

		if (file < 0)
			result = errno;
		else if (clock_now_ns() - start > limit)
			result = ETIME;
		if (file >= 0)
			close(file);
	}
	close(stop.fd);
	return result;
}

struct opener {
	struct subject *subject;
	const char *stop;
	int line; /* our end of the fifo */
};

static struct opener opener_start(const char *path)
{
	struct opener opener = {.subject = subject_new(), .stop = stage_aside("stop")};
	const struct deed deed = deed_of(deed_open_until_stopped, path, opener.stop,
					 1000 * stage_slowness());

	assert_int_equal(mkfifo(opener.stop, 0600), 0);
	opener.line = open(opener.stop, O_RDWR | O_CLOEXEC);
	assert_true(opener.line >= 0);
	subject_begin(opener.subject, &deed);
	return opener;
}

/* No open failed or took too long. */
static void opener_end(struct opener *opener)
{
	assert_int_equal(write(opener->line, "", 1), 1);
	assert_int_equal(subject_finish(opener->subject), 0);
	close(opener->line);
	unlink(opener->stop);
	subject_end(opener->subject);
}

/* ---- The client ---- */

struct paths {
	const char *plain;
	const char *denied;
	const char *muted; /* a target path */
	const char *held;
};

static struct paths make_paths(void)
{
	return (struct paths){stage_file("plain", ""), stage_file("denied", ""),
			      stage_file("muted", ""), stage_file("held", "")};
}

static struct recorder *make_client(const struct paths *paths, es_deadline_miss_mode_t mode)
{
	struct recorder *recorder = recorder_new(NULL, 0);
	es_client_t *client = recorder_client(recorder);

	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN,
					       .path = paths->denied,
					       .verdict = DENY});
	recorder_rule(recorder, &(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN,
					       .path = paths->held,
					       .verdict = DEFER});
	assert_int_equal(es_mute_path(client, paths->muted, ES_MUTE_PATH_TYPE_TARGET_LITERAL),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_set_deadline_max_milliseconds(client, events, 1, DEADLINE_MILLISECONDS),
			 ES_RETURN_SUCCESS);
	assert_int_equal(es_set_deadline_miss_mode(client, mode), ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, events, COUNT(events)), ES_RETURN_SUCCESS);
	return recorder;
}

/* Requests fail until the client has seen that the daemon went; then they wait. */
static void await_client(es_client_t *client)
{
	uint64_t deadline = stage_deadline();
	es_deadline_miss_mode_t mode;

	while (es_get_deadline_miss_mode(client, &mode) != ES_RETURN_SUCCESS) {
		assert_true(clock_now_ns() < deadline);
		sched_yield();
	}
}

static void check_settings(struct recorder *recorder, es_deadline_miss_mode_t expected)
{
	es_client_t *client = recorder_client(recorder);
	es_event_type_t *list = NULL;
	es_deadline_miss_mode_t mode;
	uint32_t milliseconds = 0;
	size_t count = 0;

	assert_int_equal(es_subscriptions(client, &count, &list), ES_RETURN_SUCCESS);
	assert_int_equal(count, COUNT(events));
	free(list);
	assert_int_equal(es_get_deadline_miss_mode(client, &mode), ES_RETURN_SUCCESS);
	assert_int_equal(mode, expected);
	assert_int_equal(es_get_deadline_max_milliseconds(client, events[0], &milliseconds),
			 ES_RETURN_SUCCESS);
	assert_int_equal(milliseconds, DEADLINE_MILLISECONDS);
}

static size_t told(struct recorder *recorder, const struct subject *subject, const char *path)
{
	return recorder_count(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject),
							 .path = path});
}

/* It is asked, and what it answers holds; what it muted it is not told of. */
static void check_at_work(struct recorder *recorder, const struct paths *paths)
{
	struct subject *subject = subject_new();

	assert_int_equal(subject_do(subject, deed_open, paths->plain, 0), 0);
	assert_int_equal(subject_do(subject, deed_open, paths->denied, 0), EPERM);
	assert_int_equal(subject_do(subject, deed_open, paths->muted, 0), 0);
	assert_int_equal(told(recorder, subject, paths->plain), 1);
	assert_int_equal(told(recorder, subject, paths->muted), 0);
	subject_end(subject);
}

/* Numbers go on, and each takeover left one out; `of_all`: those of all events together. */
static void check_numbers(struct recorder *recorder, bool of_all)
{
	const es_message_t *message;
	uint64_t last = 0;
	unsigned int gaps = 0;
	size_t count = 0;

	recorder_settle(recorder);
	for (size_t i = 0; (message = recorder_message(recorder, i)) != NULL; i++) {
		uint64_t number = of_all ? message->global_seq_num : message->seq_num;

		if (!of_all && message->event_type != ES_EVENT_TYPE_NOTIFY_OPEN)
			continue;
		assert_true(count == 0 || number == last + 1 || number == last + 2);
		gaps += count > 0 && number == last + 2;
		last = number;
		count++;
	}
	assert_true(count > TAKEOVERS);
	assert_true(count < RECORDER_MESSAGES_MAX);
	assert_int_equal(gaps, TAKEOVERS);
}

static void clients_go_on_and_nobody_notices(void **state)
{
	static const es_deadline_miss_mode_t modes[] = {ES_DEADLINE_MISS_MODE_KILL,
							ES_DEADLINE_MISS_MODE_FAIL_OPEN};
	struct paths paths = make_paths();
	pid_t daemon = service_start();
	struct recorder *recorders[COUNT(modes)];
	struct opener opener;

	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++)
		recorders[i] = make_client(&paths, modes[i]);
	check_at_work(recorders[0], &paths);
	opener = opener_start(paths.plain);
	for (unsigned int round = 0; round < TAKEOVERS; round++) {
		daemon = service_take_over(daemon);
		for (size_t i = 0; i < COUNT(modes); i++)
			await_client(recorder_client(recorders[i]));
		for (size_t i = 0; i < COUNT(modes); i++) {
			check_settings(recorders[i], modes[i]);
			check_at_work(recorders[i], &paths);
		}
	}
	opener_end(&opener);
	for (size_t i = 0; i < COUNT(modes); i++) {
		check_numbers(recorders[i], false);
		check_numbers(recorders[i], true);
		recorder_free(recorders[i]);
	}
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

/* What the client still thinks about is answered as its miss mode says. */
static void what_is_held_is_let_go(void **state)
{
	static const struct {
		es_deadline_miss_mode_t mode;
		int result;
	} rows[] = {
		{ES_DEADLINE_MISS_MODE_KILL, 0},
		{ES_DEADLINE_MISS_MODE_FAIL_OPEN, 0},
		{ES_DEADLINE_MISS_MODE_FAIL_CLOSED, EPERM},
	};
	struct paths paths = make_paths();
	pid_t daemon = service_start();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recorder *recorder = make_client(&paths, rows[i].mode);
		struct subject *subject = subject_new();
		const struct deed deed = deed_of(deed_open, paths.held, NULL, O_RDONLY);

		subject_begin(subject, &deed);
		recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
							  .path = paths.held});
		assert_true(subject_is_busy(subject));
		daemon = service_take_over(daemon);
		assert_int_equal(subject_finish(subject), rows[i].result);
		await_client(recorder_client(recorder));
		check_settings(recorder, rows[i].mode);
		check_at_work(recorder, &paths);
		subject_end(subject);
		recorder_free(recorder);
	}
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

/* ---- What an administrator sets for a client ---- */

static void run_esctl(void *path)
{
	const char *esctl = getenv("ES_ESCTL");

	dup2(STDERR_FILENO, STDOUT_FILENO);
	/* The first client of a daemon has the number 1. */
	execl(esctl, esctl, "mute", "1", "target-literal", path, "open", (char *)NULL);
	_exit(127);
}

static void an_administrators_mute_lasts_as_long_as_the_client(void **state)
{
	const int signals[] = {SIGTERM, SIGKILL};
	struct paths paths = make_paths();
	pid_t daemon = service_start();
	struct recorder *recorder = make_client(&paths, ES_DEADLINE_MISS_MODE_KILL);
	struct subject *subject = subject_new();

	(void)state;
	assert_int_equal(subject_do(subject, deed_open, paths.denied, 0), EPERM);
	assert_int_equal(stage_apart_wait(stage_apart(run_esctl, (void *)paths.denied)), 0);
	assert_int_equal(subject_do(subject, deed_open, paths.denied, 0), 0);
	for (size_t i = 0; i < COUNT(signals); i++) {
		service_end(daemon, signals[i]);
		daemon = service_start();
		await_client(recorder_client(recorder));
		assert_int_equal(subject_do(subject, deed_open, paths.denied, 0), 0);
	}
	assert_int_equal(told(recorder, subject, paths.denied), 0);
	subject_end(subject);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(clients_go_on_and_nobody_notices),
		ON_STAGE(what_is_held_is_let_go),
		ON_STAGE(an_administrators_mute_lasts_as_long_as_the_client),
	};

	return stage_main(tests, COUNT(tests), 120);
}
