/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery: who is told, who is asked, what decides. Every held subject must be let go exactly
 * once.
 */
#include "tests/unit/daemon/delivery/scene.h"

#include "base/clock.h"
#include "wire/builder.h"
#include "wire/ring.h"
#include "wire/verdict.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

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

static bool recalls(struct engine_side *engine, unsigned int event)
{
	struct scene scene;
	const struct delivery_event *staged = stage(engine, &scene, event);
	const struct delivery_recall recall = {
		.event = event,
		.subject = staged->subject,
		.executable = &staged->executable,
		.target = &staged->target,
	};

	return delivery_recalls(engine->delivery, &recall);
}

static void what_each_client_has_allowed_before_is_recalled(void **state)
{
	struct engine_side *engine = *state;
	struct client_side clients[2];
	struct control_mute mute = {.operation = CONTROL_MUTE_ADD,
				    .kind = CONTROL_MUTE_TARGET_LITERAL,
				    .path_length = 2};

	assert_true(recalls(engine, EVENT_AUTH_OPEN));
	join_for(engine, &clients[0], 1, EVENT_AUTH_OPEN);
	join_for(engine, &clients[1], 2, EVENT_AUTH_OPEN);
	assert_false(recalls(engine, EVENT_AUTH_OPEN));
	ask(engine, EVENT_AUTH_OPEN, 1, 5);
	answer(&clients[0], take(&clients[0])->question, VERDICT_FLAGS_ALLOW, true);
	answer(&clients[1], take(&clients[1])->question, 1, true);
	delivery_collect(engine->delivery);
	/* One of them allowed only the flag it was asked about. */
	assert_false(recalls(engine, EVENT_AUTH_OPEN));
	leave(engine, &clients[1]);
	ask(engine, EVENT_AUTH_OPEN, 1, 6);
	answer(&clients[0], take(&clients[0])->question, VERDICT_FLAGS_ALLOW, true);
	delivery_collect(engine->delivery);
	assert_true(recalls(engine, EVENT_AUTH_OPEN));
	/* Once the target's path matters, it has to be known. */
	event_set_add(&mute.events, EVENT_AUTH_OPEN);
	assert_int_equal(delivery_mute(engine->delivery, clients[0].client, &mute, "/x"), 0);
	assert_false(recalls(engine, EVENT_AUTH_OPEN));
	leave(engine, &clients[0]);
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

static void what_is_open_can_be_listed(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	struct delivery_questions questions = {.count = 0};
	struct client_status status;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	ask(engine, EVENT_AUTH_EXEC, 0, 5);
	assert_false(delivery_next_questions(engine->delivery, &questions));
	assert_int_equal(questions.count, 1);
	assert_false(questions.statuses[0].delivered);
	assert_string_equal(questions.statuses[0].target_path, "/srv/file");
	take(&client);
	questions = (struct delivery_questions){.count = 0};
	assert_false(delivery_next_questions(engine->delivery, &questions));
	assert_int_equal(questions.count, 1);
	assert_true(questions.statuses[0].delivered);
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

			answer(client, record->question, VERDICT_FLAGS_ALLOW, false);
			answered++;
		}
	}
	return NULL;
}

static void clients_go_first_and_ring_for_what_comes_later(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	const struct ring_producer_page *producer;
	struct epoll_event told;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	producer = (const void *)client.ring;
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 5), DELIVERY_HELD);
	delivery_clients_first(engine->delivery);
	assert_int_equal(producer->waiting, 1);
	assert_int_equal(engine->released[5], 0);
	answer(&client, take(&client)->question, VERDICT_FLAGS_ALLOW, false);
	assert_int_equal(epoll_wait(delivery_waits(engine->delivery), &told, 1, 0), 1);
	delivery_collect(engine->delivery);
	assert_int_equal(engine->released[5], 1);
	/* Answered before anybody waits: without a bell. */
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 6), DELIVERY_HELD);
	give(&client, take(&client)->question, VERDICT_FLAGS_ALLOW, false);
	/* Where giving way has taken long, it is left out a thousand times. */
	for (int tries = 0; tries < 1100 && engine->released[6] == 0; tries++)
		delivery_clients_first(engine->delivery);
	assert_int_equal(engine->released[6], 1);
	assert_int_equal(epoll_wait(delivery_waits(engine->delivery), &told, 1, 0), 0);
	leave(engine, &client);
}

static void every_answer_is_told_to_who_waits(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	pthread_t thread;
	uint64_t give_up = clock_now_ns() + 60 * NANOSECONDS_PER_SECOND;
	struct epoll_event told;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	assert_int_equal(pthread_create(&thread, NULL, answering, &client), 0);
	for (uint64_t hold = 0; hold < 2000; hold++) {
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_HELD);
		while (!engine->released[hold]) {
			assert_true(clock_now_ns() < give_up);
			assert_int_equal(epoll_wait(delivery_waits(engine->delivery), &told, 1,
						    clock_milliseconds_until(give_up)),
					 1);
			assert_int_equal(told.data.u64, DELIVERY_ANSWERS);
			delivery_collect(engine->delivery);
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
		TEST(what_each_client_has_allowed_before_is_recalled),
		TEST(a_new_client_empties_the_cache),
		TEST(clearing_the_cache_is_throttled_for_clients),
		TEST(a_client_is_never_asked_about_itself),
		TEST(what_is_open_can_be_listed),
		TEST(clients_go_first_and_ring_for_what_comes_later),
		TEST(every_answer_is_told_to_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
