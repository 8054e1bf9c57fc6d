/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at one thread: runs, stopped, held by a client of ours, or asleep in a system call, in this
 * order. Owns nothing.
 *
 * A stop is never taken for whole: whoever stopped a client may let it go on at any time, and what
 * becomes of it meanwhile is decided elsewhere.
 */
#include "daemon/deadlock/world.h"

#include "daemon/deadlock/waits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct world_client *find_client(const struct world *world, uint64_t id)
{
	for (size_t i = 0; i < world->client_count; i++)
		if (world->clients[i].id == id)
			return &world->clients[i];
	return NULL;
}

/* Is the thread held? Then by whom, and for what. */
static bool find_held(const struct world *world, pid_t tid, struct graph_wait *wait)
{
	for (size_t i = 0; i < world->question_count; i++) {
		const struct world_question *question = &world->questions[i];
		const struct world_client *client = find_client(world, question->client_id);
		const struct event_description *event = event_describe(question->event);

		if (question->tid != tid)
			continue;
		wait->held = true;
		wait->waits = true;
		wait->whole = true;
		wait_say(wait, "%s %s", event ? event->member : "an operation", question->target);
		if (question->client_id == world->client_id)
			wait->question = question->question;
		if (client && client->handler)
			peek_add_holder(wait, client->pid, client->handler);
		else
			wait->whole = false;
	}
	return wait->held;
}

static pid_t process_of_tracer(struct effort *effort, pid_t tracer)
{
	char text[PEEK_TEXT_MAX];
	struct thread_status status;
	ssize_t size = peek_read(effort, text, sizeof(text), "/proc/%d/status", tracer);

	if (size <= 0 || thread_status_parse(text, (size_t)size, &status) < 0)
		return tracer;
	return status.pid;
}

static void find_tracer(struct world *world, const struct thread_status *status,
			struct graph_wait *wait)
{
	wait_say(wait, "stopped by it");
	wait->waits = true;
	if (status->tracer > 0)
		peek_add_holder(wait, process_of_tracer(&world->effort, status->tracer),
				status->tracer);
}

static void find_sleep(struct world *world, const struct graph_thread *thread,
		       struct graph_wait *wait)
{
	struct thread_call call = {.number = -1};
	struct waiting waiting = {
		.effort = &world->effort, .pid = thread->pid, .tid = thread->tid, .call = &call};
	char text[PEEK_TEXT_MAX];
	ssize_t size = peek_read(&world->effort, text, sizeof(text), "/proc/%d/task/%d/wchan",
				 thread->pid, thread->tid);

	if (size > 0 && strcmp(text, "0") != 0)
		snprintf(waiting.place, sizeof(waiting.place), "%.47s", text);
	/* Where a thread sleeps does not tell that it is frozen. */
	if (peek_frozen(&world->effort, thread->pid)) {
		wait_say(wait, "is frozen with its cgroup");
		return;
	}
	size = peek_read(&world->effort, text, sizeof(text), "/proc/%d/task/%d/syscall",
			 thread->pid, thread->tid);
	if (size > 0 && thread_call_parse(text, (size_t)size, &call) == -EAGAIN)
		wait_say(wait, "runs");
	else
		wait_find(&waiting, wait);
}

static int read_thread(struct effort *effort, const struct graph_holder *holder,
		       struct thread_stat *ret_stat, struct thread_status *ret_status)
{
	char text[PEEK_TEXT_MAX];
	ssize_t size = peek_read(effort, text, sizeof(text), "/proc/%d/task/%d/stat", holder->pid,
				 holder->tid);
	int result = size < 0 ? (int)size : thread_stat_parse(text, (size_t)size, ret_stat);

	if (result < 0)
		return result;
	size = peek_read(effort, text, sizeof(text), "/proc/%d/task/%d/status", holder->pid,
			 holder->tid);
	return size < 0 ? (int)size : thread_status_parse(text, (size_t)size, ret_status);
}

/* A handler's thread goes by its client's name. */
static void name_thread(const struct world *world, pid_t tid, const struct thread_stat *stat,
			struct graph_thread *thread)
{
	memcpy(thread->name, stat->name, sizeof(thread->name));
	for (size_t i = 0; i < world->client_count; i++)
		if (world->clients[i].handler == tid)
			snprintf(thread->name, sizeof(thread->name), "%.15s",
				 world->clients[i].name);
}

static int look(void *context, const struct graph_holder *holder, struct graph_thread *ret_thread,
		struct graph_wait *ret_wait)
{
	struct world *world = context;
	struct thread_stat stat;
	struct thread_status status;
	int result = read_thread(&world->effort, holder, &stat, &status);

	if (result < 0)
		return result;
	*ret_thread = (struct graph_thread){.pid = status.pid,
					    .tid = holder->tid,
					    .start = stat.start,
					    .switches = status.switches};
	name_thread(world, holder->tid, &stat, ret_thread);
	if (stat.state == 'R')
		wait_say(ret_wait, "runs");
	else if (stat.state == 't')
		find_tracer(world, &status, ret_wait);
	else if (stat.state == 'T')
		wait_say(ret_wait, "is stopped by a signal");
	else if (!find_held(world, holder->tid, ret_wait))
		find_sleep(world, ret_thread, ret_wait);
	return 0;
}

static int threads(void *context, pid_t pid, pid_t tids[GRAPH_PROCESS_THREADS_MAX])
{
	struct world *world = context;

	return peek_threads(&world->effort, pid, tids);
}

struct graph_world world_graph(struct world *world)
{
	return (struct graph_world){.look = look, .threads = threads, .context = world};
}
