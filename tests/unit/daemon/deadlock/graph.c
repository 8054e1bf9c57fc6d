/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/deadlock/graph.h in a world made up: which ways lead back, which of them prove anything,
 * and what they read like.
 */
#include "daemon/deadlock/graph.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CLIENT = 812, WORLD_MAX = 256 };

/* A thread: where it is, and what it waits for. */
struct node {
	pid_t pid;
	pid_t tid;
	const char *name;
	struct graph_wait wait;
};

struct made_up {
	struct node nodes[WORLD_MAX];
	unsigned int count;
	uint64_t switches;
	unsigned int looks;
};

static int look(void *context, const struct graph_holder *holder, struct graph_thread *ret_thread,
		struct graph_wait *ret_wait)
{
	struct made_up *world = context;

	world->looks++;
	for (unsigned int i = 0; i < world->count; i++) {
		const struct node *node = &world->nodes[i];

		if (node->tid != holder->tid)
			continue;
		*ret_thread = (struct graph_thread){
			.pid = node->pid,
			.tid = node->tid,
			.start = 1,
			.switches = world->switches,
		};
		snprintf(ret_thread->name, sizeof(ret_thread->name), "%s", node->name);
		*ret_wait = node->wait;
		return 0;
	}
	return -ESRCH;
}

static int threads(void *context, pid_t pid, pid_t tids[GRAPH_PROCESS_THREADS_MAX])
{
	const struct made_up *world = context;
	int count = 0;

	for (unsigned int i = 0; i < world->count; i++) {
		if (world->nodes[i].pid != pid)
			continue;
		if (count < GRAPH_PROCESS_THREADS_MAX)
			tids[count] = world->nodes[i].tid;
		count++;
	}
	return count;
}

/* Adds a thread; what it waits for is added to it. */
static struct graph_wait *add(struct made_up *world, pid_t pid, pid_t tid, const char *name)
{
	struct node *node = &world->nodes[world->count++];

	*node = (struct node){.pid = pid, .tid = tid, .name = name};
	strcpy(node->wait.what, "runs");
	return &node->wait;
}

static void waits(struct graph_wait *wait, const char *what, pid_t pid, pid_t tid)
{
	snprintf(wait->what, sizeof(wait->what), "%s", what);
	wait->waits = true;
	wait->whole = true;
	wait->holders[wait->count++] = (struct graph_holder){pid, tid};
}

/* It is held by the client, and by nobody else. */
static void held(struct graph_wait *wait, const char *what, uint64_t question)
{
	waits(wait, what, CLIENT, CLIENT + 1);
	wait->held = true;
	wait->question = question;
}

static struct graph followed(struct made_up *world)
{
	const struct graph_world graph_world = {.look = look, .threads = threads, .context = world};
	const struct graph_holder first = {CLIENT, CLIENT + 1};
	struct graph graph;

	assert_int_equal(graph_follow(&graph, &graph_world, &first), 0);
	return graph;
}

static void reads(const struct graph *graph, const char *expected)
{
	char text[1024];

	assert_int_equal(graph_describe(graph, "scanner", text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
}

/* The client, whose handler connects to journald, which opens a file. */
static void set_up(struct made_up *world)
{
	memset(world, 0, sizeof(*world));
	waits(add(world, CLIENT, CLIENT + 1, "es-handler"), "connect /run/log", 301, 0);
	held(add(world, 301, 301, "journald"), "open /var/log/x", 9);
}

static void a_way_back_is_a_proven_cycle(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	set_up(&world);
	graph = followed(&world);
	assert_true(graph.cycle);
	assert_true(graph.proven);
	assert_int_equal(graph.question, 9);
	reads(&graph,
	      "client 812 (scanner) \xe2\x86\x92 journald 301 (connect /run/log) \xe2\x86\x92 "
	      "open /var/log/x \xe2\x86\x92 client 812");
}

static void another_thread_might_let_go(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	set_up(&world);
	add(&world, 301, 302, "worker");
	graph = followed(&world);
	assert_true(graph.cycle);
	assert_false(graph.proven);
}

static void all_threads_that_wait_prove_it(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	set_up(&world);
	waits(add(&world, 301, 302, "worker"), "a mutex it holds", 301, 301);
	graph = followed(&world);
	assert_true(graph.proven);
}

static void a_holder_nobody_knows_might_let_go(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	set_up(&world);
	world.nodes[0].wait.whole = false;
	graph = followed(&world);
	assert_true(graph.cycle);
	assert_false(graph.proven);
}

static void whoever_runs_ends_the_way(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	set_up(&world);
	world.nodes[1].wait = (struct graph_wait){.what = "runs"};
	graph = followed(&world);
	assert_false(graph.cycle);
	assert_false(graph.proven);
	reads(&graph,
	      "client 812 (scanner) \xe2\x86\x92 journald 301 (connect /run/log), which runs");
}

static void a_circle_without_a_question_is_none_of_ours(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	memset(&world, 0, sizeof(world));
	waits(add(&world, CLIENT, CLIENT + 1, "es-handler"), "a mutex it holds", CLIENT, 900);
	waits(add(&world, CLIENT, 900, "worker"), "a mutex it holds", CLIENT, CLIENT + 1);
	graph = followed(&world);
	assert_false(graph.cycle);
	assert_false(graph.proven);
}

static void the_way_goes_through_a_second_client(void **state)
{
	struct made_up world;
	struct graph graph;
	struct graph_wait *wait;

	(void)state;
	memset(&world, 0, sizeof(world));
	wait = add(&world, CLIENT, CLIENT + 1, "es-handler");
	waits(wait, "open /a", 900, 901);
	wait->held = true;
	held(add(&world, 900, 901, "other"), "open /b", 4);
	graph = followed(&world);
	assert_true(graph.proven);
	assert_int_equal(graph.question, 4);
	reads(&graph, "client 812 (scanner) \xe2\x86\x92 open /a \xe2\x86\x92 client 900 (other) "
		      "\xe2\x86\x92 open /b \xe2\x86\x92 client 812");
}

static void every_branch_must_lead_back(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	set_up(&world);
	world.nodes[0].wait.holders[world.nodes[0].wait.count++] = (struct graph_holder){400, 0};
	add(&world, 400, 400, "helper");
	graph = followed(&world);
	assert_true(graph.cycle);
	assert_false(graph.proven);
	held(&world.nodes[2].wait, "open /c", 10);
	graph = followed(&world);
	assert_true(graph.proven);
}

static void who_has_run_in_between_confirms_nothing(void **state)
{
	struct made_up world;
	struct graph before, after;

	(void)state;
	set_up(&world);
	before = followed(&world);
	after = followed(&world);
	assert_true(graph_confirms(&before, &after));
	world.switches++;
	after = followed(&world);
	assert_true(after.proven);
	assert_false(graph_confirms(&before, &after));
	world.switches--;
	held(&world.nodes[1].wait, "open /var/log/x", 10);
	after = followed(&world);
	assert_false(graph_confirms(&before, &after));
}

static void another_with_the_same_number_confirms_nothing(void **state)
{
	struct made_up world;
	struct graph before, after;

	(void)state;
	set_up(&world);
	before = followed(&world);
	after = before;
	after.seen[1].start++;
	assert_false(graph_confirms(&before, &after));
}

static void the_way_is_followed_so_far_and_no_further(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	memset(&world, 0, sizeof(world));
	for (pid_t i = 0; i < GRAPH_DEPTH_MAX + 5; i++)
		waits(add(&world, i ? 1000 + i : CLIENT, i ? 1000 + i : CLIENT + 1, "link"),
		      "its end", 1001 + i, 0);
	held(add(&world, 1000 + GRAPH_DEPTH_MAX + 5, 1000 + GRAPH_DEPTH_MAX + 5, "last"), "open /x",
	     1);
	graph = followed(&world);
	assert_false(graph.cycle);
	assert_false(graph.proven);
	assert_int_equal(graph.hop_count, GRAPH_DEPTH_MAX);
	assert_true(world.looks <= GRAPH_DEPTH_MAX + 1);
}

static void so_many_are_looked_at_and_no_more(void **state)
{
	struct made_up world;
	struct graph graph;

	(void)state;
	memset(&world, 0, sizeof(world));
	waits(add(&world, CLIENT, CLIENT + 1, "es-handler"), "its end", 2000, 0);
	world.nodes[0].wait.count = 0;
	for (pid_t i = 0; i < GRAPH_HOLDERS_MAX; i++)
		world.nodes[0].wait.holders[world.nodes[0].wait.count++] = (struct graph_holder){
			2000 + i, 0};
	for (pid_t i = 0; i < GRAPH_HOLDERS_MAX; i++)
		for (pid_t j = 0; j < 10; j++)
			held(add(&world, 2000 + i, 3000 + i * 10 + j, "one"), "open /x", 1);
	graph = followed(&world);
	assert_true(graph.cycle);
	assert_false(graph.proven);
	assert_int_equal(graph.seen_count, GRAPH_THREADS_MAX);
}

static void what_others_chose_moves_no_cursor(void **state)
{
	struct made_up world;
	struct graph graph;
	char text[64];

	(void)state;
	set_up(&world);
	strcpy(world.nodes[0].wait.what, "connect \x1b[31m\n");
	graph = followed(&world);
	assert_int_equal(graph_describe(&graph, "scanner", text, sizeof(text)), sizeof(text) - 1);
	assert_non_null(strstr(text, "connect ?[31m?"));
	assert_null(strpbrk(text, "\x1b\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_way_back_is_a_proven_cycle),
		cmocka_unit_test(another_thread_might_let_go),
		cmocka_unit_test(all_threads_that_wait_prove_it),
		cmocka_unit_test(a_holder_nobody_knows_might_let_go),
		cmocka_unit_test(whoever_runs_ends_the_way),
		cmocka_unit_test(a_circle_without_a_question_is_none_of_ours),
		cmocka_unit_test(the_way_goes_through_a_second_client),
		cmocka_unit_test(every_branch_must_lead_back),
		cmocka_unit_test(who_has_run_in_between_confirms_nothing),
		cmocka_unit_test(another_with_the_same_number_confirms_nothing),
		cmocka_unit_test(the_way_is_followed_so_far_and_no_further),
		cmocka_unit_test(so_many_are_looked_at_and_no_more),
		cmocka_unit_test(what_others_chose_moves_no_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
