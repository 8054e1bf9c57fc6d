/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only looks like a deadlock, or may end by itself, is shown and not acted on: a client that
 * is stopped by a debugger, frozen, or only slow. And one that this kernel does not let happen.
 */
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"
#include "tests/system/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "system-waits"

/* Opens `path`; the number is another's. */
static int open_it(const struct deed *deed)
{
	const struct deed opening = deed_of(deed_open, deed->path, NULL, O_RDONLY);

	return deed_open(&opening);
}

/* Stops the thread `number`, opens `path`, lets it go on. */
static int deed_debug(const struct deed *deed)
{
	pid_t tid = (pid_t)deed->number;
	int result, status;

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 || waitpid(tid, &status, __WALL) != tid)
		return errno;
	result = open_it(deed);
	ptrace(PTRACE_DETACH, tid, NULL, NULL);
	return result;
}

/* A child writes its number into `other` and executes `path`. */
static int deed_execute(const struct deed *deed)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int file = open(deed->other, O_WRONLY | O_TRUNC | O_CLOEXEC);

		dprintf(file, "%d", (int)getpid());
		close(file);
		execl(deed->path, deed->path, (char *)NULL);
		_exit(errno);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return ECHILD;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int write_text(const char *directory, const char *name, const char *text)
{
	char path[1024];
	int file, result;

	snprintf(path, sizeof(path), "%.500s/%s", directory, name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	result = write(file, text, strlen(text)) < 0 ? errno : 0;
	close(file);
	return result;
}

/* Waits until the cgroup says so. */
static int await_frozen(const char *directory, bool old)
{
	uint64_t deadline = stage_deadline();
	char path[1024], text[256] = "";

	snprintf(path, sizeof(path), "%.500s/%s", directory,
		 old ? "freezer.state" : "cgroup.events");
	while (!strstr(text, old ? "FROZEN" : "frozen 1")) {
		int file = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t size = read(file, text, sizeof(text) - 1);

		close(file);
		if (size < 0 || clock_now_ns() > deadline)
			return ETIME;
		text[size] = '\0';
	}
	return 0;
}

/* Freezes the cgroup `other` with the process `number`, opens `path`, thaws it. */
static int deed_freeze(const struct deed *deed)
{
	bool old = strstr(deed->other, "/freezer/");
	char number[16];
	int result;

	snprintf(number, sizeof(number), "%ld", deed->number);
	result = write_text(deed->other, "cgroup.procs", number);
	if (result == 0)
		result = write_text(deed->other, old ? "freezer.state" : "cgroup.freeze",
				    old ? "FROZEN" : "1");
	if (result == 0)
		result = await_frozen(deed->other, old);
	if (result == 0)
		result = open_it(deed);
	write_text(deed->other, old ? "freezer.state" : "cgroup.freeze", old ? "THAWED" : "0");
	return result;
}

/* ---- 5: a lock of the kernel's ---- */

/*
 * An exec holds a lock of its process until it is done, and to begin to trace takes it. Before
 * Linux 6.8 the program was opened with that lock, and a handler that began to trace its subject
 * waited for itself. Now it is not, and what is opened with it later (loader, interpreter) is not
 * asked about.
 */
static void a_handler_may_trace_who_executes(void **state)
{
	struct scene scene = scene_begin();
	const char *place = stage_aside("number");
	struct part part = part_of(&scene, wait_to_trace, place);
	struct subject *subject = subject_new();
	struct deed deed;
	struct player client;
	char *log;

	(void)state;
	part.trigger = stage_program("program", "/bin/true");
	deed = deed_of(deed_execute, part.trigger, place, 0);
	close(open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	client = start_client(part);
	subject_begin(subject, &deed);
	await_word(&client, 'h');
	await_word(&client, 'd');
	/* Whoever is traced can be waited for once its tracer is gone. */
	end_client(&client);
	assert_int_equal(subject_finish(subject), 0);
	subject_end(subject);
	log = service_log();
	/* Where the kernel lets it happen, it is named. */
	if (strstr(log, "deadlock"))
		assert_non_null(
			strstr(log, "(ptrace while it executes a program) " ARROW " exec "));
	free(log);
	scene_end(&scene, NULL, 0);
}

/* ---- 3: debugger recursion ---- */

static pid_t handler_of(pid_t pid)
{
	char path[64], command[128];
	FILE *found;
	int tid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	snprintf(command, sizeof(command), "grep -lx es-handler %s/*/comm", path);
	found = popen(command, "re");
	assert_non_null(found);
	assert_int_equal(fscanf(found, "/proc/%*d/task/%d/comm", &tid), 1);
	pclose(found);
	return tid;
}

/* A stop is shown, and waiting_kept for the line of the deadline; it is nothing to act on. */
static void the_debugger_opens_a_file(void **state)
{
	struct scene scene = scene_begin();
	struct part part = part_of(&scene, wait_for_nothing, NULL);
	struct subject *debugger = subject_new();
	struct deed deed = deed_of(deed_debug, scene.gated, NULL, 0);
	struct player client;
	char why[512], line[640];
	const char *const texts[] = {line};

	(void)state;
	part.deadline_ms = 2000 * stage_slowness();
	client = start_client(part);
	deed.number = handler_of(client.pid);
	snprintf(why, sizeof(why),
		 "client %d (" NAME ") " ARROW " " NAME " %d (stopped by it) " ARROW
		 " open %s " ARROW " client %d",
		 (int)client.pid, (int)subject_pid(debugger), scene.gated, (int)client.pid);
	snprintf(line, sizeof(line), ", because %s; allowed: ", why);
	subject_begin(debugger, &deed);
	await_why("pending --why", why);
	await_why("--json pending", "\"cycle\":\"plausible\"");
	assert_int_equal(subject_finish(debugger), 0);
	subject_end(debugger);
	end_client(&client);
	scene_end(&scene, texts, COUNT(texts));
}

/* ---- 7: freezing ---- */

/* Makes a cgroup that can be frozen. False: this machine has none. */
static bool make_cgroup(char path[128])
{
	static const char *const roots[] = {"/sys/fs/cgroup/freezer", "/sys/fs/cgroup/unified",
					    "/sys/fs/cgroup"};

	for (size_t i = 0; i < COUNT(roots); i++) {
		char file[192];

		snprintf(path, 128, "%s/es-deadlock-%d", roots[i], (int)getpid());
		if (mkdir(path, 0755) < 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", path,
			 i == 0 ? "freezer.state" : "cgroup.freeze");
		if (access(file, W_OK) == 0)
			return true;
		rmdir(path);
	}
	return false;
}

/* Who would thaw a client nobody can know: it is shown that it is frozen. */
static void the_client_is_frozen(void **state)
{
	struct scene scene = scene_begin();
	struct part part = part_of(&scene, wait_for_nothing, NULL);
	struct subject *freezer = subject_new();
	char cgroup[128], why[256];
	const char *const texts[] = {why};
	struct player client;
	struct deed deed;

	(void)state;
	assert_true(make_cgroup(cgroup));
	part.deadline_ms = 2000 * stage_slowness();
	client = start_client(part);
	deed = deed_of(deed_freeze, scene.gated, cgroup, client.pid);
	snprintf(why, sizeof(why), "client %d (" NAME "), which is frozen with its cgroup",
		 (int)client.pid);
	subject_begin(freezer, &deed);
	await_why("pending --why", why);
	assert_int_equal(subject_finish(freezer), 0);
	subject_end(freezer);
	end_client(&client);
	assert_int_equal(rmdir(cgroup), 0);
	scene_end(&scene, texts, COUNT(texts));
}

/* ---- Answers that another thread owes ---- */

static void keep_it(es_client_t *client, const es_message_t *message, void *context)
{
	const int *told = context;

	(void)client;
	es_retain_message(message);
	if (write(*told, "h", 1) != 1)
		abort();
}

/* A client whose handler returns and leaves the answer to nobody. */
static void play_keeper(void *context)
{
	es_client_t *client = NULL;
	const es_event_type_t event = ES_EVENT_TYPE_AUTH_OPEN;

	assert_int_equal(es_new_client_f(&client, keep_it, context), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_set_deadline_miss_mode(client, ES_DEADLINE_MISS_MODE_FAIL_OPEN),
			 ES_RETURN_SUCCESS);
	assert_int_equal(
		es_set_deadline_max_milliseconds(client, &event, 1, 2000 * stage_slowness()),
		ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, &event, 1), ES_RETURN_SUCCESS);
	assert_int_equal(write(*(int *)context, "r", 1), 1);
	for (;;)
		pause();
}

static void a_handler_that_has_returned_is_told(void **state)
{
	struct scene scene = scene_begin();
	struct subject *subject = subject_new();
	struct deed opening = deed_of(deed_open, scene.trigger, NULL, O_RDONLY);
	struct player client;
	char why[256];
	const char *const texts[] = {why};
	int told[2];

	(void)state;
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	client.pid = stage_apart(play_keeper, &told[1]);
	client.told = told[0];
	close(told[1]);
	await_word(&client, 'r');
	subject_begin(subject, &opening);
	await_word(&client, 'h');
	snprintf(why, sizeof(why),
		 "client %d (" NAME
		 "), which has returned from its handler and owes the answer since",
		 (int)client.pid);
	await_why("pending --why", why);
	assert_int_equal(subject_finish(subject), 0);
	subject_end(subject);
	end_client(&client);
	scene_end(&scene, texts, COUNT(texts));
}

/* A handler that only takes its time is left alone. */
static void whoever_only_is_slow_is_left_alone(void **state)
{
	struct scene scene = scene_begin();
	const char *path = stage_aside("slow");
	struct subject *subject = subject_new();
	struct deed opening = deed_of(deed_open, scene.trigger, NULL, O_RDONLY);
	struct player client;
	const char *const texts[] = {"unanswered for "};
	int fifo;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	client = start_client(part_of(&scene, wait_for_end, path));
	fifo = open(path, O_RDWR | O_CLOEXEC);
	subject_begin(subject, &opening);
	await_word(&client, 'h');
	await_why("pending --why", NAME);
	await_why("--json pending", "\"cycle\":null");
	while (true) {
		char *log = service_log();
		bool told = strstr(log, "unanswered for ");

		free(log);
		if (told)
			break;
	}
	assert_true(subject_is_busy(subject));
	close(fifo);
	assert_int_equal(subject_finish(subject), 0);
	subject_end(subject);
	end_client(&client);
	scene_end(&scene, texts, COUNT(texts));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(the_debugger_opens_a_file),
		ON_STAGE(a_handler_may_trace_who_executes),
		ON_STAGE(the_client_is_frozen),
		ON_STAGE(a_handler_that_has_returned_is_told),
		ON_STAGE(whoever_only_is_slow_is_left_alone),
	};

	return stage_main(tests, COUNT(tests), 45);
}
