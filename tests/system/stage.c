/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage: builds it, runs the tests on it, clears it between two tests and takes it down. Tells
 * the library where the daemon is and what it may watch, by the environment.
 */
#include "tests/system/stage.h"

#include "base/clock.h"
#include "tests/system/guard.h"
#include "tests/system/left.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/subject.h"

#include <EndpointSecurity/ESLinux.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long one thing that must happen may take, on a machine that is not slow. */
#define PATIENCE_SECONDS 10

enum { PATHS = 64 }; /* one more takes the place of the first */

static char base[64];
static char root[80];
static pid_t player; /* the process that runs the tests */
static struct left before;
static char paths[PATHS][sizeof(root) + 256];
static unsigned int next_path;

const char *stage_root(void)
{
	return root;
}

static const char *join(const char *directory, const char *name)
{
	char *path = paths[next_path++ % PATHS];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

const char *stage_path(const char *name)
{
	return join(root, name);
}

const char *stage_aside(const char *name)
{
	return join(base, name);
}

const char *stage_file(const char *name, const char *content)
{
	const char *path = stage_path(name);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(file >= 0);
	assert_int_equal(write(file, content, strlen(content)), strlen(content));
	assert_int_equal(close(file), 0);
	return path;
}

const char *stage_program(const char *name, const char *from)
{
	const char *path = stage_path(name);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	int file = open(from, O_RDONLY | O_CLOEXEC);
	struct stat status;

	assert_true(to >= 0 && file >= 0);
	assert_int_equal(fstat(file, &status), 0);
	assert_int_equal(sendfile(to, file, NULL, (size_t)status.st_size), status.st_size);
	assert_int_equal(close(file), 0);
	assert_int_equal(close(to), 0);
	return path;
}

#ifdef __has_feature
#define SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#else
#define SANITIZED 0
#endif

unsigned int stage_slowness(void)
{
	return (SANITIZED ? 4 : 1) * (getenv("ES_GUEST") ? 3 : 1);
}

uint64_t stage_deadline(void)
{
	return clock_now_ns() + PATIENCE_SECONDS * stage_slowness() * NANOSECONDS_PER_SECOND;
}

/* ---- Each test ---- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	return place->level == 0 ? 0 : remove(path);
}

/* A private daemon ends with its last client; its next of kin is the guard. */
static void await_daemon(void *context, pid_t pid, const char *name)
{
	int handle = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd wanted = {.fd = handle, .events = POLLIN};

	if (handle < 0)
		return;
	if (strncmp(name, LEFT_DAEMON_NAME, strlen(LEFT_DAEMON_NAME)) == 0 &&
	    poll(&wanted, 1, clock_milliseconds_until(stage_deadline())) <= 0) {
		print_message("# left behind: the private daemon %d\n", (int)pid);
		++*(unsigned int *)context;
	}
	close(handle);
}

int stage_begin(void **state)
{
	(void)state;
	left_look(&before);
	return 0;
}

int stage_end(void **state)
{
	unsigned int recorders, subjects, daemons;

	(void)state;
	/* A part apart has failed: it ends here, and does not go on as a second player. */
	if (getpid() != player)
		_exit(1);
	recorders = recorder_free_all();
	subjects = subject_end_all();
	daemons = service_end_all();
	left_each_child(getppid(), await_daemon, &daemons);
	if (recorders + subjects + daemons > 0)
		print_message("# left behind: %u recorders, %u subjects, %u daemons\n", recorders,
			      subjects, daemons);
	if (nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		return -1;
	return left_nothing(&before) && recorders + subjects + daemons == 0 ? 0 : -1;
}

/* ---- A part apart ---- */

pid_t stage_apart(void (*part)(void *context), void *context)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		subject_disown_all();
		part(context);
		_exit(recorder_free_all() + subject_end_all() == 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	return pid;
}

int stage_apart_wait(pid_t pid)
{
	int handle = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd wanted = {.fd = handle, .events = POLLIN};
	int status = -1;

	assert_true(handle >= 0);
	if (poll(&wanted, 1, clock_milliseconds_until(stage_deadline())) <= 0) {
		kill(pid, SIGKILL);
		print_message("# the part apart (%d) did not end\n", (int)pid);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(handle);
	return status;
}

/* ---- All tests ---- */

static void ignore(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	(void)message;
	(void)context;
}

/* Without a client there is no test: what is wrong is said once. */
static int open_stage(void **state)
{
	es_client_t *client = NULL;
	es_new_client_result_t result = es_new_client_f(&client, ignore, NULL);

	(void)state;
	if (result != ES_NEW_CLIENT_RESULT_SUCCESS) {
		print_message("# no client: %d, %s\n", (int)result, es_linux_last_error());
		return -1;
	}
	return es_delete_client(client) == ES_RETURN_SUCCESS ? 0 : -1;
}

/*
 * Builds the stage and starts the program once more on it: a program that runs is always one of
 * the mount namespace it was executed in, and the daemon is to know its path.
 */
static int build(void *program)
{
	char *arguments[] = {program, NULL};

	setsid();
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("aside", base, "tmpfs", 0, "mode=755,size=16m") < 0 || mkdir(root, 0755) < 0 ||
	    mount("stage", root, "tmpfs", 0, "mode=755,size=64m") < 0) {
		printf("Bail out! No stage at %s: %s. System tests need a root that may mount.\n",
		       root, strerror(errno));
		return 1;
	}
	setenv("ES_ROOT", root, 1);
	setenv("STAGE", base, 1);
	execv(program, arguments);
	printf("Bail out! %s: %s\n", (char *)program, strerror(errno));
	return 1;
}

static void name_places(const char *at)
{
	snprintf(base, sizeof(base), "%s", at);
	snprintf(root, sizeof(root), "%s/watched", base);
}

static int play(const struct CMUnitTest *tests, size_t count)
{
	name_places(getenv("STAGE"));
	unsetenv("STAGE");
	player = getpid();
	return _cmocka_run_group_tests("system", tests, count, open_stage, NULL);
}

/* What is missing to run at all; NULL: nothing. */
static const char *unmet(void)
{
	if (geteuid() != 0)
		return "System tests need root: they hold file operations. Run them with sudo.";
	if (!getenv("ES_DAEMON"))
		return "ES_DAEMON names no daemon. Run: meson test --suite system";
	return NULL;
}

int stage_main(const struct CMUnitTest *tests, size_t count, unsigned int seconds)
{
	char place[] = "/tmp/stage-XXXXXX";
	char program[PATH_MAX] = "";
	int code;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (unmet()) {
		printf("Bail out! %s\n", unmet());
		return 1;
	}
	if (getenv("STAGE"))
		return play(tests, count);
	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0 || !mkdtemp(place)) {
		printf("Bail out! %s: %s\n", place, strerror(errno));
		return 1;
	}
	name_places(place);
	code = guard_run(build, program, seconds * stage_slowness());
	rmdir(place);
	return code;
}
