/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the thread, the copies it works on and what it last found out about each client. A look is:
 * copy clients and old questions out of delivery/, page by page; follow each client that owes an
 * answer (graph.h); keep the words. What looks like a cycle that nothing else could end is followed
 * once more a little later, with new copies, before it is broken.
 */
#include "daemon/deadlock/finder.h"

#include "base/clock.h"
#include "base/task.h"
#include "daemon/deadlock/sockets.h"
#include "daemon/deadlock/world.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

enum { END_SECONDS = 2, DIAGNOSIS_SECONDS = 1 };

/* What is known of a client. */
struct why {
	uint64_t client_id; /* 0: the place is free */
	uint64_t logged; /* the question that was, last */
	bool current; /* still owes something old */
	struct finder_why told;
};

struct finder {
	struct finder_options options;
	pthread_t thread;
	pthread_mutex_t lock; /* of the whys, for one copy, and of the end */
	pthread_cond_t has_ended;
	bool ended; /* the thread is about to */
	struct why whys[POLICY_CLIENTS_MAX];
	/* Copies; the thread's alone. */
	struct delivery_questions page;
	struct client_status statuses[POLICY_CLIENTS_MAX];
	struct world_client clients[POLICY_CLIENTS_MAX];
	size_t client_count;
	struct world_question questions[FINDER_QUESTIONS_MAX];
	size_t question_count;
	struct graph before;
	struct graph after;
};

/* A client that owes an answer, and the oldest it owes. */
struct debtor {
	const struct world_client *client;
	uint64_t question;
	uint64_t age_ns;
};

/* ---- Copies ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void copy_questions(struct finder *finder)
{
	bool more = true;

	memset(&finder->page, 0, sizeof(finder->page));
	finder->question_count = 0;
	while (more) {
		more = delivery_next_questions(finder->options.delivery, &finder->page);
		for (size_t i = 0; i < finder->page.count; i++) {
			const struct question_status *status = &finder->page.statuses[i];
			struct world_question *question =
				&finder->questions[finder->question_count];
			size_t length = strlen(status->target_path);
			size_t skipped = length < sizeof(question->target)
						 ? 0
						 : length - sizeof(question->target) + 1;

			if (finder->question_count == FINDER_QUESTIONS_MAX)
				return;
			if (status->age_ns < FINDER_AGE_MS * NANOSECONDS_PER_MILLISECOND)
				continue;
			question->client_id = status->client_id;
			question->question = status->question;
			question->tid = status->subject_tid;
			question->event = status->event;
			memcpy(question->target, status->target_path + skipped,
			       length - skipped + 1);
			finder->question_count++;
		}
		if (more)
			delivery_give_way();
	}
}

static void copy_clients(struct finder *finder)
{
	size_t count = delivery_client_status(finder->options.delivery, finder->statuses,
					      POLICY_CLIENTS_MAX);

	finder->client_count = count < POLICY_CLIENTS_MAX ? count : POLICY_CLIENTS_MAX;
	for (size_t i = 0; i < finder->client_count; i++) {
		const struct client_status *status = &finder->statuses[i];
		struct world_client *client = &finder->clients[i];
		struct channel_threads threads;
		pid_t pid;

		client->id = status->id;
		client->pid = status->pid;
		client->handler = 0;
		snprintf(client->name, sizeof(client->name), "%.79s", base_name(status->name));
		if (status->unanswered > 0 &&
		    delivery_client_threads(finder->options.delivery, status->id, &pid, &threads) ==
			    0 &&
		    task_find(pid, (pid_t)threads.handler, &client->handler) < 0)
			client->handler = 0;
	}
}

static void copy_all(struct finder *finder)
{
	copy_clients(finder);
	copy_questions(finder);
}

/* What the client owes longest, of what has been copied. False: nothing old. */
static bool find_debtor(const struct finder *finder, size_t index, struct debtor *ret_debtor)
{
	const struct world_client *client = &finder->clients[index];

	for (size_t i = 0; i < finder->question_count; i++) {
		if (finder->questions[i].client_id != client->id)
			continue;
		*ret_debtor = (struct debtor){
			.client = client,
			.question = finder->questions[i].question,
			.age_ns = finder->statuses[index].oldest_unanswered_ns,
		};
		return true;
	}
	return false;
}

/* ---- What is known ---- */

/* The client's place, or a free one for it; there are as many as clients. */
static struct why *why_of(struct finder *finder, uint64_t client_id)
{
	struct why *free_place = NULL;

	for (size_t i = 0; i < POLICY_CLIENTS_MAX; i++) {
		if (finder->whys[i].client_id == client_id)
			return &finder->whys[i];
		if (finder->whys[i].client_id == 0 && !free_place)
			free_place = &finder->whys[i];
	}
	return free_place;
}

/* Keeps it, and logs it where that has not been done for this question. */
static void keep(struct finder *finder, const struct debtor *debtor, const struct finder_why *told)
{
	bool tell = told->cycle != FINDER_NO_CYCLE ||
		    debtor->age_ns >= FINDER_LOG_MS * NANOSECONDS_PER_MILLISECOND;
	char line[FINDER_WHY_MAX + 128];
	struct why *why;

	pthread_mutex_lock(&finder->lock);
	why = why_of(finder, debtor->client->id);
	if (why) {
		tell = tell && why->logged != debtor->question;
		why->client_id = debtor->client->id;
		why->current = true;
		why->told = *told;
		if (tell || told->cycle == FINDER_PROVEN)
			why->logged = debtor->question;
	}
	pthread_mutex_unlock(&finder->lock);
	/* What is proven is broken at once, and that is logged. */
	if (!tell || told->cycle == FINDER_PROVEN)
		return;
	snprintf(line, sizeof(line), "unanswered for %llu ms: %s",
		 (unsigned long long)(debtor->age_ns / NANOSECONDS_PER_MILLISECOND), told->text);
	finder->options.say(finder->options.say_context, LOG_WARNING, line);
}

static void begin_forgetting(struct finder *finder)
{
	pthread_mutex_lock(&finder->lock);
	for (size_t i = 0; i < POLICY_CLIENTS_MAX; i++)
		finder->whys[i].current = false;
	pthread_mutex_unlock(&finder->lock);
}

static void forget_the_rest(struct finder *finder)
{
	pthread_mutex_lock(&finder->lock);
	for (size_t i = 0; i < POLICY_CLIENTS_MAX; i++)
		if (!finder->whys[i].current)
			memset(&finder->whys[i], 0, sizeof(finder->whys[i]));
	pthread_mutex_unlock(&finder->lock);
}

bool finder_tell(struct finder *finder, uint64_t client_id, struct finder_why *ret_why)
{
	const struct why *why;
	bool known;

	if (!finder || client_id == 0)
		return false;
	pthread_mutex_lock(&finder->lock);
	why = why_of(finder, client_id);
	known = why && why->client_id == client_id;
	if (known)
		*ret_why = why->told;
	pthread_mutex_unlock(&finder->lock);
	return known;
}

/* ---- A look ---- */

static int follow(struct finder *finder, const struct debtor *debtor, pid_t tid,
		  struct graph *graph)
{
	struct world world = {
		.effort = {.left = PEEK_EFFORT},
		.client_id = debtor->client->id,
		.questions = finder->questions,
		.question_count = finder->question_count,
		.clients = finder->clients,
		.client_count = finder->client_count,
	};
	const struct graph_world graph_world = world_graph(&world);
	const struct graph_holder first = {.pid = debtor->client->pid, .tid = tid};

	return graph_follow(graph, &graph_world, &first);
}

static void pause_ms(unsigned int milliseconds)
{
	const struct timespec pause = clock_timespec(milliseconds * NANOSECONDS_PER_MILLISECOND);

	nanosleep(&pause, NULL);
}

/* Once more, from new copies. */
static bool is_confirmed(struct finder *finder, const struct debtor *debtor)
{
	struct debtor again;
	bool found = false;

	pause_ms(FINDER_CONFIRM_MS);
	copy_all(finder);
	for (size_t i = 0; i < finder->client_count && !found; i++)
		if (finder->clients[i].id == debtor->client->id)
			found = find_debtor(finder, i, &again);
	return found && follow(finder, &again, again.client->handler, &finder->after) == 0 &&
	       graph_confirms(&finder->before, &finder->after);
}

/*
 * The handler has returned and waits for the next message: another thread owes the answer, and
 * which is only known if it has answered before. A way back from there is no proof.
 */
static bool look_at_answerers(struct finder *finder, const struct debtor *debtor)
{
	struct channel_threads threads;
	pid_t pid, tid;

	if (delivery_client_threads(finder->options.delivery, debtor->client->id, &pid, &threads) <
	    0)
		return false;
	for (unsigned int i = 0; i < RING_ANSWERERS; i++) {
		if (task_find(pid, (pid_t)threads.answerers[i], &tid) == 0 &&
		    follow(finder, debtor, tid, &finder->after) == 0 && finder->after.cycle)
			return true;
	}
	return false;
}

static bool is_idle(const struct graph *graph)
{
	return graph->hop_count == 1 &&
	       strncmp(graph->hops[0].wait.what, "sleeps in epoll", 15) == 0;
}

static void examine(struct finder *finder, const struct debtor *debtor)
{
	const struct graph *graph = &finder->before;
	struct finder_why told = {.cycle = FINDER_NO_CYCLE};
	const struct world_client client = *debtor->client;
	struct debtor kept = *debtor;

	kept.client = &client; /* copies may be made anew */
	if (!client.handler || follow(finder, &kept, client.handler, &finder->before) < 0) {
		snprintf(told.text, sizeof(told.text),
			 "client %d (%s), whose handler's thread is not to be found", client.pid,
			 client.name);
		keep(finder, &kept, &told);
		return;
	}
	if (is_idle(graph) && look_at_answerers(finder, &kept))
		graph = &finder->after;
	else if (is_idle(graph))
		snprintf(finder->before.hops[0].wait.what, GRAPH_WHAT_MAX,
			 "has returned from its handler and owes the answer since");
	graph_describe(graph, client.name, told.text, sizeof(told.text));
	if (graph->cycle)
		told.cycle = FINDER_PLAUSIBLE;
	if (graph == &finder->before && graph->proven && is_confirmed(finder, &kept))
		told.cycle = FINDER_PROVEN;
	keep(finder, &kept, &told);
	if (told.cycle == FINDER_PROVEN)
		delivery_break(finder->options.delivery, client.id, finder->before.question);
}

static void look(struct finder *finder)
{
	copy_all(finder);
	begin_forgetting(finder);
	for (size_t i = 0; i < finder->client_count; i++) {
		struct debtor debtor;

		if (find_debtor(finder, i, &debtor))
			examine(finder, &debtor);
	}
	forget_the_rest(finder);
}

static void *find(void *context)
{
	struct finder *finder = context;
	uint64_t next_ns = 0;

	while (delivery_await_old(finder->options.delivery,
				  FINDER_AGE_MS * NANOSECONDS_PER_MILLISECOND, next_ns)) {
		uint64_t began_ns = clock_now_ns();
		uint64_t pause_ns = FINDER_PAUSE_MS * NANOSECONDS_PER_MILLISECOND;
		uint64_t took_ns;

		look(finder);
		took_ns = clock_now_ns() - began_ns;
		next_ns = clock_now_ns() + (9 * took_ns > pause_ns ? 9 * took_ns : pause_ns);
	}
	pthread_mutex_lock(&finder->lock);
	finder->ended = true;
	pthread_cond_signal(&finder->has_ended);
	pthread_mutex_unlock(&finder->lock);
	return NULL;
}

/* ---- Its life ---- */

static void done(struct finder *finder)
{
	pthread_cond_destroy(&finder->has_ended);
	pthread_mutex_destroy(&finder->lock);
	free(finder);
}

/* Waits for the thread's end. False: it does not come in time. */
static bool await_end(struct finder *finder)
{
	const struct timespec deadline = clock_timespec(clock_now_ns() +
							END_SECONDS * NANOSECONDS_PER_SECOND);
	int result = 0;
	bool ended;

	pthread_mutex_lock(&finder->lock);
	while (!finder->ended && result == 0)
		result = pthread_cond_clockwait(&finder->has_ended, &finder->lock, CLOCK_MONOTONIC,
						&deadline);
	ended = finder->ended;
	pthread_mutex_unlock(&finder->lock);
	return ended;
}

int finder_new(struct finder **ret_finder, const struct finder_options *options)
{
	struct finder *finder = calloc(1, sizeof(*finder));
	struct unix_socket found;
	int result;

	if (!finder)
		return -ENOMEM;
	finder->options = *options;
	/* The kernel may have to load its socket diagnosis, by a program that opens files: now
	 * nobody is held yet. */
	unix_socket_find(0, clock_now_ns() + DIAGNOSIS_SECONDS * NANOSECONDS_PER_SECOND, &found);
	pthread_mutex_init(&finder->lock, NULL);
	pthread_cond_init(&finder->has_ended, NULL);
	result = pthread_create(&finder->thread, NULL, find, finder);
	if (result != 0) {
		done(finder);
		return -result;
	}
	pthread_setname_np(finder->thread, "es-deadlocks");
	*ret_finder = finder;
	return 0;
}

struct finder *finder_free(struct finder *finder)
{
	if (!finder)
		return NULL;
	if (!await_end(finder))
		return finder;
	pthread_join(finder->thread, NULL);
	done(finder);
	return NULL;
}
