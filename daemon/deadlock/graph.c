/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows waits depth first. Each thread is looked at once; one that is met again on the way is
 * taken to be stuck, which holds if all the rest is: were it not, those before it would not be
 * either. Everything is bounded, and what lies beyond a bound is taken to be free.
 */
#include "daemon/deadlock/graph.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum state { FREE, STUCK };

struct walk {
	struct graph *graph;
	const struct graph_world *world;
	enum state states[GRAPH_THREADS_MAX]; /* of graph->seen; STUCK while it is on the way */
	struct graph_hop way[GRAPH_DEPTH_MAX];
	unsigned int depth;
};

static enum state visit(struct walk *walk, const struct graph_holder *holder);

static int find_seen(const struct graph *graph, pid_t tid)
{
	for (unsigned int i = 0; i < graph->seen_count; i++)
		if (graph->seen[i].tid == tid)
			return (int)i;
	return -1;
}

/* Keeps the way so far, if it says more than the one that is kept. */
static void keep_way(struct walk *walk)
{
	struct graph *graph = walk->graph;

	if (graph->cycle || graph->hop_count >= walk->depth)
		return;
	memcpy(graph->hops, walk->way, walk->depth * sizeof(walk->way[0]));
	graph->hop_count = walk->depth;
}

/* Any thread of the process could let go: all have to be stuck. */
static enum state visit_process(struct walk *walk, pid_t pid)
{
	pid_t tids[GRAPH_PROCESS_THREADS_MAX];
	int count = walk->world->threads(walk->world->context, pid, tids);
	enum state state = count > 0 && count <= GRAPH_PROCESS_THREADS_MAX ? STUCK : FREE;

	for (int i = 0; i < count && i < GRAPH_PROCESS_THREADS_MAX; i++) {
		const struct graph_holder thread = {.pid = pid, .tid = tids[i]};

		if (visit(walk, &thread) == FREE)
			state = FREE;
	}
	return state;
}

static enum state visit_holders(struct walk *walk, const struct graph_wait *wait)
{
	enum state state = wait->whole && wait->count > 0 ? STUCK : FREE;

	for (unsigned int i = 0; i < wait->count; i++) {
		enum state one = wait->holders[i].tid ? visit(walk, &wait->holders[i])
						      : visit_process(walk, wait->holders[i].pid);

		if (one == FREE)
			state = FREE;
	}
	return state;
}

/* The thread at the end of the way. */
static enum state judge(struct walk *walk)
{
	const struct graph_wait wait = walk->way[walk->depth - 1].wait;

	if (wait.held && wait.question) {
		keep_way(walk);
		if (!walk->graph->cycle)
			walk->graph->question = wait.question;
		walk->graph->cycle = true;
		return STUCK;
	}
	keep_way(walk);
	return wait.waits ? visit_holders(walk, &wait) : FREE;
}

static enum state visit(struct walk *walk, const struct graph_holder *holder)
{
	struct graph *graph = walk->graph;
	int index = find_seen(graph, holder->tid);
	struct graph_hop *hop = &walk->way[walk->depth];

	if (index >= 0)
		return walk->states[index];
	if (walk->depth == GRAPH_DEPTH_MAX || graph->seen_count == GRAPH_THREADS_MAX)
		return FREE;
	memset(hop, 0, sizeof(*hop));
	if (walk->world->look(walk->world->context, holder, &hop->thread, &hop->wait) < 0)
		return FREE;
	index = (int)graph->seen_count++;
	graph->seen[index] = hop->thread;
	walk->states[index] = STUCK;
	walk->depth++;
	walk->states[index] = judge(walk);
	walk->depth--;
	return walk->states[index];
}

int graph_follow(struct graph *graph, const struct graph_world *world,
		 const struct graph_holder *first)
{
	struct walk walk = {.graph = graph, .world = world};
	enum state state;

	memset(graph, 0, sizeof(*graph));
	state = visit(&walk, first);
	if (graph->seen_count == 0)
		return -ESRCH;
	graph->proven = graph->cycle && state == STUCK;
	return 0;
}

bool graph_confirms(const struct graph *before, const struct graph *after)
{
	if (!before->proven || !after->proven || before->question != after->question ||
	    before->seen_count != after->seen_count)
		return false;
	for (unsigned int i = 0; i < before->seen_count; i++) {
		const struct graph_thread *one = &before->seen[i];
		const struct graph_thread *two = &after->seen[i];

		if (one->tid != two->tid || one->start != two->start ||
		    one->switches != two->switches)
			return false;
	}
	return true;
}

/* ---- In words ---- */

struct words {
	char *text;
	size_t room;
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct words *words, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(words->text + words->used, words->room - words->used, format, arguments);
	va_end(arguments);
	if (size < 0)
		return;
	words->used += (size_t)size;
	if (words->used >= words->room)
		words->used = words->room - 1;
}

size_t graph_describe(const struct graph *graph, const char *client_name, char *text, size_t room)
{
	struct words words = {.text = text, .room = room};
	const struct graph_hop *last = NULL;

	if (room == 0)
		return 0;
	text[0] = '\0';
	for (unsigned int i = 0; i < graph->hop_count; i++) {
		const struct graph_hop *hop = &graph->hops[i];

		if (i == 0)
			add(&words, "client %d (%s)", hop->thread.pid, client_name);
		else if (last->wait.held)
			add(&words, " \xe2\x86\x92 %s \xe2\x86\x92 client %d (%s)", last->wait.what,
			    hop->thread.pid, hop->thread.name);
		else
			add(&words, " \xe2\x86\x92 %s %d (%s)", hop->thread.name, hop->thread.pid,
			    last->wait.what);
		last = hop;
	}
	if (last && graph->cycle)
		add(&words, " \xe2\x86\x92 %s \xe2\x86\x92 client %d", last->wait.what,
		    graph->hops[0].thread.pid);
	else if (last)
		add(&words, last->wait.waits ? ", which waits, for nobody known: %s" : ", which %s",
		    last->wait.what);
	for (char *byte = text; *byte; byte++)
		if ((unsigned char)*byte < ' ' || *byte == 0x7f)
			*byte = '?';
	return words.used;
}
