/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlocks, really made: a handler waits for somebody who waits for the handler. Each is named in
 * full, and broken at once, long before the deadline.
 */
#include "tests/system/deeds.h"
#include "tests/system/stage.h"
#include "tests/system/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "system-deadlock"

/* ---- What those do who are waited for ---- */

/* Listens at `path` with a queue of `number`. */
static int deed_listen(const struct deed *deed)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	waiting_kept = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", deed->path);
	unlink(deed->path);
	if (bind(waiting_kept, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(waiting_kept, (int)deed->number) < 0)
		return errno;
	return 0;
}

/* Listens at `path`, and fills its queue by calling itself. */
static int deed_listen_full(const struct deed *deed)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int result = deed_listen(deed);
	int caller;

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", deed->path);
	while (result == 0) {
		caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(caller, (struct sockaddr *)&address, sizeof(address)) < 0)
			result = errno;
		close(caller);
	}
	return result == EAGAIN ? 0 : result;
}

/* Takes one caller's question, and opens `path` before it answers. */
static int deed_serve(const struct deed *deed)
{
	int caller = accept4(waiting_kept, NULL, NULL, SOCK_CLOEXEC);
	int result = ECONNRESET;
	char byte;

	if (read(caller, &byte, 1) == 1)
		result = deed_open(deed);
	if (write(caller, "a", 1) < 0)
		result = errno;
	close(caller);
	return result;
}

static int deed_flock(const struct deed *deed)
{
	waiting_kept = open(deed->path, O_RDWR | O_CLOEXEC);
	return flock(waiting_kept, LOCK_EX) < 0 ? errno : 0;
}

static int deed_record_lock(const struct deed *deed)
{
	struct flock lock = {.l_type = F_WRLCK};

	waiting_kept = open(deed->path, O_RDWR | O_CLOEXEC);
	return fcntl(waiting_kept, F_SETLK, &lock) < 0 ? errno : 0;
}

static int deed_open_file_lock(const struct deed *deed)
{
	struct flock lock = {.l_type = F_WRLCK};

	waiting_kept = open(deed->path, O_RDWR | O_CLOEXEC);
	return fcntl(waiting_kept, F_OFD_SETLK, &lock) < 0 ? errno : 0;
}

/* Nothing yet. */
static int deed_nothing(const struct deed *deed)
{
	(void)deed;
	return 0;
}

/* A child of its own ends up with what was opened here for writing, and opens `path`. */
static int leave_to_child(const struct deed *deed, const char *name)
{
	pid_t child;
	int status;

	waiting_kept = open(deed->other, O_WRONLY | O_CLOEXEC);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_NAME, name);
		_exit(deed_open(deed));
	}
	close(waiting_kept);
	waiting_kept = -1;
	if (child < 0 || waitpid(child, &status, 0) != child)
		return ECHILD;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int deed_leak(const struct deed *deed)
{
	return leave_to_child(deed, "heir");
}

/* The same in a pid namespace, whose first process has nobody above it. */
static int deed_leave_to_init(const struct deed *deed)
{
	return unshare(CLONE_NEWPID) < 0 ? errno : leave_to_child(deed, "init");
}

/* ---- A story ---- */

/* How the handler waits, and what its helper does before and then. */
struct story {
	void (*wait)(const char *path);
	int (*before)(const struct deed *deed);
	int (*then)(const struct deed *deed);
	long number;
	bool fifo; /* that it waits at, else it is a file */
	const char *who; /* a child of the helper; NULL: the helper itself */
	const char *how; /* in words, before the path */
};

static void tell(const struct story *story)
{
	struct scene scene = scene_begin();
	const char *path = stage_aside("place");
	struct subject *helper = subject_new();
	struct deed deed = deed_of(story->then, scene.gated, path, O_RDONLY);
	struct player client;
	char expected[256], end[1024];
	const char *const texts[] = {expected, end};

	unlink(path);
	if (story->fifo)
		assert_int_equal(mkfifo(path, 0600), 0);
	else
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(subject_do(helper, story->before, path, story->number), 0);
	client = start_client(part_of(&scene, story->wait, path));
	play_both(&scene, &client, helper, &deed);
	if (story->who)
		snprintf(expected, sizeof(expected), ARROW " %s ", story->who);
	else
		snprintf(expected, sizeof(expected),
			 "deadlock: client %d (" NAME ") " ARROW " " NAME " %d ", (int)client.pid,
			 (int)subject_pid(helper));
	snprintf(end, sizeof(end), " (%s%s) " ARROW " open %s " ARROW " client %d;", story->how,
		 path, scene.gated, (int)client.pid);
	subject_end(helper);
	end_client(&client);
	scene_end(&scene, texts, COUNT(texts));
}

/* ---- 1: self recursion ---- */

/* The handler waits for somebody of its own, whom nobody has to help. */
static void tell_of_own(void (*wait)(const char *path), const char *first)
{
	struct scene scene = scene_begin();
	struct player client = start_client(part_of(&scene, wait, scene.gated));
	char beginning[256], end[256];
	const char *const texts[] = {beginning, end};

	play_both(&scene, &client, NULL, NULL);
	snprintf(beginning, sizeof(beginning), "deadlock: client %d (" NAME ") " ARROW " %s ",
		 (int)client.pid, first);
	snprintf(end, sizeof(end), " (wait for its end) " ARROW " open %s " ARROW " client %d;",
		 scene.gated, (int)client.pid);
	end_client(&client);
	scene_end(&scene, texts, COUNT(texts));
}

static void the_handler_waits_for_its_child(void **state)
{
	(void)state;
	tell_of_own(wait_for_child, "cat");
}

static void the_handler_waits_for_a_mutex(void **state)
{
	(void)state;
	tell_of_own(wait_for_mutex, "worker");
}

/* ---- 2: helper recursion ---- */

static void the_helper_does_not_answer(void **state)
{
	static const struct story story = {.wait = wait_for_helper,
					   .before = deed_listen,
					   .then = deed_serve,
					   .how = "read from ",
					   .number = 8};

	(void)state;
	tell(&story);
}

static void the_helper_accepts_nobody(void **state)
{
	static const struct story story = {.wait = wait_for_helper,
					   .before = deed_listen,
					   .then = deed_open,
					   .how = "read from ",
					   .number = 8};

	(void)state;
	tell(&story);
}

static void the_helper_has_a_full_queue(void **state)
{
	static const struct story story = {.wait = wait_for_helper,
					   .before = deed_listen_full,
					   .then = deed_open,
					   .how = "connect "};

	(void)state;
	tell(&story);
}

/* ---- 5: lock inversion ---- */

static void the_subject_holds_a_flock(void **state)
{
	static const struct story story = {.wait = wait_for_flock,
					   .before = deed_flock,
					   .then = deed_open,
					   .how = "flock of "};

	(void)state;
	tell(&story);
}

static void the_subject_holds_a_record_lock(void **state)
{
	static const struct story story = {.wait = wait_for_record_lock,
					   .before = deed_record_lock,
					   .then = deed_open,
					   .how = "record lock of "};

	(void)state;
	tell(&story);
}

static void the_subject_holds_an_open_file_lock(void **state)
{
	static const struct story story = {.wait = wait_for_open_file_lock,
					   .before = deed_open_file_lock,
					   .then = deed_open,
					   .how = "open file lock of "};

	(void)state;
	tell(&story);
}

/* ---- 4: two listeners ---- */

static void two_clients_ask_each_other(void **state)
{
	struct scene scene = scene_begin();
	const char *for_one = stage_file("for-one", "content");
	const char *for_two = stage_file("for-two", "content");
	struct part second = part_of(&scene, wait_for_file, for_one);
	struct player one = start_client(part_of(&scene, wait_for_file, for_two));
	struct player two;
	char text[1024];
	const char *const texts[] = {text};

	(void)state;
	second.trigger = for_two;
	two = start_client(second);
	play_both(&scene, &one, NULL, NULL);
	snprintf(text, sizeof(text),
		 "deadlock: client %d (" NAME ") " ARROW " open %s " ARROW " client %d (" NAME
		 ") " ARROW " open %s " ARROW " client %d;",
		 (int)one.pid, for_two, (int)two.pid, for_one, (int)one.pid);
	end_client(&one);
	end_client(&two);
	scene_end(&scene, texts, COUNT(texts));
}

/* ---- 6: a handle that was left to somebody ---- */

static void an_heir_holds_the_other_end(void **state)
{
	static const struct story story = {.wait = wait_for_end,
					   .before = deed_nothing,
					   .then = deed_leak,
					   .how = "read from ",
					   .fifo = true,
					   .who = "heir"};

	(void)state;
	tell(&story);
}

/* ---- 8: those everybody needs ---- */

static void the_first_process_is_held(void **state)
{
	static const struct story story = {.wait = wait_for_end,
					   .before = deed_nothing,
					   .then = deed_leave_to_init,
					   .how = "read from ",
					   .fifo = true,
					   .who = "init"};

	(void)state;
	tell(&story);
}

static void a_killed_client_is_told_why(void **state)
{
	struct scene scene = scene_begin();
	struct part part = part_of(&scene, wait_for_child, scene.gated);
	struct subject *subject = subject_new();
	struct player client;
	char text[256];
	const char *const texts[] = {text};
	int status;

	(void)state;
	part.mode = ES_DEADLINE_MISS_MODE_KILL;
	client = start_client(part);
	assert_int_equal(subject_do(subject, deed_open, scene.trigger, O_RDONLY), 0);
	subject_end(subject);
	snprintf(text, sizeof(text), " " ARROW " client %d; killed client ", (int)client.pid);
	close(client.told);
	status = stage_apart_wait(client.pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	scene_end(&scene, texts, COUNT(texts));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(the_handler_waits_for_its_child),
		ON_STAGE(the_handler_waits_for_a_mutex),
		ON_STAGE(the_helper_does_not_answer),
		ON_STAGE(the_helper_accepts_nobody),
		ON_STAGE(the_helper_has_a_full_queue),
		ON_STAGE(two_clients_ask_each_other),
		ON_STAGE(the_subject_holds_a_flock),
		ON_STAGE(the_subject_holds_a_record_lock),
		ON_STAGE(the_subject_holds_an_open_file_lock),
		ON_STAGE(an_heir_holds_the_other_end),
		ON_STAGE(the_first_process_is_held),
		ON_STAGE(a_killed_client_is_told_why),
	};

	return stage_main(tests, COUNT(tests), 60);
}
