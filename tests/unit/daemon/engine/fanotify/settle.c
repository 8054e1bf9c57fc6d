/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of processes when the connector has lost news of them. The processes are real and in
 * /proc; the news are made up: this test is the connector (the linker's --wrap), and may lose.
 */
#include "daemon/engine/fanotify/tracking.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { NEWS_MAX = 16, THREADS_MAX = 8, DEADLINE_MS = 20000, STATUS = 42 << 8 };

/* The connector. */
static struct connector_event news[NEWS_MAX];
static size_t news_count;
static bool lost;

int __wrap_connector_drain(int socket,
			   void (*each)(void *context, const struct connector_event *event),
			   void *context);
int __wrap_connector_drain(int socket,
			   void (*each)(void *context, const struct connector_event *event),
			   void *context)
{
	size_t count = news_count;
	int result = lost ? -ENOBUFS : 0;

	(void)socket;
	news_count = 0;
	lost = false;
	for (size_t i = 0; i < count; i++)
		each(context, &news[i]);
	return result;
}

static void tell(struct connector_event event)
{
	assert_true(news_count < NEWS_MAX);
	event.time_ns = clock_now_ns();
	news[news_count++] = event;
}

struct scene {
	struct tracking *tracking;
	int kick;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	news_count = 0;
	lost = false;
	scene->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* Any descriptor that is always readable: there may be news. */
	assert_int_equal(
		tracking_new(&scene->tracking, eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK), scene->kick),
		0);
	tracking_want(scene->tracking, ~0U);
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	tracking_free(scene->tracking);
	close(scene->kick);
	free(scene);
	return 0;
}

/* A child that reads letters: 'e' execs a program that reads on, 't' ends its second thread. */
struct child {
	pid_t pid;
	pid_t second; /* thread; 0: none */
	pid_t others[THREADS_MAX]; /* threads it ended with, beside the first: a sanitizer has one
				    */
	int other_count;
	int letters;
	int answers;
};

static int child_letters, child_answers, second_end;

static void *live_second(void *unused)
{
	pid_t tid = gettid();
	char letter;

	(void)!write(child_answers, &tid, sizeof(tid));
	(void)!read(second_end, &letter, 1);
	return unused;
}

static _Noreturn void live(bool two)
{
	pthread_t second;
	int ends[2];
	char letter;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pipe(ends) < 0)
		_exit(1);
	second_end = ends[0];
	if (two)
		pthread_create(&second, NULL, live_second, NULL);
	while (read(child_letters, &letter, 1) == 1) {
		if (letter == 'e') {
			dup2(child_letters, STDIN_FILENO);
			dup2(child_answers, STDOUT_FILENO);
			execl("/bin/sh", "sh", "-c", "echo; read line", (char *)NULL);
		}
		close(ends[1]);
		pthread_join(second, NULL);
		(void)!write(child_answers, &letter, 1);
	}
	_exit(STATUS >> 8);
}

static struct child child_new(bool two)
{
	struct child child = {.pid = 0};
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	child.pid = fork();
	if (child.pid == 0) {
		child_letters = to[0];
		child_answers = from[1];
		close(to[1]);
		live(two);
	}
	close(to[0]);
	close(from[1]);
	child.letters = to[1];
	child.answers = from[0];
	if (two)
		assert_int_equal(read(child.answers, &child.second, sizeof(child.second)),
				 sizeof(child.second));
	return child;
}

static void child_do(const struct child *child, char letter)
{
	assert_int_equal(write(child->letters, &letter, 1), 1);
	assert_int_equal(read(child->answers, &letter, 1), 1);
}

static void child_end(struct child *child)
{
	struct dirent *entry;
	char path[40];
	DIR *threads;
	int status;

	snprintf(path, sizeof(path), "/proc/%d/task", child->pid);
	threads = opendir(path);
	assert_non_null(threads);
	while ((entry = readdir(threads)) && child->other_count < THREADS_MAX) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid > 0 && tid != child->pid)
			child->others[child->other_count++] = tid;
	}
	closedir(threads);
	close(child->letters);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	close(child->answers);
}

static void tell_birth(const struct child *child)
{
	tell((struct connector_event){.kind = CONNECTOR_FORK,
				      .tid = getpid(),
				      .pid = getpid(),
				      .other_tid = child->pid,
				      .other_pid = child->pid});
	if (child->second)
		tell((struct connector_event){.kind = CONNECTOR_FORK,
					      .tid = child->pid,
					      .pid = child->pid,
					      .other_tid = child->second,
					      .other_pid = child->pid});
}

static void tell_end(const struct child *child)
{
	tell((struct connector_event){
		.kind = CONNECTOR_EXIT, .tid = child->pid, .pid = child->pid, .status = STATUS});
}

/* Of a process whose threads were counted anew. */
static void tell_end_of_all(const struct child *child)
{
	for (int i = 0; i < child->other_count; i++)
		tell((struct connector_event){.kind = CONNECTOR_EXIT,
					      .tid = child->others[i],
					      .pid = child->pid,
					      .status = STATUS});
	tell_end(child);
}

static void drain(struct scene *scene)
{
	tracking_lock(scene->tracking);
	tracking_drain(scene->tracking, true);
	tracking_unlock(scene->tracking);
}

static void lose(struct scene *scene)
{
	lost = true;
	drain(scene);
}

/* The next end of this process, if there is one. */
static bool next_end(struct scene *scene, pid_t pid, struct process_event *ret_event)
{
	bool some = true, found = false;

	tracking_lock(scene->tracking);
	while (!found && some) {
		some = tracking_next_end(scene->tracking, ret_event);
		found = some && process_pid(ret_event->process) == pid;
		if (some && !found)
			process_event_done(ret_event);
	}
	tracking_unlock(scene->tracking);
	return found;
}

/* Is all known of it that a loss has left open? */
static bool is_settled(struct scene *scene, pid_t pid)
{
	struct process_table *table = tracking_table(scene->tracking);
	struct process *process;
	bool settled;

	tracking_lock(scene->tracking);
	process = process_table_find(table, pid);
	settled = process && process_table_counted(table, process);
	tracking_unlock(scene->tracking);
	return settled;
}

/* Goes on until this process has ended (true), or is settled; others may take longer. */
static bool settle(struct scene *scene, pid_t pid, struct process_event *ret_event)
{
	uint64_t deadline = clock_now_ns() + DEADLINE_MS * NANOSECONDS_PER_MILLISECOND;
	bool ended = false;

	while (!ended && !is_settled(scene, pid)) {
		int wait = tracking_settle(scene->tracking);

		assert_true(wait >= 0 && clock_now_ns() < deadline);
		poll(NULL, 0, wait);
		drain(scene);
		ended = next_end(scene, pid, ret_event);
	}
	return ended;
}

static void expect_end(struct scene *scene, const struct child *child, bool told)
{
	struct process_event event;

	drain(scene);
	if (!next_end(scene, child->pid, &event))
		assert_true(settle(scene, child->pid, &event));
	assert_int_equal(event.status_missing, !told);
	assert_int_equal(event.status, told ? STATUS : 0);
	process_event_done(&event);
	/* Once. */
	assert_false(next_end(scene, child->pid, &event));
	assert_null(process_table_find(tracking_table(scene->tracking), child->pid));
}

static void expect_no_end(struct scene *scene, const struct child *child)
{
	struct process_event event;

	assert_false(settle(scene, child->pid, &event));
}

static struct record_token token_of(struct scene *scene, const struct child *child)
{
	struct process *process;
	struct record_token token;

	tracking_lock(scene->tracking);
	process = tracking_living(scene->tracking, child->pid);
	assert_non_null(process);
	token = process->token;
	tracking_unlock(scene->tracking);
	return token;
}

static void an_end_that_was_lost_is_told_without_its_status(void **state)
{
	struct child child = child_new(false);

	tell_birth(&child);
	drain(*state);
	child_end(&child);
	lose(*state);
	expect_end(*state, &child, false);
}

static void who_is_not_waited_for_yet_has_ended_too(void **state)
{
	struct child child = child_new(false);
	siginfo_t ended;

	tell_birth(&child);
	drain(*state);
	close(child.letters);
	assert_int_equal(waitid(P_PID, (id_t)child.pid, &ended, WEXITED | WNOWAIT), 0);
	lose(*state);
	expect_end(*state, &child, false);
	waitpid(child.pid, NULL, 0);
	close(child.answers);
}

static void who_lives_on_is_the_same_and_ends_with_its_status(void **state)
{
	struct child child = child_new(false);
	struct record_token before, after;

	tell_birth(&child);
	drain(*state);
	before = token_of(*state, &child);
	lose(*state);
	expect_no_end(*state, &child);
	after = token_of(*state, &child);
	assert_memory_equal(&before, &after, sizeof(before));
	child_end(&child);
	tell_end_of_all(&child);
	expect_end(*state, &child, true);
}

static void an_end_before_the_threads_are_counted_keeps_its_status(void **state)
{
	struct child child = child_new(false);
	siginfo_t ended;

	tell_birth(&child);
	drain(*state);
	lose(*state);
	close(child.letters);
	assert_int_equal(waitid(P_PID, (id_t)child.pid, &ended, WEXITED | WNOWAIT), 0);
	tell_end(&child);
	expect_end(*state, &child, true);
	waitpid(child.pid, NULL, 0);
	close(child.answers);
}

static void a_status_that_may_be_anothers_is_missing(void **state)
{
	struct child child = child_new(false);

	tell_birth(&child);
	drain(*state);
	lose(*state);
	/* It is gone before its end is heard of: somebody else may have had its pid since. */
	child_end(&child);
	tell_end(&child);
	expect_end(*state, &child, false);
}

static void threads_are_counted_anew(void **state)
{
	struct child child = child_new(true);

	tell_birth(&child);
	drain(*state);
	child_do(&child, 't');
	lose(*state);
	expect_no_end(*state, &child);
	child_end(&child);
	tell_end_of_all(&child);
	expect_end(*state, &child, true);
}

static void a_thread_that_ends_meanwhile_does_not_end_its_process(void **state)
{
	struct child child = child_new(true);

	tell_birth(&child);
	drain(*state);
	lose(*state);
	tracking_settle(((struct scene *)*state)->tracking);
	child_do(&child, 't');
	tell((struct connector_event){
		.kind = CONNECTOR_EXIT, .tid = child.second, .pid = child.pid, .status = 7 << 8});
	expect_no_end(*state, &child);
	child_end(&child);
	tell_end_of_all(&child);
	expect_end(*state, &child, true);
}

static void who_was_born_unseen_is_found_and_its_end_told(void **state)
{
	struct child child = child_new(false);
	struct process_event event;

	lose(*state);
	expect_no_end(*state, &child);
	tracking_lock(((struct scene *)*state)->tracking);
	assert_false(tracking_next(((struct scene *)*state)->tracking, &event));
	assert_non_null(
		process_table_find(tracking_table(((struct scene *)*state)->tracking), child.pid));
	tracking_unlock(((struct scene *)*state)->tracking);
	child_end(&child);
	tell_end_of_all(&child);
	expect_end(*state, &child, true);
}

static void an_exec_that_was_lost_makes_another_token(void **state)
{
	struct child child = child_new(false);
	struct record_token before, after;
	struct process_event event;
	struct process *process;

	tell_birth(&child);
	drain(*state);
	token_of(*state, &child);
	/* Its run is known once somebody was told of it. */
	tracking_lock(((struct scene *)*state)->tracking);
	process = tracking_living(((struct scene *)*state)->tracking, child.pid);
	process->stale |= PROCESS_STALE_SURROUNDINGS;
	tracking_complete(((struct scene *)*state)->tracking, process, true);
	before = process->token;
	tracking_unlock(((struct scene *)*state)->tracking);
	child_do(&child, 'e');
	lose(*state);
	after = token_of(*state, &child);
	assert_int_not_equal(before.words[RECORD_TOKEN_PIDVERSION],
			     after.words[RECORD_TOKEN_PIDVERSION]);
	/* The exec itself is not made up. */
	tracking_lock(((struct scene *)*state)->tracking);
	while (tracking_next(((struct scene *)*state)->tracking, &event)) {
		assert_int_equal(event.kind, CONNECTOR_FORK);
		process_event_done(&event);
	}
	tracking_unlock(((struct scene *)*state)->tracking);
	child_end(&child);
}

static void who_takes_over_a_pid_ends_who_had_it(void **state)
{
	struct child child = child_new(false);
	struct record_token before, after;
	struct process_event event;

	tell_birth(&child);
	drain(*state);
	before = token_of(*state, &child);
	/* A pid comes back much later. */
	tell_birth(&child);
	news[0].time_ns += 60 * NANOSECONDS_PER_SECOND;
	drain(*state);
	after = token_of(*state, &child);
	assert_int_not_equal(before.words[RECORD_TOKEN_PIDVERSION],
			     after.words[RECORD_TOKEN_PIDVERSION]);
	tracking_lock(((struct scene *)*state)->tracking);
	assert_true(tracking_next_end(((struct scene *)*state)->tracking, &event));
	tracking_unlock(((struct scene *)*state)->tracking);
	assert_memory_equal(&event.token, &before, sizeof(before));
	assert_true(event.status_missing);
	process_event_done(&event);
	child_end(&child);
}

static void who_was_seen_before_its_birth_was_told_is_one(void **state)
{
	struct child child = child_new(false);
	struct record_token before, after;
	struct process_event event;

	before = token_of(*state, &child);
	tell_birth(&child);
	drain(*state);
	after = token_of(*state, &child);
	assert_memory_equal(&before, &after, sizeof(before));
	tracking_lock(((struct scene *)*state)->tracking);
	assert_true(tracking_next(((struct scene *)*state)->tracking, &event));
	process_event_done(&event);
	assert_false(tracking_next_end(((struct scene *)*state)->tracking, &event));
	tracking_unlock(((struct scene *)*state)->tracking);
	child_end(&child);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_end_that_was_lost_is_told_without_its_status),
		TEST(who_is_not_waited_for_yet_has_ended_too),
		TEST(who_lives_on_is_the_same_and_ends_with_its_status),
		TEST(an_end_before_the_threads_are_counted_keeps_its_status),
		TEST(a_status_that_may_be_anothers_is_missing),
		TEST(threads_are_counted_anew),
		TEST(a_thread_that_ends_meanwhile_does_not_end_its_process),
		TEST(who_was_born_unseen_is_found_and_its_end_told),
		TEST(an_exec_that_was_lost_makes_another_token),
		TEST(who_takes_over_a_pid_ends_who_had_it),
		TEST(who_was_seen_before_its_birth_was_told_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
