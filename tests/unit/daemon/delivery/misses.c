/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery when no answer comes: deadlines, deaths, departures, full rings and full tables. Every
 * held subject must be let go exactly once, by the client's miss mode.
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
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

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

static void what_can_never_be_answered_is_answered_at_once(void **state)
{
	static const enum delivery_note_kind kinds[] = {
		[CLIENT_MISS_KILL] = DELIVERY_NOTE_DEADLOCK_KILL,
		[CLIENT_MISS_FAIL_CLOSED] = DELIVERY_NOTE_DEADLOCK_CLOSED,
		[CLIENT_MISS_FAIL_OPEN] = DELIVERY_NOTE_DEADLOCK_OPEN,
	};
	struct engine_side *engine = *state;

	for (size_t i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
		struct client_side client;
		uint64_t hold = 10 + i, id, question;

		join_for(engine, &client, 1, EVENT_AUTH_EXEC);
		id = client_id(client.client);
		delivery_set_miss_mode(engine->delivery, client.client, misses[i].mode);
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_HELD);
		question = take(&client)->question;
		assert_false(delivery_break(engine->delivery, id + 1, question));
		assert_false(delivery_break(engine->delivery, id, question + 1));
		assert_int_equal(engine->released[hold], 0);
		assert_true(delivery_break(engine->delivery, id, question));
		assert_int_equal(engine->released[hold], 1);
		assert_int_equal(engine->allowed[hold], misses[i].allows);
		assert_int_equal(engine->notes[kinds[misses[i].mode]], 1);
		assert_int_equal(delivery_totals(engine->delivery).deadlocks, i + 1);
		assert_false(delivery_break(engine->delivery, id, question));
		leave(engine, &client);
	}
}

static void what_was_answered_is_not_broken(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	uint64_t question;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 3), DELIVERY_HELD);
	question = take(&client)->question;
	give(&client, question, VERDICT_FLAGS_DENY, false);
	assert_false(delivery_break(engine->delivery, client_id(client.client), question));
	delivery_collect(engine->delivery);
	assert_int_equal(engine->released[3], 1);
	assert_false(engine->allowed[3]);
	leave(engine, &client);
}

static void what_gets_old_is_awaited(void **state)
{
	const uint64_t age_ns = 20 * NANOSECONDS_PER_MILLISECOND;
	struct engine_side *engine = *state;
	struct client_side client;
	uint64_t asked_ns = clock_now_ns(), later_ns;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 3), DELIVERY_HELD);
	assert_true(delivery_await_old(engine->delivery, age_ns, 0));
	assert_true(clock_now_ns() >= asked_ns + age_ns);
	later_ns = clock_now_ns() + age_ns;
	assert_true(delivery_await_old(engine->delivery, age_ns, later_ns));
	assert_true(clock_now_ns() >= later_ns);
	leave(engine, &client);
	delivery_stop(engine->delivery);
	assert_false(delivery_await_old(engine->delivery, age_ns, 0));
}

static void *ask_one(void *context)
{
	ask(context, EVENT_AUTH_EXEC, 0, 4);
	return NULL;
}

static void an_ask_wakes_whoever_waits_for_one(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	pthread_t thread;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	assert_int_equal(pthread_create(&thread, NULL, ask_one, engine), 0);
	assert_true(delivery_await_old(engine->delivery, 1, 0));
	assert_int_equal(pthread_join(thread, NULL), 0);
	leave(engine, &client);
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
	/* Told once, however often it happens. */
	assert_int_equal(engine->notes[DELIVERY_NOTE_OVERFLOW], 1);
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

static void whoever_cannot_be_held_is_answered_by_the_miss_modes(void **state)
{
	struct engine_side *engine = *state;
	struct client_side clients[2];

	/* Nobody wants to be asked about this. */
	join_for(engine, &clients[0], 1, EVENT_NOTIFY_EXEC);
	delivery_set_miss_mode(engine->delivery, clients[0].client, CLIENT_MISS_FAIL_CLOSED);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, DELIVERY_NO_HOLD), DELIVERY_ALLOW);
	leave(engine, &clients[0]);
	for (size_t i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
		join_for(engine, &clients[0], 1, EVENT_AUTH_EXEC);
		join_for(engine, &clients[1], 2, EVENT_AUTH_EXEC);
		delivery_set_miss_mode(engine->delivery, clients[0].client, CLIENT_MISS_FAIL_OPEN);
		delivery_set_miss_mode(engine->delivery, clients[1].client, misses[i].mode);
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, DELIVERY_NO_HOLD),
				 misses[i].allows ? DELIVERY_ALLOW : DELIVERY_DENY);
		assert_true(empty(&clients[0]) && empty(&clients[1]));
		/* A gap tells the clients of it, and a note people: one for each client. */
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 5), DELIVERY_HELD);
		assert_int_equal(take(&clients[0])->seq_num, 1);
		assert_int_equal(take(&clients[1])->global_seq_num, 1);
		assert_int_equal(engine->notes[DELIVERY_NOTE_OVERFLOW], 2 * (i + 1));
		leave(engine, &clients[0]);
		leave(engine, &clients[1]);
	}
	assert_int_equal(delivery_totals(engine->delivery).could_not_ask,
			 2 * sizeof(misses) / sizeof(misses[0]));
}

static void whoever_cannot_be_held_is_answered_from_the_cache_first(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;
	const struct {
		uint32_t flags;
		unsigned int miss_mode;
		enum delivery_outcome outcome;
	} answers[] = {
		{VERDICT_FLAGS_ALLOW, CLIENT_MISS_FAIL_CLOSED, DELIVERY_ALLOW},
		{VERDICT_FLAGS_DENY, CLIENT_MISS_FAIL_OPEN, DELIVERY_DENY},
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		join_for(engine, &client, 1, EVENT_AUTH_EXEC);
		delivery_set_miss_mode(engine->delivery, client.client, answers[i].miss_mode);
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 5), DELIVERY_HELD);
		answer(&client, take(&client)->question, answers[i].flags, true);
		assert_int_equal(delivery_collect(engine->delivery), 1);
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, DELIVERY_NO_HOLD),
				 answers[i].outcome);
		leave(engine, &client);
	}
	assert_int_equal(engine->notes[DELIVERY_NOTE_OVERFLOW], 0);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_missed_deadline_is_answered_by_the_miss_mode),
		TEST(what_can_never_be_answered_is_answered_at_once),
		TEST(what_was_answered_is_not_broken),
		TEST(what_gets_old_is_awaited),
		TEST(an_ask_wakes_whoever_waits_for_one),
		TEST(an_answer_in_time_counts_even_if_collected_late),
		TEST(a_late_client_is_killed_by_its_pidfd),
		TEST(a_client_that_leaves_owes_nothing_any_more),
		TEST(a_client_that_dumps_core_counts_as_dead),
		TEST(when_slots_run_out_the_miss_mode_answers),
		TEST(when_the_ring_is_full_the_miss_mode_answers),
		TEST(whoever_cannot_be_held_is_answered_by_the_miss_modes),
		TEST(whoever_cannot_be_held_is_answered_from_the_cache_first),
		TEST(one_client_more_than_places_is_refused),
		TEST(deadlines_have_bounds),
		TEST(minimum_and_maximum_drag_each_other),
		TEST(the_clock_wakes_for_an_earlier_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
