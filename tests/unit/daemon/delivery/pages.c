/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions wait for delivery's lock. So whatever there is much of is done some at a time: this
 * test stands between delivery and what it calls (the linker's --wrap) and counts how much of it is
 * done while the lock is held once.
 */
#include "tests/unit/daemon/delivery/scene.h"

#include "base/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MUTES = 100000, ANSWERS = 2000, ASKED = 300, AT_ONCE = 64 };

/* What is counted: now, and the most in one hold of the lock. */
struct counter {
	unsigned int now;
	unsigned int most;
	unsigned int all;
};
static struct counter frees, closes, steps;
static __thread unsigned int held;

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
void __real_free(void *memory);
bool __real_channel_slot_close(void *channel, uint64_t question, uint32_t *ret_flags,
			       bool *ret_cache);
bool __real_table_step(const struct table *table, uint64_t *place, struct table_link **ret_link);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
void __wrap_free(void *memory);
bool __wrap_channel_slot_close(void *channel, uint64_t question, uint32_t *ret_flags,
			       bool *ret_cache);
bool __wrap_table_step(const struct table *table, uint64_t *place, struct table_link **ret_link);

static void count(struct counter *counter)
{
	counter->all++;
	if (held > 0 && ++counter->now > counter->most)
		counter->most = counter->now;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	int result = __real_pthread_mutex_lock(mutex);

	if (held++ == 0)
		frees.now = closes.now = steps.now = 0;
	return result;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	held--;
	return __real_pthread_mutex_unlock(mutex);
}

void __wrap_free(void *memory)
{
	count(&frees);
	__real_free(memory);
}

bool __wrap_channel_slot_close(void *channel, uint64_t question, uint32_t *ret_flags,
			       bool *ret_cache)
{
	count(&closes);
	return __real_channel_slot_close(channel, question, ret_flags, ret_cache);
}

bool __wrap_table_step(const struct table *table, uint64_t *place, struct table_link **ret_link)
{
	count(&steps);
	return __real_table_step(table, place, ret_link);
}

static void begin_counting(void)
{
	frees = closes = steps = (struct counter){.now = 0};
}

static void mute(struct engine_side *engine, struct client_side *client,
		 enum control_mute_operation operation, unsigned int number)
{
	struct control_mute change = {.operation = operation, .kind = CONTROL_MUTE_LITERAL};
	char path[64];

	event_set_add(&change.events, EVENT_NOTIFY_OPEN);
	change.path_length = (uint32_t)snprintf(path, sizeof(path), "/mute/%u", number);
	assert_int_equal(delivery_mute(engine->delivery, client->client, &change, path), 0);
}

static void clear_mutes(struct engine_side *engine, struct client_side *client)
{
	const struct control_mute clear = {.operation = CONTROL_MUTE_CLEAR};

	assert_int_equal(delivery_mute(engine->delivery, client->client, &clear, ""), 0);
}

static void mute_many(struct engine_side *engine, struct client_side *client)
{
	join_for(engine, client, 1, EVENT_NOTIFY_EXEC);
	for (unsigned int number = 0; number < MUTES; number++)
		mute(engine, client, CONTROL_MUTE_ADD, number);
}

static struct delivery_mutes *walk_new(const struct client_side *client)
{
	struct delivery_mutes *walk = calloc(1, sizeof(*walk));

	assert_non_null(walk);
	walk->client_id = client_id(client->client);
	return walk;
}

/* Notes which of the numbered mutes are on the page. Returns how many others are. */
static size_t look_at(const struct delivery_mutes *page, unsigned char *met)
{
	size_t offset = 0, others = 0;

	for (size_t i = 0; i < page->count; i++) {
		const struct control_mute_entry *entry = (const void *)(page->bytes + offset);
		unsigned int number;
		char path[64];

		snprintf(path, sizeof(path), "%.*s", (int)entry->path_length,
			 (const char *)(entry + 1));
		if (sscanf(path, "/mute/%u", &number) == 1)
			met[number]++;
		else
			others++;
		offset += entry->size;
	}
	assert_int_equal(offset, page->size);
	return others;
}

static void mutes_are_listed_some_at_a_time(void **state)
{
	struct engine_side *engine = *state;
	unsigned char *met = calloc(MUTES, 1);
	struct client_side client;
	struct delivery_mutes *walk;
	struct client_status status;
	size_t others = 0, all = 0;
	int more;

	mute_many(engine, &client);
	delivery_client_status(engine->delivery, &status, 1);
	walk = walk_new(&client);
	begin_counting();
	do {
		more = delivery_next_mutes(engine->delivery, walk);
		assert_in_range(walk->count, 0, DELIVERY_MUTES_STEPS);
		others += look_at(walk, met);
		all += walk->count;
	} while (more > 0);
	assert_int_equal(more, 0);
	assert_in_range(steps.most, 1, DELIVERY_MUTES_STEPS);
	assert_int_equal(all, status.mutes);
	assert_int_equal(others, status.mutes - MUTES);
	for (unsigned int number = 0; number < MUTES; number++)
		assert_int_equal(met[number], 1);
	free(walk);
	free(met);
	leave(engine, &client);
}

static void long_mutes_fill_a_page_sooner(void **state)
{
	struct engine_side *engine = *state;
	struct control_mute add = {.operation = CONTROL_MUTE_ADD, .kind = CONTROL_MUTE_LITERAL};
	char *path = malloc(RECORD_PATH_MAX);
	struct client_side client;
	struct delivery_mutes *walk;
	size_t all = 0;
	int more;

	join_for(engine, &client, 1, EVENT_NOTIFY_EXEC);
	clear_mutes(engine, &client);
	memset(path, 'x', RECORD_PATH_MAX);
	event_set_add(&add.events, EVENT_NOTIFY_OPEN);
	for (add.path_length = RECORD_PATH_MAX - 1; add.path_length > RECORD_PATH_MAX - 100;
	     add.path_length--)
		assert_int_equal(delivery_mute(engine->delivery, client.client, &add, path), 0);
	walk = walk_new(&client);
	do {
		unsigned char none[1];

		more = delivery_next_mutes(engine->delivery, walk);
		assert_in_range(walk->size, 0, DELIVERY_MUTES_SIZE);
		all += look_at(walk, none);
	} while (more > 0);
	assert_in_range(all, 99, 99 + 22);
	free(walk);
	free(path);
	leave(engine, &client);
}

static void mutes_may_change_between_pages(void **state)
{
	struct engine_side *engine = *state;
	unsigned char *met = calloc(2 * MUTES, 1);
	struct client_side client;
	struct delivery_mutes *walk;
	unsigned int changed = 0;

	mute_many(engine, &client);
	walk = walk_new(&client);
	/* Of every three one stays, one goes, and one is there from then on. */
	while (delivery_next_mutes(engine->delivery, walk) > 0) {
		look_at(walk, met);
		for (int i = 0; i < 200 && changed + 2 < MUTES; i++, changed += 3) {
			mute(engine, &client, CONTROL_MUTE_REMOVE, changed);
			mute(engine, &client, CONTROL_MUTE_ADD, MUTES + changed);
			mute(engine, &client, CONTROL_MUTE_REMOVE, changed + 1);
			mute(engine, &client, CONTROL_MUTE_ADD, changed + 1);
		}
	}
	look_at(walk, met);
	assert_true(changed + 2 >= MUTES);
	for (unsigned int number = 0; number < 2 * MUTES; number++)
		assert_in_range(met[number], number < MUTES && number % 3 == 2 ? 1 : 0, 1);
	free(walk);
	free(met);
	leave(engine, &client);
}

static void a_client_that_leaves_ends_its_list(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client, other;
	struct delivery_mutes *walk;

	mute_many(engine, &client);
	walk = walk_new(&client);
	assert_int_equal(delivery_next_mutes(engine->delivery, walk), 1);
	leave(engine, &client);
	/* Another in its place is another. */
	mute_many(engine, &other);
	assert_int_equal(delivery_next_mutes(engine->delivery, walk), -ENOENT);
	assert_int_equal(walk->count, 0);
	free(walk);
	leave(engine, &other);
}

static void what_is_cleared_is_freed_without_the_lock(void **state)
{
	struct engine_side *engine = *state;
	struct client_side client;

	mute_many(engine, &client);
	begin_counting();
	clear_mutes(engine, &client);
	assert_true(frees.all >= MUTES);
	assert_in_range(frees.most, 0, 1);
	mute(engine, &client, CONTROL_MUTE_ADD, 7);
	leave(engine, &client);
}

/* Gets `ANSWERS` answers remembered. */
static void fill_cache(struct engine_side *engine, struct client_side *client)
{
	struct scene scene;
	struct delivery_event *event = stage(engine, &scene, EVENT_AUTH_EXEC);

	join_for(engine, client, 1, EVENT_AUTH_EXEC);
	for (uint64_t inode = 0; inode < ANSWERS; inode++) {
		event->target.inode = inode;
		assert_int_equal(delivery_ask(engine->delivery, event, 5), DELIVERY_HELD);
		answer(client, take(client)->question, UINT32_MAX, true);
		assert_int_equal(delivery_collect(engine->delivery), 1);
	}
	assert_int_equal(delivery_totals(engine->delivery).cached_answers, ANSWERS);
}

static void what_is_forgotten_is_freed_without_the_lock(void **state)
{
	struct engine_side *engine = *state;
	struct client_side first, second;

	fill_cache(engine, &first);
	begin_counting();
	assert_int_equal(delivery_clear_cache(engine->delivery, NULL), 0);
	assert_true(frees.all >= ANSWERS);
	assert_in_range(frees.most, 0, 1);
	/* So is what is forgotten because a client comes or goes. */
	leave(engine, &first);
	fill_cache(engine, &first);
	begin_counting();
	join_for(engine, &second, 2, EVENT_AUTH_EXEC);
	assert_true(frees.all >= ANSWERS);
	assert_in_range(frees.most, 0, 1);
	assert_int_equal(delivery_totals(engine->delivery).cached_answers, 0);
	leave(engine, &second);
	leave(engine, &first);
	fill_cache(engine, &first);
	begin_counting();
	leave(engine, &first);
	assert_true(frees.all >= ANSWERS);
	assert_in_range(frees.most, 0, 1);
}

static void end_by_release(struct engine_side *engine, struct client_side *client)
{
	(void)client;
	assert_int_equal(delivery_release_all(engine->delivery), ASKED);
}

static void end_by_core(struct engine_side *engine, struct client_side *client)
{
	struct record_token dumping = token(1);

	(void)client;
	delivery_process_dumping(engine->delivery, &dumping);
}

static void end_by_deadline(struct engine_side *engine, struct client_side *client)
{
	(void)client;
	assert_int_equal(delivery_expire(engine->delivery, UINT64_MAX - 1), UINT64_MAX);
}

static void end_by_leaving(struct engine_side *engine, struct client_side *client)
{
	leave(engine, client);
}

static void what_is_owed_is_ended_some_at_a_time(void **state)
{
	static void (*const ends[])(struct engine_side * engine, struct client_side * client) = {
		end_by_release, end_by_core, end_by_deadline, end_by_leaving};
	struct engine_side *engine = *state;

	for (size_t end = 0; end < sizeof(ends) / sizeof(ends[0]); end++) {
		struct client_side client;

		join_for(engine, &client, 1, EVENT_AUTH_EXEC);
		for (uint64_t hold = 0; hold < ASKED; hold++)
			assert_int_equal(ask(engine, EVENT_AUTH_EXEC, 0, end * ASKED + hold),
					 DELIVERY_HELD);
		begin_counting();
		ends[end](engine, &client);
		assert_int_equal(closes.all, ASKED);
		assert_in_range(closes.most, 1, AT_ONCE);
		assert_in_range(frees.most, 1, AT_ONCE);
		for (uint64_t hold = 0; hold < ASKED; hold++)
			assert_int_equal(engine->released[end * ASKED + hold], 1);
		if (ends[end] != end_by_leaving)
			leave(engine, &client);
	}
}

static void questions_are_listed_some_at_a_time(void **state)
{
	struct engine_side *engine = *state;
	struct delivery_questions *walk = calloc(1, sizeof(*walk));
	struct client_side clients[3];
	unsigned int met[3][ASKED] = {{0}};
	bool more;

	for (unsigned int i = 0; i < 3; i++)
		join_for(engine, &clients[i], i + 1, EVENT_AUTH_EXEC);
	for (uint64_t hold = 0; hold < ASKED; hold++)
		ask(engine, EVENT_AUTH_EXEC, 0, hold);
	assert_int_equal(delivery_question_count(engine->delivery), 3 * ASKED);
	do {
		more = delivery_next_questions(engine->delivery, walk);
		assert_in_range(walk->count, 0, DELIVERY_QUESTIONS_AT_ONCE);
		for (size_t i = 0; i < walk->count; i++) {
			const struct question_status *status = &walk->statuses[i];

			met[status->client_id - client_id(clients[0].client)][status->seq_num]++;
		}
	} while (more);
	for (size_t i = 0; i < 3 * ASKED; i++)
		assert_int_equal(met[i / ASKED][i % ASKED], 1);
	/* A walk whose client leaves goes on with the next. */
	memset(walk, 0, sizeof(*walk));
	assert_true(delivery_next_questions(engine->delivery, walk));
	leave(engine, &clients[0]);
	assert_true(delivery_next_questions(engine->delivery, walk));
	assert_int_equal(walk->statuses[0].client_id, client_id(clients[1].client));
	leave(engine, &clients[1]);
	leave(engine, &clients[2]);
	assert_false(delivery_next_questions(engine->delivery, walk));
	free(walk);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(mutes_are_listed_some_at_a_time),
		TEST(long_mutes_fill_a_page_sooner),
		TEST(mutes_may_change_between_pages),
		TEST(a_client_that_leaves_ends_its_list),
		TEST(what_is_cleared_is_freed_without_the_lock),
		TEST(what_is_forgotten_is_freed_without_the_lock),
		TEST(what_is_owed_is_ended_some_at_a_time),
		TEST(questions_are_listed_some_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
