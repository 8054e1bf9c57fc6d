/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients whose handler waits, and the play around them. The client lives in a process of its own,
 * since it may be killed, stopped or frozen; it says by a pipe how far it is.
 */
#include "tests/system/waiting.h"

#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_AUTH_EXEC};

int waiting_kept = -1;

int deed_close(const struct deed *deed)
{
	(void)deed;
	if (waiting_kept >= 0)
		close(waiting_kept);
	waiting_kept = -1;
	return 0;
}

/* ---- Clients ---- */

static void handle(es_client_t *client, const es_message_t *message, void *context)
{
	const struct part *part = context;
	bool executes = message->event_type == ES_EVENT_TYPE_AUTH_EXEC;
	const es_string_token_t *path = executes ? &message->event.exec.target->executable->path
						 : &message->event.open.file->path;

	if (strlen(part->trigger) == path->length &&
	    memcmp(part->trigger, path->data, path->length) == 0) {
		if (write(part->told, "h", 1) == 1) {
			part->wait(part->path);
			if (write(part->told, "d", 1) != 1)
				return;
		}
	}
	if (executes)
		es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
	else
		es_respond_flags_result(client, message, UINT32_MAX, false);
}

static void play(void *context)
{
	struct part *part = context;
	es_client_t *client = NULL;

	assert_int_equal(es_new_client_f(&client, handle, part), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_set_deadline_miss_mode(client, part->mode), ES_RETURN_SUCCESS);
	assert_int_equal(
		es_set_deadline_max_milliseconds(client, events, COUNT(events), part->deadline_ms),
		ES_RETURN_SUCCESS);
	assert_int_equal(es_subscribe(client, events, COUNT(events)), ES_RETURN_SUCCESS);
	assert_int_equal(write(part->told, "r", 1), 1);
	for (;;)
		pause();
}

/* Waits until the client says so. */
void await_word(const struct player *player, char word)
{
	struct pollfd wanted = {.fd = player->told, .events = POLLIN};
	char said = 0;

	assert_int_equal(poll(&wanted, 1, clock_milliseconds_until(stage_deadline())), 1);
	assert_int_equal(read(player->told, &said, 1), 1);
	assert_int_equal(said, word);
}

struct player start_client(struct part part)
{
	struct player player;
	int told[2];

	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	part.told = told[1];
	player.pid = stage_apart(play, &part);
	player.told = told[0];
	close(told[1]);
	await_word(&player, 'r');
	return player;
}

void end_client(const struct player *player)
{
	kill(player->pid, SIGKILL);
	close(player->told);
	stage_apart_wait(player->pid);
}

/* ---- What a handler waits for ---- */

void wait_for_child(const char *path)
{
	char *arguments[] = {(char *)"cat", (char *)path, NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, "/bin/cat", &actions, NULL, arguments, NULL) == 0)
		waitpid(pid, NULL, 0);
	posix_spawn_file_actions_destroy(&actions);
}

static int call(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
	if (connect(caller, (struct sockaddr *)&address, sizeof(address)) == 0)
		return caller;
	close(caller);
	return -1;
}

void wait_for_helper(const char *path)
{
	char byte = 'q';
	int caller = call(path);

	if (caller >= 0 && write(caller, &byte, 1) == 1 && read(caller, &byte, 1) >= 0)
		close(caller);
}

void wait_for_file(const char *path)
{
	close(open(path, O_RDONLY | O_CLOEXEC));
}

void wait_for_flock(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	flock(file, LOCK_EX);
	close(file);
}

void wait_for_record_lock(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK};
	int file = open(path, O_RDWR | O_CLOEXEC);

	fcntl(file, F_SETLKW, &lock);
	close(file);
}

void wait_for_open_file_lock(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK};
	int file = open(path, O_RDWR | O_CLOEXEC);

	fcntl(file, F_OFD_SETLKW, &lock);
	close(file);
}

/* Reads a fifo to its end. */
void wait_for_end(const char *path)
{
	int fifo = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	while (read(fifo, &byte, 1) > 0)
		;
	close(fifo);
}

void wait_to_trace(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	pid_t pid;

	if (read(file, text, sizeof(text) - 1) < 0)
		return;
	close(file);
	pid = (pid_t)strtol(text, NULL, 10);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

void wait_for_nothing(const char *path)
{
	(void)path;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int locked[2];

static void *lock_and_wait(void *context)
{
	pthread_setname_np(pthread_self(), "worker");
	pthread_mutex_lock(&mutex);
	if (write(locked[1], "l", 1) == 1)
		wait_for_child(context);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

void wait_for_mutex(const char *path)
{
	pthread_t thread;
	char byte;

	if (pipe2(locked, O_CLOEXEC) < 0 ||
	    pthread_create(&thread, NULL, lock_and_wait, (void *)path) != 0 ||
	    read(locked[0], &byte, 1) != 1)
		return;
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
}

/* ---- The play ---- */

struct scene scene_begin(void)
{
	struct scene scene = {.daemon = service_start()};

	scene.trigger = stage_file("trigger", "content");
	scene.gated = stage_file("gated", "content");
	return scene;
}

/* Ends the daemon; its log must hold these texts. */
void scene_end(const struct scene *scene, const char *const texts[], size_t count)
{
	bool complete = true;
	char *log;

	assert_int_equal(service_end(scene->daemon, SIGTERM), 0);
	log = service_log();
	for (size_t i = 0; i < count; i++) {
		if (strstr(log, texts[i]))
			continue;
		complete = false;
		print_message("# not in the log: %s\n", texts[i]);
	}
	for (char *line = strtok(log, "\n"); line && !complete; line = strtok(NULL, "\n"))
		print_message("# %s\n", line);
	assert_true(complete);
	free(log);
	service_forget();
}

struct part part_of(const struct scene *scene, void (*wait)(const char *path), const char *path)
{
	return (struct part){
		.wait = wait,
		.trigger = scene->trigger,
		.path = path,
		.deadline_ms = LONG_MS,
		.mode = ES_DEADLINE_MISS_MODE_FAIL_OPEN,
	};
}

/*
 * The client's handler waits for the helper, which opens what is gated; both are let go long before
 * the deadline. Then the helper lets go of the handler.
 */
void play_both(const struct scene *scene, const struct player *client, struct subject *helper,
	       const struct deed *deed)
{
	struct subject *subject = subject_new();
	struct deed opening = deed_of(deed_open, scene->trigger, NULL, O_RDONLY);
	uint64_t began = clock_now_ns();

	subject_begin(subject, &opening);
	await_word(client, 'h');
	if (helper) {
		subject_begin(helper, deed);
		assert_int_equal(subject_finish(helper), 0);
		assert_int_equal(subject_do(helper, deed_close, "", 0), 0);
	}
	assert_int_equal(subject_finish(subject), 0);
	assert_true(clock_now_ns() - began < LONG_MS / 2 * NANOSECONDS_PER_MILLISECOND);
	subject_end(subject);
}

/* Asks until the daemon's words for what is pending hold this text. */
void await_why(const char *option, const char *text)
{
	uint64_t deadline = stage_deadline();
	char command[512], said[8192] = "", last[8192] = "";

	snprintf(command, sizeof(command), "%s --socket %s %s", getenv("ES_ESCTL"),
		 service_socket(), option);
	while (!strstr(said, text) && clock_now_ns() < deadline) {
		FILE *output = popen(command, "re");

		assert_non_null(output);
		said[fread(said, 1, sizeof(said) - 1, output)] = '\0';
		pclose(output);
		if (strstr(said, ARROW) || strstr(said, ", which "))
			memcpy(last, said, sizeof(last));
	}
	if (!strstr(said, text)) {
		char *log = service_log();

		print_message("# not said: %s\n# said last: %s\n# the log: %s\n", text, last, log);
		free(log);
	}
	assert_non_null(strstr(said, text));
}
