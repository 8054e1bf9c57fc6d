/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery from both sides: a made-up engine brings events and is told to let go; made-up clients
 * map their channels and answer by hand. Every held subject must be let go exactly once, whatever
 * happens.
 */
#include "daemon/delivery/delivery.h"

#include "base/clock.h"
#include "daemon/delivery/clients.h"
#include "wire/builder.h"
#include "wire/ring.h"
#include "wire/verdict.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { HOLDS = 8192, RING_SIZE = 2 * RECORD_SIZE_MAX };

struct engine_side {
	struct delivery *delivery;
	pthread_mutex_t lock;
	int released[HOLDS]; /* times */
	bool allowed[HOLDS];
	unsigned int notes[DELIVERY_NOTE_LAST];
	struct delivery_note last_note;
	_Alignas(8) unsigned char buffer[4096];
};

struct client_side {
	struct client *client;
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	const unsigned char *ring;
	struct ring_consumer_page *consumer;
	uint64_t *verdicts;
	uint64_t at;
};

static void on_release(void *context, uint64_t hold, bool allow)
{
	struct engine_side *engine = context;

	pthread_mutex_lock(&engine->lock);
	engine->released[hold]++;
	engine->allowed[hold] = allow;
	pthread_mutex_unlock(&engine->lock);
}

static void on_note(void *context, const struct delivery_note *note)
{
	struct engine_side *engine = context;

	pthread_mutex_lock(&engine->lock);
	engine->notes[note->kind]++;
	engine->last_note = *note;
	pthread_mutex_unlock(&engine->lock);
}

static int set_up(void **state)
{
	struct engine_side *engine = calloc(1, sizeof(*engine));
	struct delivery_options options = {
		.release = on_release,
		.release_context = engine,
		.note = on_note,
		.note_context = engine,
	};

	pthread_mutex_init(&engine->lock, NULL);
	assert_int_equal(delivery_new(&engine->delivery, &options), 0);
	*state = engine;
	return 0;
}

static int tear_down(void **state)
{
	struct engine_side *engine = *state;

	delivery_free(engine->delivery);
	free(engine);
	return 0;
}

static struct record_token token(unsigned int pid)
{
	struct record_token made = {{0}};

	made.words[RECORD_TOKEN_PID] = pid;
	return made;
}

static void join(struct engine_side *engine, struct client_side *side,
		 const struct client_options *options)
{
	assert_int_equal(
		delivery_client_new(engine->delivery, options, &side->client, side->descriptors),
		0);
	side->ring = mmap(NULL, RING_PAGE_SIZE + RING_SIZE, PROT_READ, MAP_SHARED,
			  side->descriptors[CONTROL_FD_RING], 0);
	side->consumer = mmap(NULL, RING_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      side->descriptors[CONTROL_FD_CONSUMER], 0);
	side->verdicts = mmap(NULL, VERDICT_TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      side->descriptors[CONTROL_FD_VERDICTS], 0);
	assert_true(side->ring != MAP_FAILED && side->consumer != MAP_FAILED &&
		    side->verdicts != MAP_FAILED);
}

/* A client of process `pid` subscribed to this event. */
static void join_for(struct engine_side *engine, struct client_side *side, unsigned int pid,
		     unsigned int event)
{
	struct client_options options = {.token = token(pid),
					 .pidfd = -1,
					 .name = "/usr/bin/client",
					 .ring_size = RING_SIZE};
	struct event_set events = {{0}};

	memset(side, 0, sizeof(*side));
	join(engine, side, &options);
	event_set_add(&events, event);
	delivery_subscribe(engine->delivery, side->client, &events);
}

static void leave(struct engine_side *engine, struct client_side *side)
{
	delivery_client_free(engine->delivery, side->client);
	munmap((void *)side->ring, RING_PAGE_SIZE + RING_SIZE);
	munmap(side->consumer, RING_PAGE_SIZE);
	munmap(side->verdicts, VERDICT_TABLE_SIZE);
	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++)
		close(side->descriptors[i]);
}

/* The next record in the client's ring; fails the test if there is none. Stays in the ring. */
static const struct record *take(struct client_side *side)
{
	const struct ring_producer_page *producer = (const void *)side->ring;
	const unsigned char *place = side->ring + RING_PAGE_SIZE + side->at % RING_SIZE;
	const struct ring_header *header = (const void *)place;

	assert_true(producer->position > side->at);
	side->at += ring_footprint(header->length);
	side->consumer->position = side->at;
	return (const void *)(place + sizeof(*header));
}

static bool empty(const struct client_side *side)
{
	return ((const struct ring_producer_page *)side->ring)->position == side->at;
}

static void answer(struct client_side *side, uint64_t question, uint32_t flags, bool cache)
{
	uint64_t one = 1;

	side->verdicts[verdict_question_slot(question)] = verdict_word(
		verdict_question_generation(question), VERDICT_ANSWERED, cache, flags);
	assert_int_equal(write(side->descriptors[CONTROL_FD_ANSWER_BELL], &one, sizeof(one)), 8);
}

struct scene {
	struct record_token subject_token;
	struct policy_subject subject;
	struct delivery_event event;
};

/* An event by process 1000 on /srv/file, with identities old enough to be cached. */
static struct delivery_event *stage(struct engine_side *engine, struct scene *scene,
				    unsigned int event)
{
	struct builder builder;

	builder_begin(&builder, engine->buffer, sizeof(engine->buffer), event);
	builder_finish(&builder);
	*scene = (struct scene){.subject_token = token(1000)};
	scene->subject = (struct policy_subject){
		.token = &scene->subject_token,
		.executable = {.path = "/bin/subject", .path_length = 12},
	};
	scene->event = (struct delivery_event){
		.record = builder.record,
		.subject = &scene->subject,
		.targets = {{.path = "/srv/file", .path_length = 9}},
		.target_count = 1,
		.identified = true,
		.executable = {.device = 1, .inode = 1, .changed_ns = 1},
		.target = {.device = 1, .inode = 2, .changed_ns = 1},
	};
	return &scene->event;
}

static enum delivery_outcome ask(struct engine_side *engine, unsigned int event, uint32_t flags,
				 uint64_t hold)
{
	struct scene scene;
	struct delivery_event *staged = stage(engine, &scene, event);

	staged->flags = flags;
	return delivery_ask(engine->delivery, staged, hold);
}

static void notify(struct engine_side *engine, unsigned int event)
{
	struct scene scene;

	delivery_notify(engine->delivery, stage(engine, &scene, event));
}

static void nobody_interested_means_allowed_and_told_nothing(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;

	join_for(engine, &client, 1, EVENT_NOTIFY_EXEC);
	assert_false(delivery_wants(engine->delivery, EVENT_AUTH_EXEC));
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_ALLOW);
	notify(engine, EVENT_NOTIFY_OPEN);
	assert_true(empty(&client));
	assert_int_equal(engine->released[1], 0);
	leave(engine, &client);
}

static void sequence_numbers_count_by_event_and_overall(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	struct event_set more = {{0}};
	const struct record *record;

	join_for(engine, &client, 1, EVENT_NOTIFY_EXEC);
	event_set_add(&more, EVENT_NOTIFY_OPEN);
	delivery_subscribe(engine->delivery, client.client, &more);
	notify(engine, EVENT_NOTIFY_EXEC);
	notify(engine, EVENT_NOTIFY_OPEN);
	notify(engine, EVENT_NOTIFY_EXEC);
	record = take(&client);
	assert_int_equal(record->seq_num + record->global_seq_num, 0);
	record = take(&client);
	assert_int_equal(record->event, EVENT_NOTIFY_OPEN);
	assert_int_equal(record->seq_num, 0);
	assert_int_equal(record->global_seq_num, 1);
	record = take(&client);
	assert_int_equal(record->seq_num, 1);
	assert_int_equal(record->global_seq_num, 2);
	leave(engine, &client);
}

static void a_full_ring_is_a_gap_in_the_numbers(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	uint64_t expected = 0;
	const struct record *record;

	join_for(engine, &client, 1, EVENT_NOTIFY_EXEC);
	for (int i = 0; i < RING_SIZE / 64; i++)
		notify(engine, EVENT_NOTIFY_EXEC);
	while (!empty(&client))
		assert_int_equal(take(&client)->seq_num, expected++);
	assert_true(expected < RING_SIZE / 64);
	notify(engine, EVENT_NOTIFY_EXEC);
	record = take(&client);
	assert_int_equal(record->seq_num, RING_SIZE / 64);
	leave(engine, &client);
}

static void an_answer_lets_the_subject_go_once(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	const struct record *record;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 5), DELIVERY_HELD);
	record = take(&client);
	assert_true(record->deadline_ns > clock_now_ns());
	assert_int_equal(delivery_collect(engine->delivery), 0);
	assert_int_equal(engine->released[5], 0);
	answer(&client, record->question, VERDICT_FLAGS_ALLOW, false);
	assert_int_equal(delivery_collect(engine->delivery), 1);
	assert_int_equal(delivery_collect(engine->delivery), 0);
	assert_int_equal(engine->released[5], 1);
	assert_true(engine->allowed[5]);
	leave(engine, &client);
	assert_int_equal(engine->released[5], 1);
}

static void any_denial_decides_and_is_noted(void **state)
{
	struct engine_side *engine = *state;
	struct client_side clients[3];
	uint64_t questions[3];

	for (unsigned int i = 0; i < 3; i++)
		join_for(engine, &clients[i], i + 1, EVENT_AUTH_EXEC);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 5), DELIVERY_HELD);
	for (int i = 0; i < 3; i++)
		questions[i] = take(&clients[i])->question;
	answer(&clients[2], questions[2], VERDICT_FLAGS_ALLOW, false);
	answer(&clients[0], questions[0], VERDICT_FLAGS_DENY, false);
	delivery_collect(engine->delivery);
	assert_int_equal(engine->released[5], 0);
	answer(&clients[1], questions[1], VERDICT_FLAGS_ALLOW, false);
	delivery_collect(engine->delivery);
	assert_int_equal(engine->released[5], 1);
	assert_false(engine->allowed[5]);
	assert_int_equal(engine->notes[DELIVERY_NOTE_DENIED], 1);
	assert_string_equal(engine->last_note.target_path, "/srv/file");
	assert_string_equal(engine->last_note.subject_path, "/bin/subject");
	assert_string_equal(engine->last_note.client_name, "/usr/bin/client");
	for (int i = 0; i < 3; i++)
		leave(engine, &clients[i]);
}

static void open_flags_of_all_clients_are_joined(void **state)
{
	struct engine_side *engine = *state;
	struct client_side clients[2];

	join_for(engine, &clients[0], 1, EVENT_AUTH_OPEN);
	join_for(engine, &clients[1], 2, EVENT_AUTH_OPEN);
	assert_int_equal(ask(engine, EVENT_AUTH_OPEN, 3, 5), DELIVERY_HELD);
	answer(&clients[0], take(&clients[0])->question, 1, false);
	answer(&clients[1], take(&clients[1])->question, 3, false);
	delivery_collect(engine->delivery);
	assert_false(engine->allowed[5]);
	assert_int_equal(ask(engine, EVENT_AUTH_OPEN, 1, 6), DELIVERY_HELD);
	answer(&clients[0], take(&clients[0])->question, 1, false);
	answer(&clients[1], take(&clients[1])->question, 3, false);
	delivery_collect(engine->delivery);
	assert_true(engine->allowed[6]);
	leave(engine, &clients[0]);
	leave(engine, &clients[1]);
}

static void a_cached_answer_asks_nobody_and_keeps_its_flags(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;

	join_for(engine, &client, 1, EVENT_AUTH_OPEN);
	assert_int_equal(ask(engine, EVENT_AUTH_OPEN, 1, 5), DELIVERY_HELD);
	answer(&client, take(&client)->question, 1, true);
	delivery_collect(engine->delivery);
	assert_int_equal(ask(engine, EVENT_AUTH_OPEN, 1, 6), DELIVERY_ALLOW);
	/* More than was allowed is denied from the cache, and told to those who read. */
	assert_int_equal(ask(engine, EVENT_AUTH_OPEN, 3, 7), DELIVERY_DENY);
	assert_int_equal(engine->notes[DELIVERY_NOTE_DENIED], 1);
	assert_true(empty(&client));
	assert_int_equal(delivery_clear_cache(engine->delivery, client.client), 0);
	assert_int_equal(ask(engine, EVENT_AUTH_OPEN, 1, 8), DELIVERY_HELD);
	leave(engine, &client);
}

static void a_new_client_empties_the_cache(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	struct client_side late;

	join_for(engine, &client, 1, EVENT_AUTH_OPEN);
	ask(engine, EVENT_AUTH_OPEN, 1, 5);
	answer(&client, take(&client)->question, VERDICT_FLAGS_ALLOW, true);
	delivery_collect(engine->delivery);
	assert_int_equal(delivery_totals(engine->delivery).cached_answers, 1);
	join_for(engine, &late, 2, EVENT_NOTIFY_EXEC);
	assert_int_equal(delivery_totals(engine->delivery).cached_answers, 0);
	leave(engine, &client);
	leave(engine, &late);
}

static void clearing_the_cache_is_throttled_for_clients(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	int throttled = 0;

	join_for(engine, &client, 1, EVENT_AUTH_OPEN);
	for (int i = 0; i < 30; i++)
		throttled += delivery_clear_cache(engine->delivery, client.client) ==
			     CONTROL_THROTTLED;
	/* At most two of the clock's seconds can be touched here. */
	assert_true(throttled >= 10);
	assert_int_equal(delivery_clear_cache(engine->delivery, NULL), 0);
	leave(engine, &client);
}

static void a_client_is_never_asked_about_itself(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;

	join_for(engine, &client, 1000, EVENT_AUTH_EXEC);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 5), DELIVERY_ALLOW);
	assert_true(empty(&client));
	leave(engine, &client);
}

struct miss {
	unsigned int mode;
	bool allows;
	enum delivery_note_kind note;
};
static const struct miss misses[] = {
	{CLIENT_MISS_KILL, true, DELIVERY_NOTE_DEADLINE_KILL},
	{CLIENT_MISS_FAIL_CLOSED, false, DELIVERY_NOTE_DEADLINE_CLOSED},
	{CLIENT_MISS_FAIL_OPEN, true, DELIVERY_NOTE_DEADLINE_OPEN},
};

static void a_missed_deadline_is_answered_by_the_miss_mode(void **state)
{
	struct engine_side *engine = *state;

	for (size_t i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
		struct client_side client;
		const struct record *record;
		uint64_t hold = 10 + i;

		join_for(engine, &client, 1, EVENT_AUTH_EXEC);
		delivery_set_miss_mode(engine->delivery, client.client, misses[i].mode);
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_HELD);
		record = take(&client);
		assert_int_equal(delivery_expire(engine->delivery, record->deadline_ns - 1),
				 record->deadline_ns);
		assert_int_equal(engine->released[hold], 0);
		assert_int_equal(delivery_expire(engine->delivery, record->deadline_ns),
				 UINT64_MAX);
		assert_int_equal(engine->released[hold], 1);
		assert_int_equal(engine->allowed[hold], misses[i].allows);
		assert_int_equal(engine->notes[misses[i].note], 1);
		/* Too late now. */
		answer(&client, record->question, VERDICT_FLAGS_DENY, false);
		delivery_collect(engine->delivery);
		assert_int_equal(engine->released[hold], 1);
		leave(engine, &client);
	}
}

static void an_answer_in_time_counts_even_if_collected_late(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	const struct record *record;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	ask(engine, EVENT_AUTH_EXEC, 0, 5);
	record = take(&client);
	answer(&client, record->question, VERDICT_FLAGS_DENY, false);
	delivery_expire(engine->delivery, record->deadline_ns + 1);
	assert_int_equal(engine->released[5], 1);
	assert_false(engine->allowed[5]);
	assert_int_equal(engine->notes[DELIVERY_NOTE_DEADLINE_KILL], 0);
	leave(engine, &client);
}

static void a_late_client_is_killed_by_its_pidfd(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client = {0};
	struct event_set events = {{0}};
	pid_t child = fork();
	struct client_options options = {.name = "late", .ring_size = RING_SIZE};
	int status = 0;

	if (child == 0) {
		for (;;)
			pause();
	}
	options.token = token((unsigned int)child);
	options.pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	assert_true(options.pidfd >= 0);
	join(engine, &client, &options);
	event_set_add(&events, EVENT_AUTH_EXEC);
	delivery_subscribe(engine->delivery, client.client, &events);
	ask(engine, EVENT_AUTH_EXEC, 0, 5);
	ask(engine, EVENT_AUTH_EXEC, 0, 6);
	delivery_expire(engine->delivery, take(&client)->deadline_ns);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* Dying, it is not asked again; what it still owes goes when it goes. */
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 7), DELIVERY_ALLOW);
	leave(engine, &client);
	assert_int_equal(engine->released[5], 1);
	assert_int_equal(engine->released[6], 1);
	close(options.pidfd);
}

static void a_client_that_leaves_owes_nothing_any_more(void **state)
{
	struct engine_side *engine = *state;

	for (size_t i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
		struct client_side client;

		join_for(engine, &client, 1, EVENT_AUTH_EXEC);
		delivery_set_miss_mode(engine->delivery, client.client, misses[i].mode);
		for (uint64_t hold = 0; hold < 100; hold++)
			ask(engine, EVENT_AUTH_EXEC, 0, 100 * i + hold);
		leave(engine, &client);
		for (uint64_t hold = 100 * i; hold < 100 * i + 100; hold++) {
			assert_int_equal(engine->released[hold], 1);
			assert_int_equal(engine->allowed[hold], misses[i].allows);
		}
	}
}

static void a_client_that_dumps_core_counts_as_dead(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	struct record_token dumping = token(1);

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	ask(engine, EVENT_AUTH_EXEC, 0, 5);
	delivery_process_dumping(engine->delivery, &dumping);
	assert_int_equal(engine->released[5], 1);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 6), DELIVERY_ALLOW);
	leave(engine, &client);
}

static void when_slots_run_out_the_miss_mode_answers(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	uint64_t hold = 0;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	delivery_set_miss_mode(engine->delivery, client.client, CLIENT_MISS_FAIL_CLOSED);
	while (ask(engine, EVENT_AUTH_EXEC, 0, hold) == DELIVERY_HELD) {
		take(&client);
		hold++;
	}
	assert_int_equal(hold, VERDICT_SLOTS);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_DENY);
	delivery_set_miss_mode(engine->delivery, client.client, CLIENT_MISS_FAIL_OPEN);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_ALLOW);
	assert_int_equal(engine->released[hold], 0);
	assert_int_equal(delivery_release_all(engine->delivery), VERDICT_SLOTS);
	leave(engine, &client);
	for (uint64_t i = 0; i < hold; i++)
		assert_int_equal(engine->released[i], 1);
}

static void when_the_ring_is_full_the_miss_mode_answers(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	uint64_t hold = 0;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	delivery_set_miss_mode(engine->delivery, client.client, CLIENT_MISS_FAIL_CLOSED);
	while (ask(engine, EVENT_AUTH_EXEC, 0, hold) == DELIVERY_HELD)
		hold++;
	assert_true(hold < VERDICT_SLOTS);
	assert_int_equal(engine->released[hold], 0);
	/* The slot of the question that was never asked is free again. */
	take(&client);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_HELD);
	leave(engine, &client);
	assert_int_equal(engine->released[hold], 1);
}

static void one_client_more_than_places_is_refused(void **state)
{
	struct engine_side *engine = *state;
	struct client *clients[POLICY_CLIENTS_MAX];
	struct client_options options = {.pidfd = -1, .name = "many", .ring_size = RING_SIZE};
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	struct client *more = NULL;

	for (int i = 0; i < POLICY_CLIENTS_MAX; i++) {
		assert_int_equal(
			delivery_client_new(engine->delivery, &options, &clients[i], descriptors),
			0);
		for (int fd = 0; fd < CONTROL_DESCRIPTORS_MAX; fd++)
			close(descriptors[fd]);
	}
	assert_int_equal(delivery_client_new(engine->delivery, &options, &more, descriptors),
			 CLIENT_TOO_MANY);
	assert_null(more);
	delivery_client_free(engine->delivery, clients[3]);
	assert_int_equal(delivery_client_new(engine->delivery, &options, &more, descriptors), 0);
	for (int fd = 0; fd < CONTROL_DESCRIPTORS_MAX; fd++)
		close(descriptors[fd]);
	assert_int_equal(client_index(more), 3);
}

static void deadlines_have_bounds(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	struct control_deadline deadline = {.bound = CONTROL_DEADLINE_MAX, .milliseconds = 500};
	uint32_t milliseconds = 0;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	event_set_add(&deadline.events, EVENT_AUTH_EXEC);
	assert_int_equal(delivery_set_deadline(engine->delivery, client.client, &deadline), 0);
	assert_int_equal(delivery_deadline(engine->delivery, client.client, EVENT_AUTH_EXEC,
					   CONTROL_DEADLINE_MAX, &milliseconds),
			 0);
	assert_int_equal(milliseconds, 500);
	deadline.milliseconds = 30001;
	assert_int_equal(delivery_set_deadline(engine->delivery, client.client, &deadline),
			 -EINVAL);
	deadline = (struct control_deadline){.bound = CONTROL_DEADLINE_MIN, .milliseconds = 1};
	event_set_add(&deadline.events, EVENT_AUTH_EXEC);
	assert_int_equal(delivery_set_deadline(engine->delivery, client.client, &deadline),
			 -EINVAL);
	assert_int_equal(delivery_deadline(engine->delivery, client.client, EVENT_NOTIFY_EXEC,
					   CONTROL_DEADLINE_MAX, &milliseconds),
			 -EINVAL);
	leave(engine, &client);
}

static void minimum_and_maximum_drag_each_other(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client = {0};
	struct client_options options = {.kind = CONTROL_CLIENT_DESCENDANTS,
					 .pidfd = -1,
					 .name = "descendants",
					 .ring_size = RING_SIZE};
	struct control_deadline deadline = {.bound = CONTROL_DEADLINE_MIN, .milliseconds = 60000};
	uint32_t milliseconds = 0;

	join(engine, &client, &options);
	event_set_add(&deadline.events, EVENT_AUTH_OPEN);
	assert_int_equal(delivery_set_deadline(engine->delivery, client.client, &deadline), 0);
	delivery_deadline(engine->delivery, client.client, EVENT_AUTH_OPEN, CONTROL_DEADLINE_MAX,
			  &milliseconds);
	assert_int_equal(milliseconds, 60000);
	deadline.bound = CONTROL_DEADLINE_MAX;
	deadline.milliseconds = 100;
	assert_int_equal(delivery_set_deadline(engine->delivery, client.client, &deadline), 0);
	delivery_deadline(engine->delivery, client.client, EVENT_AUTH_OPEN, CONTROL_DEADLINE_MIN,
			  &milliseconds);
	assert_int_equal(milliseconds, 100);
	deadline.bound = CONTROL_DEADLINE_MIN;
	deadline.events = (struct event_set){{0}};
	event_set_add(&deadline.events, EVENT_AUTH_BOOTSTRAP_LOOK_UP);
	assert_int_equal(delivery_set_deadline(engine->delivery, client.client, &deadline),
			 -EINVAL);
	leave(engine, &client);
}

static void the_clock_wakes_for_an_earlier_deadline(void **state)
{
	struct engine_side *engine = *state;

	/* A time that has come returns at once; after the stop nobody waits. */
	assert_true(delivery_await_deadline(engine->delivery, clock_now_ns()));
	delivery_stop(engine->delivery);
	assert_false(delivery_await_deadline(engine->delivery, UINT64_MAX));
}

static void what_is_open_can_be_listed(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	struct question_status questions[2];
	struct client_status status;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	ask(engine, EVENT_AUTH_EXEC, 0, 5);
	assert_int_equal(delivery_question_status(engine->delivery, questions, 2), 1);
	assert_false(questions[0].delivered);
	assert_string_equal(questions[0].target_path, "/srv/file");
	take(&client);
	assert_int_equal(delivery_question_status(engine->delivery, questions, 2), 1);
	assert_true(questions[0].delivered);
	assert_int_equal(delivery_client_status(engine->delivery, &status, 1), 1);
	assert_int_equal(status.unanswered, 1);
	assert_int_equal(status.messages, 1);
	leave(engine, &client);
}

/* Answers everything that comes, from its own thread. */
static void *answering(void *context)
{
	struct client_side *client = context;
	const struct ring_producer_page *producer = (const void *)client->ring;

	for (uint64_t answered = 0; answered < 2000;) {
		uint64_t position = __atomic_load_n(&producer->position, __ATOMIC_SEQ_CST);

		while (client->at < position) {
			const struct record *record = take(client);

			__atomic_store_n(&client->verdicts[verdict_question_slot(record->question)],
					 verdict_word(verdict_question_generation(record->question),
						      VERDICT_ANSWERED, false, VERDICT_FLAGS_ALLOW),
					 __ATOMIC_SEQ_CST);
			answered++;
		}
	}
	return NULL;
}

static void lingering_catches_what_rings_no_bell(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	pthread_t thread;
	uint64_t give_up = clock_now_ns() + 60 * NANOSECONDS_PER_SECOND;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	assert_int_equal(pthread_create(&thread, NULL, answering, &client), 0);
	for (uint64_t hold = 0; hold < 2000; hold++) {
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_HELD);
		while (!engine->released[hold]) {
			delivery_linger(engine->delivery);
			delivery_collect(engine->delivery);
			assert_true(clock_now_ns() < give_up);
		}
	}
	pthread_join(thread, NULL);
	for (uint64_t hold = 0; hold < 2000; hold++)
		assert_int_equal(engine->released[hold], 1);
	leave(engine, &client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(nobody_interested_means_allowed_and_told_nothing),
		TEST(sequence_numbers_count_by_event_and_overall),
		TEST(a_full_ring_is_a_gap_in_the_numbers),
		TEST(an_answer_lets_the_subject_go_once),
		TEST(any_denial_decides_and_is_noted),
		TEST(open_flags_of_all_clients_are_joined),
		TEST(a_cached_answer_asks_nobody_and_keeps_its_flags),
		TEST(a_new_client_empties_the_cache),
		TEST(clearing_the_cache_is_throttled_for_clients),
		TEST(a_client_is_never_asked_about_itself),
		TEST(a_missed_deadline_is_answered_by_the_miss_mode),
		TEST(an_answer_in_time_counts_even_if_collected_late),
		TEST(a_late_client_is_killed_by_its_pidfd),
		TEST(a_client_that_leaves_owes_nothing_any_more),
		TEST(a_client_that_dumps_core_counts_as_dead),
		TEST(when_slots_run_out_the_miss_mode_answers),
		TEST(when_the_ring_is_full_the_miss_mode_answers),
		TEST(one_client_more_than_places_is_refused),
		TEST(deadlines_have_bounds),
		TEST(minimum_and_maximum_drag_each_other),
		TEST(the_clock_wakes_for_an_earlier_deadline),
		TEST(what_is_open_can_be_listed),
		TEST(lingering_catches_what_rings_no_bell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
