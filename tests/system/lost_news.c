/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel tells of processes faster than the daemon listens, and loses some of it: whoever ended
 * unheard is told to have ended all the same, and whoever lives on is not.
 */
#include "base/cleanup.h"
#include "tests/system/deeds.h"
#include "tests/system/facts.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <dirent.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOISE = 200, STATUS = 42, RECEIVE_BUFFER = 8 * 1024 * 1024 };

static const es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_FORK, ES_EVENT_TYPE_NOTIFY_EXIT};

/* How many messages this socket has lost; -1: it is no socket of the process connector. */
static long drops_of(unsigned long inode)
{
	FILE *sockets = fopen("/proc/net/netlink", "re");
	char line[256];
	long result = -1;

	assert_non_null(sockets);
	while (fgets(line, sizeof(line), sockets)) {
		unsigned long protocol, drops, found;

		if (sscanf(line, "%*s %lu %*s %*s %*s %*s %*s %*s %lu %lu", &protocol, &drops,
			   &found) == 3 &&
		    protocol == NETLINK_CONNECTOR && found == inode)
			result = (long)drops;
	}
	fclose(sockets);
	return result;
}

/* The daemon's own socket of the connector, and its inode. */
static int connector_of(pid_t daemon, unsigned long *ret_inode)
{
	char path[64], name[512], link[64];
	OWNED_DESCRIPTOR int pidfd = (int)syscall(SYS_pidfd_open, daemon, 0);
	struct dirent *entry;
	DIR *descriptors;
	int result = -1;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon);
	descriptors = opendir(path);
	assert_non_null(descriptors);
	while (result < 0 && (entry = readdir(descriptors))) {
		ssize_t length;

		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		length = readlink(name, link, sizeof(link) - 1);
		link[length > 0 ? length : 0] = '\0';
		if (sscanf(link, "socket:[%lu]", ret_inode) == 1 && drops_of(*ret_inode) >= 0)
			result = (int)syscall(SYS_pidfd_getfd, pidfd, atoi(entry->d_name), 0);
	}
	closedir(descriptors);
	assert_true(result >= 0);
	return result;
}

static void set_room(int connector, int option, int bytes)
{
	assert_int_equal(setsockopt(connector, SOL_SOCKET, option, &bytes, sizeof(bytes)), 0);
}

/* While the daemon stands still and has room for a few messages, there are many, then this one. */
static void end_unheard(pid_t daemon, struct subject *victim)
{
	const struct deed end = deed_of(deed_exit, NULL, NULL, STATUS);
	struct subject *noise = subject_new();
	OWNED_DESCRIPTOR int connector = -1;
	unsigned long inode = 0;
	int status;

	connector = connector_of(daemon, &inode);
	assert_int_equal(kill(daemon, SIGSTOP), 0);
	assert_int_equal(waitpid(daemon, &status, WUNTRACED), daemon);
	assert_true(WIFSTOPPED(status));
	set_room(connector, SO_RCVBUF, 1);
	for (int i = 0; i < NOISE; i++)
		assert_int_equal(subject_do(noise, deed_fork, NULL, 0), 0);
	subject_begin(victim, &end);
	assert_int_equal(WEXITSTATUS(subject_wait(victim)), STATUS);
	assert_true(drops_of(inode) > 0);
	set_room(connector, SO_RCVBUFFORCE, RECEIVE_BUFFER);
	assert_int_equal(kill(daemon, SIGCONT), 0);
	subject_end(noise);
}

static void who_ended_unheard_is_told_without_a_status(void **state)
{
	pid_t daemon = service_start();
	struct recorder *recorder = recorder_new(events, COUNT(events));
	struct subject *victim = subject_new(), *survivor = subject_new();
	const struct deed end = deed_of(deed_exit, NULL, NULL, STATUS);
	const struct sought lost = {.event = ES_EVENT_TYPE_NOTIFY_EXIT, .pid = subject_pid(victim)};
	const struct sought told = {.event = ES_EVENT_TYPE_NOTIFY_EXIT,
				    .pid = subject_pid(survivor)};
	const es_message_t *message;
	char program[4096] = "";

	(void)state;
	assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	recorder_await(recorder, &(struct sought){.event = ES_EVENT_TYPE_NOTIFY_FORK});
	recorder_settle(recorder);
	end_unheard(daemon, victim);
	message = recorder_await(recorder, &lost);
	facts_check_missing(message, ES_LINUX_MISSING_STATUS | ES_LINUX_MISSING_THREAD);
	assert_true(facts_is_missing(message, ES_LINUX_MISSING_STATUS));
	assert_int_equal(message->event.exit.stat, 0);
	assert_string_equal(message->process->executable->path.data, program);
	assert_int_equal(recorder_count(recorder, &told), 0);
	/* It waits for the test until it is told of: so nobody else can have its pid. */
	subject_begin(survivor, &end);
	message = recorder_await(recorder, &told);
	assert_false(facts_is_missing(message, ES_LINUX_MISSING_STATUS));
	assert_int_equal(WEXITSTATUS(message->event.exit.stat), STATUS);
	subject_wait(survivor);
	assert_int_equal(recorder_count(recorder, &lost), 1);
	assert_int_equal(recorder_count(recorder, &told), 1);
	recorder_free(recorder);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(who_ended_unheard_is_told_without_a_status),
	};

	return stage_main(tests, COUNT(tests), 60);
}
