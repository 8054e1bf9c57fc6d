/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that a made-up guard says is stopped: what is answered for it, what waits, whose clock
 * stands still; and that nobody looks at a client that is not debuggable.
 */
#include "daemon/delivery/stops.h"

#include "base/clock.h"
#include "tests/unit/daemon/delivery/scene.h"
#include "wire/verdict.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct made_up {
	struct delivery_watch base;
	enum delivery_stop says;
	unsigned int looks;
	unsigned int freed;
};

static enum delivery_stop look(struct delivery_watch *base)
{
	struct made_up *watch = (struct made_up *)base;

	watch->looks++;
	return watch->says;
}

static void note_freed(struct delivery_watch *base)
{
	((struct made_up *)base)->freed++;
}

static struct made_up made_up(void)
{
	return (struct made_up){.base = {.look = look, .free = note_freed}};
}

static void join_debuggable(struct engine_side *engine, struct client_side *side,
			    enum debug_policy policy)
{
	const struct client_options options = {.token = token(1),
					       .pidfd = -1,
					       .name = "/usr/bin/client",
					       .ring_size = RING_SIZE,
					       .debuggable = true,
					       .debug_policy = policy};
	struct event_set events = {{0}};

	memset(side, 0, sizeof(*side));
	join(engine, side, &options);
	event_set_add(&events, EVENT_AUTH_EXEC);
	delivery_subscribe(engine->delivery, side->client, &events);
}

static struct client_status status(struct engine_side *engine)
{
	struct client_status status = {0};

	assert_true(delivery_client_status(engine->delivery, &status, 1) > 0);
	return status;
}

/* Looks until the stop is one. */
static void stop(struct engine_side *engine, struct client_side *side, struct made_up *watch)
{
	uint64_t deadline = clock_now_ns() + 10 * NANOSECONDS_PER_SECOND;

	watch->says = DELIVERY_HANDLER_STOPPED;
	do {
		delivery_look(engine->delivery, client_id(side->client));
		assert_true(clock_now_ns() < deadline);
	} while (!status(engine).stopped);
}

static void nobody_looks_at_one_who_is_not_debuggable(void **state)
{
	struct engine_side *engine = *state;
	struct client_guarded guarded[POLICY_CLIENTS_MAX];
	struct made_up watch = made_up();
	struct client_side client;

	join_for(engine, &client, 1, EVENT_AUTH_EXEC);
	assert_int_equal(delivery_guarded(engine->delivery, guarded), 0);
	watch.says = DELIVERY_ANSWERER_STOPPED;
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_HELD);
	delivery_expire(engine->delivery, clock_now_ns());
	assert_int_equal(watch.looks, 0);
	assert_int_equal(delivery_set_debug_policy(engine->delivery, client_id(client.client), 0),
			 -EPERM);
	leave(engine, &client);
	assert_int_equal(watch.freed, 1);
}

static void a_short_stop_is_none(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	watch.says = DELIVERY_HANDLER_STOPPED;
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_HELD);
	assert_false(status(engine).stopped);
	watch.says = DELIVERY_RUNS;
	delivery_look(engine->delivery, client_id(client.client));
	assert_false(empty(&client));
	assert_int_equal(engine->released[1], 0);
	assert_int_equal(status(engine).missed, 0);
	leave(engine, &client);
}

static void where_the_handler_runs_on_a_stop_counts_at_once(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	watch.says = DELIVERY_ANSWERER_STOPPED;
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_ALLOW);
	assert_true(empty(&client));
	leave(engine, &client);
}

/* Two are asked: the handler is entered for the first. */
static void those_behind_it_are_answered_and_it_is_held(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client;
	const struct record *record;
	uint64_t question, deadline_ns, later_ns, seq_num;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_HELD);
	record = take(&client);
	question = record->question;
	deadline_ns = record->deadline_ns;
	seq_num = record->seq_num;
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 2), DELIVERY_HELD);
	stop(engine, &client, &watch);
	assert_int_equal(engine->released[1], 0);
	assert_int_equal(engine->released[2], 1);
	assert_true(engine->allowed[2]);
	/* New ones do not even reach the ring. */
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 3), DELIVERY_ALLOW);
	assert_int_equal(status(engine).missed, 2);
	/* No deadline comes to pass, however late it is. */
	assert_int_equal(delivery_expire(engine->delivery, deadline_ns + 1), UINT64_MAX);
	assert_int_equal(engine->released[1], 0);
	watch.says = DELIVERY_RUNS;
	delivery_look(engine->delivery, client_id(client.client));
	later_ns = delivery_expire(engine->delivery, clock_now_ns());
	assert_true(later_ns > deadline_ns && later_ns != UINT64_MAX);
	answer(&client, question, VERDICT_FLAGS_DENY, false);
	assert_int_equal(delivery_collect(engine->delivery), 1);
	assert_int_equal(engine->released[1], 1);
	assert_false(engine->allowed[1]);
	/* A gap shows what was not told: the second is in the ring, closed; the third is not. */
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 4), DELIVERY_HELD);
	take(&client);
	assert_int_equal(take(&client)->seq_num, seq_num + 3);
	leave(engine, &client);
}

static void deny_denies_and_nothing_is_remembered(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client;

	join_debuggable(engine, &client, DEBUG_POLICY_DENY);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	stop(engine, &client, &watch);
	/* Not before it is known who the debugger is. */
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 3), DELIVERY_HELD);
	delivery_set_debugged(engine->delivery, client_id(client.client), false);
	delivery_look(engine->delivery, client_id(client.client));
	assert_int_equal(engine->released[3], 1);
	assert_false(engine->allowed[3]);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_DENY);
	assert_int_equal(delivery_totals(engine->delivery).cached_answers, 0);
	assert_int_equal(delivery_totals(engine->delivery).missed, 2);
	assert_int_equal(delivery_set_debug_policy(engine->delivery, client_id(client.client),
						   DEBUG_POLICY_PASS),
			 0);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 2), DELIVERY_ALLOW);
	assert_int_equal(delivery_set_debug_policy(engine->delivery, client_id(client.client),
						   DEBUG_POLICY_LAST),
			 -EINVAL);
	assert_int_equal(delivery_set_debug_policy(engine->delivery, 4711, DEBUG_POLICY_PASS),
			 -ENOENT);
	leave(engine, &client);
}

static void hold_waits_and_the_deadline_comes(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client;
	uint64_t deadline_ns;

	join_debuggable(engine, &client, DEBUG_POLICY_HOLD);
	delivery_set_miss_mode(engine->delivery, client.client, CLIENT_MISS_FAIL_CLOSED);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	stop(engine, &client, &watch);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_HELD);
	deadline_ns = take(&client)->deadline_ns;
	delivery_expire(engine->delivery, deadline_ns);
	assert_int_equal(engine->released[1], 1);
	assert_false(engine->allowed[1]);
	leave(engine, &client);
}

/* Nobody has looked until the deadline is there. */
static void a_stop_noticed_at_the_deadline_is_no_miss(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client;
	uint64_t deadline_ns;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_HELD);
	deadline_ns = take(&client)->deadline_ns;
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 2), DELIVERY_HELD);
	watch.says = DELIVERY_HANDLER_STOPPED;
	delivery_expire(engine->delivery, deadline_ns + NANOSECONDS_PER_SECOND);
	assert_int_equal(engine->released[1], 0);
	assert_int_equal(engine->released[2], 1);
	assert_true(engine->allowed[2]);
	assert_int_equal(delivery_totals(engine->delivery).expired, 0);
	leave(engine, &client);
	assert_int_equal(engine->released[1], 1);
}

/* Of two clients one is stopped: the other decides. */
static void only_the_share_of_the_stopped_one_is_answered(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client, other;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	stop(engine, &client, &watch);
	join_for(engine, &other, 2, EVENT_AUTH_EXEC);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_HELD);
	answer(&other, take(&other)->question, VERDICT_FLAGS_DENY, false);
	delivery_collect(engine->delivery);
	assert_int_equal(engine->released[1], 1);
	assert_false(engine->allowed[1]);
	leave(engine, &client);
	leave(engine, &other);
}

static enum delivery_outcome ask_by_debugger(struct engine_side *engine,
					     const struct client_side *client, uint64_t hold)
{
	struct scene scene;
	struct delivery_event *event = stage(engine, &scene, EVENT_AUTH_EXEC);
	unsigned int index = POLICY_DEBUGGERS + client_index(client->client);

	scene.subject.subtrees.words[index / 64] |= UINT64_C(1) << (index % 64);
	return delivery_ask(engine->delivery, event, hold);
}

static void a_debugger_never_waits_on_the_debugged(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client, other;
	pid_t pids[SUBJECTS_AT_ONCE];
	uint64_t id;

	join_debuggable(engine, &client, DEBUG_POLICY_DENY);
	join_for(engine, &other, 2, EVENT_AUTH_EXEC);
	id = client_id(client.client);
	delivery_set_watch(engine->delivery, id, &watch.base);
	/* Until it is known for one, it does; then what it waits for is let go. */
	assert_int_equal(ask_by_debugger(engine, &client, 1), DELIVERY_HELD);
	answer(&other, take(&other)->question, VERDICT_FLAGS_ALLOW, false);
	delivery_collect(engine->delivery);
	assert_int_equal(delivery_subjects(engine->delivery, id, pids), 1);
	delivery_set_debugged(engine->delivery, id, true);
	delivery_excuse(engine->delivery, id, pids[0] + 1);
	assert_int_equal(engine->released[1], 0);
	delivery_excuse(engine->delivery, id, pids[0]);
	assert_int_equal(engine->released[1], 1);
	assert_true(engine->allowed[1]);
	take(&client);
	/* For this client alone: the other is asked as ever. */
	assert_int_equal(ask_by_debugger(engine, &client, 2), DELIVERY_HELD);
	assert_true(empty(&client));
	answer(&other, take(&other)->question, VERDICT_FLAGS_ALLOW, false);
	delivery_collect(engine->delivery);
	assert_int_equal(engine->released[2], 1);
	/* With `hold` nobody is exempt, and nobody once it is over. */
	delivery_set_debug_policy(engine->delivery, id, DEBUG_POLICY_HOLD);
	assert_int_equal(ask_by_debugger(engine, &client, 3), DELIVERY_HELD);
	assert_false(empty(&client));
	delivery_set_debug_policy(engine->delivery, id, DEBUG_POLICY_PASS);
	delivery_set_debugged(engine->delivery, id, false);
	take(&client);
	assert_int_equal(ask_by_debugger(engine, &client, 4), DELIVERY_HELD);
	assert_false(empty(&client));
	leave(engine, &client);
	leave(engine, &other);
}

static void what_tells_of_it_is_marked(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client, listener;
	const struct record *record;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	join_for(engine, &listener, 2, EVENT_NOTIFY_EXEC);
	notify(engine, EVENT_NOTIFY_EXEC);
	assert_int_equal(take(&listener)->flags, 0);
	stop(engine, &client, &watch);
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_ALLOW);
	notify(engine, EVENT_NOTIFY_EXEC);
	assert_int_equal(take(&listener)->flags, RECORD_STOOD_IN);
	/* It goes on, and is asked about the same. */
	watch.says = DELIVERY_RUNS;
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 2), DELIVERY_HELD);
	record = take(&client);
	answer(&client, record->question, VERDICT_FLAGS_ALLOW, false);
	delivery_collect(engine->delivery);
	notify(engine, EVENT_NOTIFY_EXEC);
	assert_int_equal(take(&listener)->flags, 0);
	leave(engine, &client);
	leave(engine, &listener);
}

static void the_newest_that_were_missed_are_kept(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct delivery_missed walk = {.index = 0};
	struct client_side client;
	uint64_t told = 0;
	bool more;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	stop(engine, &client, &watch);
	for (int i = 0; i < MISSED_KEPT + 10; i++)
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_ALLOW);
	do {
		more = delivery_next_missed(engine->delivery, &walk);
		for (size_t i = 0; i < walk.count; i++) {
			assert_int_equal(walk.entries[i].number, 10 + told++);
			assert_int_equal(walk.entries[i].seq_num, walk.entries[i].number);
			assert_int_equal(walk.entries[i].event, EVENT_AUTH_EXEC);
			assert_true(walk.entries[i].allowed);
			assert_string_equal(walk.entries[i].target_path, "/srv/file");
		}
	} while (more);
	assert_int_equal(told, MISSED_KEPT);
	leave(engine, &client);
}

/* More than are ended while the lock is held once. */
static void however_many_wait_all_are_answered(void **state)
{
	struct engine_side *engine = *state;
	struct made_up watch = made_up();
	struct client_side client;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	for (unsigned int hold = 0; hold < 300; hold++)
		assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, hold), DELIVERY_HELD);
	take(&client);
	stop(engine, &client, &watch);
	for (unsigned int hold = 1; hold < 300; hold++)
		assert_int_equal(engine->released[hold], 1);
	assert_int_equal(engine->released[0], 0);
	leave(engine, &client);
}

static void the_guard_is_called_and_sees_what_there_is_to_do(void **state)
{
	struct engine_side *engine = *state;
	const struct record_token tracee = token(1);
	struct client_guarded guarded[POLICY_CLIENTS_MAX];
	struct made_up watch = made_up();
	struct client_side client;

	join_debuggable(engine, &client, DEBUG_POLICY_PASS);
	assert_int_equal(delivery_guarded(engine->delivery, guarded), 1);
	assert_int_equal(guarded[0].urgency, CLIENT_QUIET);
	assert_false(guarded[0].watched);
	client.consumer->handler_tid = 77;
	assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, 1), DELIVERY_HELD);
	/* It would wait for ever, had it not been called. */
	assert_true(delivery_await_guard(engine->delivery, UINT64_MAX));
	delivery_set_watch(engine->delivery, client_id(client.client), &watch.base);
	assert_int_equal(delivery_guarded(engine->delivery, guarded), 1);
	assert_int_equal(guarded[0].urgency, CLIENT_WAITS);
	assert_int_equal(guarded[0].threads.handler, 77);
	assert_true(guarded[0].watched);
	take(&client);
	assert_int_equal(delivery_guarded(engine->delivery, guarded), 1);
	assert_int_equal(guarded[0].urgency, CLIENT_HANDLES);
	assert_true(guarded[0].debuggers_known);
	/* Somebody traces it: that is looked at at once, and once. */
	delivery_process_traced(engine->delivery, &tracee);
	assert_true(delivery_await_guard(engine->delivery, UINT64_MAX));
	assert_int_equal(delivery_guarded(engine->delivery, guarded), 1);
	assert_false(guarded[0].debuggers_known);
	assert_int_equal(delivery_guarded(engine->delivery, guarded), 1);
	assert_true(guarded[0].debuggers_known);
	delivery_stop_guard(engine->delivery);
	assert_false(delivery_await_guard(engine->delivery, UINT64_MAX));
	leave(engine, &client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		CASE(nobody_looks_at_one_who_is_not_debuggable),
		CASE(a_short_stop_is_none),
		CASE(where_the_handler_runs_on_a_stop_counts_at_once),
		CASE(those_behind_it_are_answered_and_it_is_held),
		CASE(deny_denies_and_nothing_is_remembered),
		CASE(hold_waits_and_the_deadline_comes),
		CASE(a_stop_noticed_at_the_deadline_is_no_miss),
		CASE(only_the_share_of_the_stopped_one_is_answered),
		CASE(a_debugger_never_waits_on_the_debugged),
		CASE(what_tells_of_it_is_marked),
		CASE(the_newest_that_were_missed_are_kept),
		CASE(however_many_wait_all_are_answered),
		CASE(the_guard_is_called_and_sees_what_there_is_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
