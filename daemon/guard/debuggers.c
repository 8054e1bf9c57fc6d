/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds tracers, and those who drive them (debuggers.h). Reads /proc and asks the kernel for the
 * other ends of sockets; owns nothing and waits for nobody. Whatever cannot be found out is no
 * relation.
 */
#include "daemon/guard/debuggers.h"

#include "base/cleanup.h"
#include "base/task.h"
#include "daemon/guard/ends.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_ROOM = 4096 };

/* The number behind this word in /proc/PATH/status; 0: there is none. */
static pid_t status_number(const char *path, const char *word)
{
	char text[STATUS_ROOM];
	OWNED_DESCRIPTOR int file = -1;
	const char *place;
	ssize_t size;

	snprintf(text, sizeof(text), "/proc/%s/status", path);
	file = open(text, O_RDONLY | O_CLOEXEC);
	size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
	if (size <= 0)
		return 0;
	text[size] = '\0';
	place = strstr(text, word);
	return place ? (pid_t)strtol(place + strlen(word), NULL, 10) : 0;
}

/* The kernel names the thread that traces. */
static pid_t tracer_of(pid_t pid, uint32_t named)
{
	char path[64];
	pid_t tid, tracer;

	if (!named || task_find(pid, (pid_t)named, &tid) < 0)
		return 0;
	snprintf(path, sizeof(path), "%d/task/%d", pid, tid);
	tracer = status_number(path, "\nTracerPid:");
	if (tracer <= 0)
		return 0;
	snprintf(path, sizeof(path), "%d", tracer);
	return status_number(path, "\nTgid:");
}

pid_t debuggers_tracer(pid_t pid, const struct channel_threads *threads)
{
	pid_t tracer = tracer_of(pid, threads->handler);

	for (int i = 0; tracer == 0 && i < RING_ANSWERERS; i++)
		tracer = tracer_of(pid, threads->answerers[i]);
	return tracer;
}

pid_t debuggers_master(pid_t tracer)
{
	char path[32];
	pid_t parent;

	snprintf(path, sizeof(path), "%d", tracer);
	parent = status_number(path, "\nPPid:");
	/* Whoever has lost their parent was not started by their new one. */
	return parent > 1 && ends_meet(tracer, parent) ? parent : 0;
}
