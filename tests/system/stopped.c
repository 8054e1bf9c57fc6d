/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A debuggable client that is stopped, in every way and with every policy: what its handler was
 * entered for stays held and the verdict takes effect when it goes on; nobody else waits.
 */
#include "base/clock.h"
#include "tests/skip.h"
#include "tests/system/debuggee.h"
#include "tests/system/deeds.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <EndpointSecurity/ESLinux.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define DEBUGGABLE    "uid = 0\nallow = yes\ndebuggable = yes\n"
#define FIRST_OPEN_NS (10 * NANOSECONDS_PER_MILLISECOND)

static char held_path[512];
static char other_path[512];
static char report[512 * 1024];

static void make_files(void)
{
	snprintf(held_path, sizeof(held_path), "%s", stage_file("held", "content"));
	snprintf(other_path, sizeof(other_path), "%s", stage_file("other", "content"));
}

/* ---- What the daemon says ---- */

struct esctl {
	const char *words[4];
	int output;
};

static void run_esctl(void *context)
{
	const struct esctl *esctl = context;
	const char *program = getenv("ES_ESCTL");

	dup2(esctl->output, STDOUT_FILENO);
	execl(program, program, "--json", esctl->words[0], esctl->words[1], esctl->words[2],
	      (char *)NULL);
	_exit(127);
}

/* Runs esctl; what it prints is in `report`. */
static void ask_daemon(const char *command, const char *first, const char *second)
{
	struct esctl esctl = {.words = {command, first, second}};
	size_t used = 0;
	ssize_t size;
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	esctl.output = ends[1];
	pid = stage_apart(run_esctl, &esctl);
	close(ends[1]);
	while ((size = read(ends[0], report + used, sizeof(report) - 1 - used)) > 0)
		used += (size_t)size;
	report[used] = '\0';
	close(ends[0]);
	assert_int_equal(stage_apart_wait(pid), 0);
}

/* The number behind the first such key of `report`. */
static uint64_t reported(const char *key)
{
	char quoted[64];
	const char *place;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	place = strstr(report, quoted);
	assert_non_null(place);
	return strtoull(place + strlen(quoted), NULL, 10);
}

/* ---- Opening ---- */

/* How long it took; *ret_result as subject_do. */
static uint64_t open_other(struct subject *subject, int *ret_result)
{
	uint64_t began = clock_now_ns();

	*ret_result = subject_do(subject, deed_open, other_path, O_RDONLY);
	return clock_now_ns() - began;
}

static void begin_open(struct subject *subject, const char *path)
{
	const struct deed deed = deed_of(deed_open, path, NULL, O_RDONLY);

	subject_begin(subject, &deed);
}

/* Lets time pass while others open files; every open ends as it should, at once. */
static void open_for(struct subject *subject, uint64_t nanoseconds, int expected)
{
	uint64_t end = clock_now_ns() + nanoseconds;
	int result;

	while (clock_now_ns() < end) {
		open_other(subject, &result);
		assert_int_equal(result, expected);
	}
}

/* ---- Every way to be stopped ---- */

/* A client at its breakpoint, held there by one who waits; then it is stopped. */
static bool stop_at_breakpoint(struct debuggee *debuggee, struct subject *held,
			       const struct stopping *stopping)
{
	const char *why = "";

	begin_open(held, held_path);
	debuggee_await_pause(debuggee);
	if (stopping->stop(debuggee, &why))
		return true;
	flag_set(&debuggee->go, 1);
	assert_int_equal(subject_finish(held), 0);
	print_message("# skipped: %s: %s\n", stopping->name, why);
	return false;
}

static struct debuggee *client_at(const char *policy)
{
	struct debuggee *debuggee = debuggee_new();

	make_files();
	debuggee->breakpoint = held_path;
	debuggee->policy = policy;
	return debuggee;
}

enum { TRIES = 4 };

/*
 * The first open after the stop is quick. On a busy machine it may wait for a processor: then the
 * client goes on, until the daemon has seen it run, and is stopped anew.
 */
static void open_first(struct debuggee *debuggee, struct subject *subject,
		       const struct stopping *stopping, int expected)
{
	uint64_t first = 0;

	for (int try = 0; try < TRIES; try++) {
		const char *why;
		int result;

		if (try > 0) {
			stopping->resume(debuggee);
			do
				ask_daemon("clients", NULL, NULL);
			while (strstr(report, "\"stopped\":true"));
			assert_true(stopping->stop(debuggee, &why));
		}
		first = open_other(subject, &result);
		assert_int_equal(result, expected);
		print_message("# %s: the first open took %llu us\n", stopping->name,
			      (unsigned long long)(first / NANOSECONDS_PER_MICROSECOND));
		if (first < FIRST_OPEN_NS * stage_slowness())
			return;
	}
	fail_msg("no first open was quick");
}

static void answers_policy(const struct stopping *stopping, const char *policy, int expected)
{
	pid_t daemon = service_start_with_rules(DEBUGGABLE);
	struct debuggee *debuggee = client_at(policy);
	struct subject *held = subject_new();
	struct subject *other = subject_new();
	bool stopped;
	int result;

	debuggee->deny = true;
	debuggee->deadline_ms = 400;
	debuggee->worker = stopping == &stopping_answerer;
	debuggee_start(debuggee);
	open_other(other, &result);
	assert_int_equal(result, 0);
	stopped = stop_at_breakpoint(debuggee, held, stopping);
	if (stopped) {
		open_first(debuggee, other, stopping, expected);
		/* Longer than the deadline, which stands still. */
		open_for(other, 900 * NANOSECONDS_PER_MILLISECOND, expected);
		assert_true(subject_is_busy(held));
		flag_set(&debuggee->go, 1);
		stopping->resume(debuggee);
		assert_int_equal(subject_finish(held), EPERM);
		debuggee_await_answer(debuggee);
		assert_int_equal(debuggee->respond_result - 1, ES_RESPOND_RESULT_SUCCESS);
	}
	/* It is asked again. */
	{
		uint64_t handled = debuggee->handled;

		open_other(other, &result);
		assert_int_equal(result, 0);
		assert_int_equal(debuggee->handled, handled + 1);
	}
	assert_int_equal(debuggee_end(debuggee), -1);
	subject_end(held);
	subject_end(other);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
	if (!stopped)
		skip();
}

#define ANSWERS_POLICY(test, stopping, policy, expected)     \
	static void test(void **state)                       \
	{                                                    \
		(void)state;                                 \
		answers_policy(&stopping, policy, expected); \
	}
ANSWERS_POLICY(pass_lets_others_on_by_signal, stopping_by_signal, NULL, 0)
ANSWERS_POLICY(pass_lets_others_on_with_all_threads_traced, stopping_all_threads, "pass", 0)
ANSWERS_POLICY(pass_lets_others_on_with_one_thread_traced, stopping_one_thread, "pass", 0)
ANSWERS_POLICY(pass_lets_others_on_with_an_answering_thread_traced, stopping_answerer, "pass", 0)
ANSWERS_POLICY(pass_lets_others_on_in_a_frozen_cgroup, stopping_by_cgroup, "pass", 0)
ANSWERS_POLICY(deny_denies_by_signal, stopping_by_signal, "deny", EPERM)
ANSWERS_POLICY(deny_denies_with_all_threads_traced, stopping_all_threads, "deny", EPERM)
ANSWERS_POLICY(deny_denies_with_one_thread_traced, stopping_one_thread, "deny", EPERM)
#undef ANSWERS_POLICY

/* ---- hold ---- */

static void hold_holds_until_it_goes_on(void **state)
{
	pid_t daemon = service_start_with_rules(DEBUGGABLE "debug-policy = hold\n");
	struct debuggee *debuggee = client_at(NULL);
	struct subject *held = subject_new();
	struct subject *other = subject_new();

	(void)state;
	debuggee_start(debuggee);
	assert_true(stop_at_breakpoint(debuggee, held, &stopping_all_threads));
	begin_open(other, other_path);
	/* It is asked, and stays so, while the daemon is asked a few times. */
	for (int time = 0; time < 10; time++)
		ask_daemon("pending", NULL, NULL);
	assert_non_null(strstr(report, other_path));
	assert_true(subject_is_busy(other) && subject_is_busy(held));
	flag_set(&debuggee->go, 1);
	stopping_all_threads.resume(debuggee);
	assert_int_equal(subject_finish(held), 0);
	assert_int_equal(subject_finish(other), 0);
	assert_int_equal(debuggee_end(debuggee), -1);
	subject_end(held);
	subject_end(other);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void hold_kills_at_the_deadline(void **state)
{
	pid_t daemon = service_start_with_rules(DEBUGGABLE);
	struct debuggee *debuggee = client_at("hold");
	struct subject *other = subject_new();
	int result, status;

	(void)state;
	debuggee->deadline_ms = 300;
	debuggee_start(debuggee);
	assert_int_equal(kill(debuggee->pid, SIGSTOP), 0);
	assert_in_range(open_other(other, &result), 290 * NANOSECONDS_PER_MILLISECOND,
			2000 * NANOSECONDS_PER_MILLISECOND * stage_slowness());
	assert_int_equal(result, 0);
	status = stage_apart_wait(debuggee->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	debuggee_end(debuggee);
	subject_end(other);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

/* ---- Not debuggable: a stop is a delay like any other ---- */

static void nothing_slips_past_one_who_is_not_debuggable(void **state)
{
	static const struct stopping *const ways[] = {&stopping_by_signal, &stopping_all_threads,
						      &stopping_by_cgroup};
	pid_t daemon = service_start_with_rules("uid = 0\nallow = yes\n");

	(void)state;
	for (size_t way = 0; way < COUNT(ways); way++) {
		struct debuggee *debuggee = client_at("pass");
		struct subject *held = subject_new();
		struct subject *other = subject_new();
		int result;

		debuggee->miss_mode = ES_DEADLINE_MISS_MODE_FAIL_CLOSED;
		debuggee->deadline_ms = 300;
		debuggee_start(debuggee);
		if (stop_at_breakpoint(debuggee, held, ways[way])) {
			/* Each waits for its deadline, and is denied. */
			for (int time = 0; time < 3; time++) {
				assert_true(open_other(other, &result) >
					    250 * NANOSECONDS_PER_MILLISECOND);
				assert_int_equal(result, EPERM);
			}
			assert_int_equal(subject_finish(held), EPERM);
			flag_set(&debuggee->go, 1);
			ways[way]->resume(debuggee);
		}
		assert_int_equal(debuggee_end(debuggee), -1);
		subject_end(held);
		subject_end(other);
	}
	ask_daemon("status", NULL, NULL);
	assert_int_equal(reported("missed"), 0);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

/* ---- Who debugs it ---- */

/* A client whose every answer is "deny" while it is stopped: for others, not for its debugger. */
static void debugger_opens(enum tracer_opener opener)
{
	pid_t daemon = service_start_with_rules(DEBUGGABLE);
	struct debuggee *debuggee = client_at("deny");
	struct subject *held = subject_new();
	struct subject *other = subject_new();
	uint64_t handled;
	int result;

	debuggee_start(debuggee);
	debuggee->opener = opener;
	snprintf(debuggee->tracer_opens, sizeof(debuggee->tracer_opens), "%s", other_path);
	assert_true(stop_at_breakpoint(debuggee, held, &stopping_all_threads));
	assert_int_equal(debuggee->tracer_opened, 1);
	open_other(other, &result);
	assert_int_equal(result, EPERM);
	flag_set(&debuggee->go, 1);
	stopping_all_threads.resume(debuggee);
	assert_int_equal(subject_finish(held), 0);
	handled = debuggee->handled;
	open_other(other, &result);
	assert_int_equal(result, 0);
	assert_int_equal(debuggee->handled, handled + 1);
	assert_int_equal(debuggee_end(debuggee), -1);
	subject_end(held);
	subject_end(other);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static void a_tracer_never_waits_on_the_traced(void **state)
{
	(void)state;
	debugger_opens(OPENER_TRACER);
}

static void nor_does_what_the_tracer_starts(void **state)
{
	(void)state;
	debugger_opens(OPENER_CHILD);
}

static void nor_the_debugger_that_started_the_tracer(void **state)
{
	(void)state;
	debugger_opens(OPENER_MASTER);
}

/* ---- What is told of it ---- */

static void what_was_answered_is_counted_and_listed(void **state)
{
	pid_t daemon = service_start_with_rules(DEBUGGABLE);
	struct debuggee *debuggee = client_at(NULL);
	struct subject *held = subject_new();
	struct subject *other = subject_new();
	uint64_t counted;
	char id[32];
	int result;

	(void)state;
	debuggee_start(debuggee);
	assert_true(stop_at_breakpoint(debuggee, held, &stopping_by_signal));
	for (int time = 0; time < 10; time++)
		open_other(other, &result);
	ask_daemon("clients", NULL, NULL);
	counted = reported("missed");
	assert_true(counted >= 10);
	assert_non_null(strstr(report, "\"stopped\":true"));
	snprintf(id, sizeof(id), "%llu", (unsigned long long)reported("client_id"));
	ask_daemon("pending", NULL, NULL);
	assert_non_null(strstr(report, "\"stands_still\":true"));
	ask_daemon("missed", id, NULL);
	assert_non_null(strstr(report, other_path));
	assert_non_null(strstr(report, "\"verdict\":\"allow\""));
	assert_non_null(strstr(report, "\"event\":\"AUTH_OPEN\""));
	/* The policy is changed while it is stopped, and told. */
	ask_daemon("debug", id, "deny");
	ask_daemon("debug", id, NULL);
	assert_non_null(strstr(report, "\"debug_policy\":\"deny\""));
	open_other(other, &result);
	assert_int_equal(result, EPERM);
	flag_set(&debuggee->go, 1);
	stopping_by_signal.resume(debuggee);
	assert_int_equal(subject_finish(held), 0);
	/* Nothing of it was remembered. */
	open_other(other, &result);
	assert_int_equal(result, 0);
	ask_daemon("status", NULL, NULL);
	assert_int_equal(reported("missed"), counted + 1);
	assert_int_equal(debuggee_end(debuggee), -1);
	subject_end(held);
	subject_end(other);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

static const es_message_t *told_of(struct recorder *recorder, const struct subject *subject)
{
	return recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_OPEN,
							 .pid = subject_pid(subject),
							 .path = other_path});
}

static void who_listens_is_told_what_was_let_pass(void **state)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_OPEN};
	pid_t daemon = service_start_with_rules(DEBUGGABLE);
	struct debuggee *debuggee = client_at(NULL);
	struct subject *held = subject_new();
	struct subject *passed = subject_new();
	struct subject *asked = subject_new();
	struct recorder *recorder;
	int result;

	(void)state;
	debuggee_start(debuggee);
	recorder = recorder_new(events, COUNT(events));
	assert_true(stop_at_breakpoint(debuggee, held, &stopping_by_signal));
	open_other(passed, &result);
	assert_int_equal(result, 0);
	assert_true(es_linux_allowed_while_stopped(told_of(recorder, passed)));
	flag_set(&debuggee->go, 1);
	stopping_by_signal.resume(debuggee);
	assert_int_equal(subject_finish(held), 0);
	open_other(asked, &result);
	assert_int_equal(result, 0);
	assert_false(es_linux_allowed_while_stopped(told_of(recorder, asked)));
	recorder_free(recorder);
	assert_int_equal(debuggee_end(debuggee), -1);
	subject_end(held);
	subject_end(passed);
	subject_end(asked);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

/* ---- Often ---- */

enum { LOAD_OPENS = 20 };

struct load {
	struct subject *subjects[3];
	struct deed deed;
	uint64_t opens;
};

static void load_begin(struct load *load)
{
	load->deed = deed_of(deed_open_often, other_path, NULL, LOAD_OPENS);
	for (size_t i = 0; i < COUNT(load->subjects); i++) {
		load->subjects[i] = subject_new();
		subject_begin(load->subjects[i], &load->deed);
		load->opens += LOAD_OPENS;
	}
}

/* Those who have done go on; how many had. */
static unsigned int load_renew(struct load *load)
{
	unsigned int done = 0;

	for (size_t i = 0; i < COUNT(load->subjects); i++) {
		if (subject_is_busy(load->subjects[i]))
			continue;
		assert_int_equal(subject_finish(load->subjects[i]), 0);
		subject_begin(load->subjects[i], &load->deed);
		load->opens += LOAD_OPENS;
		done++;
	}
	return done;
}

/* One of them is perhaps held, at the handler; the others get on. */
static void load_await(struct load *load)
{
	uint64_t deadline = stage_deadline();

	while (load_renew(load) == 0)
		assert_true(clock_now_ns() < deadline);
}

static void load_end(struct load *load)
{
	for (size_t i = 0; i < COUNT(load->subjects); i++) {
		assert_int_equal(subject_finish(load->subjects[i]), 0);
		subject_end(load->subjects[i]);
	}
}

/* Each open is either handled or answered for the client; none is lost, none denied. */
static void stopped_a_thousand_times_under_load_loses_nothing(void **state)
{
	pid_t daemon = service_start_with_rules(DEBUGGABLE);
	struct debuggee *debuggee = client_at(NULL);
	struct load load = {.opens = 0};
	int cycles = stage_slowness() > 1 ? 100 : 1000;
	const char *why;

	(void)state;
	debuggee->breakpoint = NULL;
	debuggee_start(debuggee);
	load_begin(&load);
	/* Most are as short as can be; some last until somebody has got on. */
	for (int cycle = 0; cycle < cycles; cycle++) {
		assert_true(stopping_by_signal.stop(debuggee, &why));
		if (cycle % 8 == 0)
			load_await(&load);
		stopping_by_signal.resume(debuggee);
		if (cycle % 8 == 4)
			load_await(&load);
	}
	load_end(&load);
	ask_daemon("pending", NULL, NULL);
	assert_null(strstr(report, "question"));
	ask_daemon("status", NULL, NULL);
	print_message("# %llu opens: %llu handled, %llu answered for the client\n",
		      (unsigned long long)load.opens, (unsigned long long)debuggee->handled,
		      (unsigned long long)reported("missed"));
	assert_int_equal(reported("expired"), 0);
	assert_int_equal(debuggee->handled + reported("missed"), load.opens);
	assert_int_equal(debuggee_end(debuggee), -1);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(pass_lets_others_on_by_signal),
		ON_STAGE(pass_lets_others_on_with_all_threads_traced),
		ON_STAGE(pass_lets_others_on_with_one_thread_traced),
		ON_STAGE(pass_lets_others_on_with_an_answering_thread_traced),
		ON_STAGE(pass_lets_others_on_in_a_frozen_cgroup),
		ON_STAGE(deny_denies_by_signal),
		ON_STAGE(deny_denies_with_all_threads_traced),
		ON_STAGE(deny_denies_with_one_thread_traced),
		ON_STAGE(hold_holds_until_it_goes_on),
		ON_STAGE(hold_kills_at_the_deadline),
		ON_STAGE(nothing_slips_past_one_who_is_not_debuggable),
		ON_STAGE(a_tracer_never_waits_on_the_traced),
		ON_STAGE(nor_does_what_the_tracer_starts),
		ON_STAGE(nor_the_debugger_that_started_the_tracer),
		ON_STAGE(what_was_answered_is_counted_and_listed),
		ON_STAGE(who_listens_is_told_what_was_let_pass),
		ON_STAGE(stopped_a_thousand_times_under_load_loses_nothing),
	};

	return stage_main(tests, COUNT(tests), 80);
}
