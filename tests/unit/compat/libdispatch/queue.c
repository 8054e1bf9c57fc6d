/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order, exclusion, barriers, suspension and targets of queues.
 *
 * The stress cases are as long as they need to be to make a race show under ThreadSanitizer.
 */
#include <pthread.h>
#include <stdbool.h>

#include "tests/unit/compat/child.h"
#include "tests/unit/compat/libdispatch/await.h"

enum { QUEUES = 8, ITEMS = 12500 };

/* A queue's items, which must come in order and one at a time; so nothing here is atomic. */
struct sequence {
	dispatch_queue_t queue;
	uintptr_t next;
	bool is_broken;
};

struct item {
	struct sequence *sequence;
	uintptr_t number;
};

static struct item items[QUEUES][ITEMS];

static void run_item(void *context)
{
	const struct item *item = context;

	if (item->sequence->next++ != item->number)
		item->sequence->is_broken = true;
}

static void *bring_items(void *context)
{
	struct item *list = context;

	for (uintptr_t i = 0; i < ITEMS; i++) {
		list[i].number = i;
		dispatch_async_f(list[i].sequence->queue, &list[i], run_item);
	}
	return NULL;
}

static void a_hundred_thousand_items_keep_the_order_of_their_queues(void **state)
{
	struct sequence sequences[QUEUES] = {{0}};
	pthread_t threads[QUEUES];

	(void)state;
	for (int i = 0; i < QUEUES; i++) {
		sequences[i].queue = dispatch_queue_create("sequence", DISPATCH_QUEUE_SERIAL);
		for (int j = 0; j < ITEMS; j++)
			items[i][j].sequence = &sequences[i];
		assert_int_equal(pthread_create(&threads[i], NULL, bring_items, items[i]), 0);
	}
	for (int i = 0; i < QUEUES; i++) {
		pthread_join(threads[i], NULL);
		drain(sequences[i].queue);
		assert_int_equal(sequences[i].next, ITEMS);
		assert_false(sequences[i].is_broken);
		dispatch_release(sequences[i].queue);
	}
}

/* Not atomic, so two at a time would lose counts, and ThreadSanitizer would see them. */
static void count(void *counter)
{
	(*(int *)counter)++;
}

static void *count_in_sync(void *context)
{
	struct sequence *sequence = context;

	for (int i = 0; i < 2000; i++) {
		dispatch_sync_f(sequence->queue, &sequence->next, count);
		dispatch_async_f(sequence->queue, &sequence->next, count);
	}
	return NULL;
}

static void sync_and_async_items_exclude_each_other(void **state)
{
	struct sequence sequence = {.queue = dispatch_queue_create(NULL, NULL)};
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_in_sync, &sequence), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	drain(sequence.queue);
	assert_int_equal(sequence.next, 16000);
	dispatch_release(sequence.queue);
}

struct pair {
	struct event here, there;
	struct event done;
};

static void meet_first(void *context)
{
	struct pair *pair = context;

	post(&pair->here);
	await_event(&pair->there);
	post(&pair->done);
}

static void meet_second(void *context)
{
	struct pair *pair = context;

	post(&pair->there);
	await_event(&pair->here);
	post(&pair->done);
}

static void items_of_a_concurrent_queue_run_side_by_side(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("both", DISPATCH_QUEUE_CONCURRENT);
	struct pair pair;

	(void)state;
	event_init(&pair.here);
	event_init(&pair.there);
	event_init(&pair.done);
	dispatch_async_f(queue, &pair, meet_first);
	dispatch_async_f(queue, &pair, meet_second);
	AWAIT(&pair.done);
	AWAIT(&pair.done);
	dispatch_async_f(dispatch_get_global_queue(0, 0), &pair, meet_first);
	dispatch_async_f(dispatch_get_global_queue(0, 0), &pair, meet_second);
	AWAIT(&pair.done);
	AWAIT(&pair.done);
	dispatch_release(queue);
}

/* Readers are counted; a writer must see none, and is alone with the plain counter. */
struct document {
	int readers;
	int writers;
	int version;
	int violations;
};

static void read_document(void *context)
{
	struct document *document = context;

	increment(&document->readers);
	if (__atomic_load_n(&document->writers, __ATOMIC_RELAXED))
		increment(&document->violations);
	if (document->version < 0)
		increment(&document->violations);
	__atomic_sub_fetch(&document->readers, 1, __ATOMIC_RELAXED);
}

static void write_document(void *context)
{
	struct document *document = context;

	increment(&document->writers);
	if (__atomic_load_n(&document->readers, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&document->writers, __ATOMIC_RELAXED) != 1)
		increment(&document->violations);
	document->version++;
	__atomic_sub_fetch(&document->writers, 1, __ATOMIC_RELAXED);
}

static void a_barrier_is_alone(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("document", DISPATCH_QUEUE_CONCURRENT);
	struct document document = {0};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		for (int j = 0; j < 5; j++)
			dispatch_async_f(queue, &document, read_document);
		dispatch_barrier_async_f(queue, &document, write_document);
		if (i % 16 == 0)
			dispatch_sync_f(queue, &document, read_document);
		if (i % 32 == 0)
			dispatch_barrier_sync_f(queue, &document, write_document);
	}
	drain(queue);
	assert_int_equal(document.violations, 0);
	assert_int_equal(document.version, 2000 + 63);
	dispatch_release(queue);
}

static void a_barrier_waits_for_those_before_it_and_holds_back_those_after(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("gate", DISPATCH_QUEUE_CONCURRENT);
	struct event before, barrier, after;

	(void)state;
	event_init(&before);
	event_init(&barrier);
	event_init(&after);
	dispatch_async_f(queue, &before, await_event);
	dispatch_barrier_async_f(queue, &barrier, await_event);
	dispatch_async_f(queue, &after, post);
	event_post(&before);
	ASSERT_NOT_COME(&after);
	event_post(&barrier);
	AWAIT(&after);
	dispatch_release(queue);
}

static void note_thread(void *context)
{
	*(pthread_t *)context = pthread_self();
}

static void a_sync_item_runs_on_the_calling_thread(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("sync", NULL);
	pthread_t thread = 0;

	(void)state;
	dispatch_sync_f(queue, &thread, note_thread);
	assert_true(pthread_equal(thread, pthread_self()));
	thread = 0;
	dispatch_async_and_wait_f(dispatch_get_global_queue(0, 0), &thread, note_thread);
	assert_true(pthread_equal(thread, pthread_self()));
	dispatch_release(queue);
}

static void sync_on_itself(void *context)
{
	dispatch_sync_f(context, NULL, nothing);
}

static void start_sync_on_itself(void *context)
{
	dispatch_sync_f(context, context, sync_on_itself);
}

static void barrier_sync_on_itself(void *context)
{
	dispatch_barrier_sync_f(context, NULL, nothing);
}

static void start_barrier_sync_on_itself(void *context)
{
	dispatch_sync_f(context, context, barrier_sync_on_itself);
}

static void waiting_for_oneself_ends_the_program(void **state)
{
	dispatch_queue_t serial = dispatch_queue_create("serial", NULL);
	dispatch_queue_t concurrent = dispatch_queue_create("side", DISPATCH_QUEUE_CONCURRENT);

	(void)state;
	assert_aborts(start_sync_on_itself, serial, "dispatch_sync on the queue the caller is on");
	assert_aborts(start_barrier_sync_on_itself, concurrent, "the queue the caller is on");
	assert_aborts(sync_on_itself, dispatch_get_main_queue(), "the queue the caller is on");
	dispatch_release(serial);
	dispatch_release(concurrent);
}

static void a_suspended_queue_runs_nothing(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("suspended", NULL);
	dispatch_queue_t other = dispatch_queue_create("other", NULL);
	struct event event;

	(void)state;
	event_init(&event);
	dispatch_suspend(queue);
	dispatch_suspend(queue);
	dispatch_async_f(queue, &event, post);
	dispatch_resume(queue);
	drain(other);
	ASSERT_NOT_COME(&event);
	dispatch_resume(queue);
	AWAIT(&event);
	dispatch_release(other);
	dispatch_release(queue);
}

static void resume(void *context)
{
	dispatch_resume((dispatch_queue_t)context);
}

static void resuming_what_runs_ends_the_program(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("running", NULL);

	(void)state;
	assert_aborts(resume, queue, "dispatch_resume of what is not suspended");
	dispatch_release(queue);
}

static void an_inactive_queue_waits_for_its_activation(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("inactive",
						       DISPATCH_QUEUE_CONCURRENT_INACTIVE);
	struct event event;

	(void)state;
	event_init(&event);
	dispatch_async_f(queue, &event, post);
	dispatch_suspend(queue);
	dispatch_activate(queue);
	dispatch_activate(queue);
	ASSERT_NOT_COME(&event);
	dispatch_resume(queue);
	AWAIT(&event);
	dispatch_release(queue);

	queue = dispatch_queue_create("unused", DISPATCH_QUEUE_SERIAL_INACTIVE);
	dispatch_release(queue);
}

static void queues_with_one_target_exclude_each_other(void **state)
{
	dispatch_queue_t target = dispatch_queue_create("target", NULL);
	dispatch_queue_t first = dispatch_queue_create_with_target("first", NULL, target);
	dispatch_queue_t second = dispatch_queue_create_with_target(
		"second", DISPATCH_QUEUE_CONCURRENT, target);
	int counter = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		dispatch_async_f(first, &counter, count);
		dispatch_async_f(second, &counter, count);
		dispatch_async_f(target, &counter, count);
		if (i % 100 == 0)
			dispatch_sync_f(i % 200 ? first : second, &counter, count);
	}
	drain(first);
	drain(second);
	drain(target);
	assert_int_equal(counter, 9030);
	dispatch_release(first);
	dispatch_release(second);
	dispatch_release(target);
}

static void order_is_kept_through_a_concurrent_queue_to_a_serial_target(void **state)
{
	dispatch_queue_t target = dispatch_queue_create("target", NULL);
	struct sequence sequence = {0};

	(void)state;
	sequence.queue = dispatch_queue_create_with_target("wide", DISPATCH_QUEUE_CONCURRENT,
							   target);
	for (int i = 0; i < ITEMS; i++)
		items[0][i].sequence = &sequence;
	bring_items(items[0]);
	drain(sequence.queue);
	assert_int_equal(sequence.next, ITEMS);
	assert_false(sequence.is_broken);
	dispatch_release(sequence.queue);
	dispatch_release(target);
}

static void a_new_target_waits_for_what_has_started(void **state)
{
	dispatch_queue_t target = dispatch_queue_create("target", NULL);
	dispatch_queue_t queue = dispatch_queue_create("moving", NULL);
	struct event started, go, done;

	(void)state;
	event_init(&started);
	event_init(&go);
	event_init(&done);
	dispatch_async_f(queue, &started, post);
	dispatch_async_f(queue, &go, await_event);
	AWAIT(&started);
	dispatch_set_target_queue(queue, NULL);
	dispatch_set_target_queue(queue, target);
	dispatch_suspend(target);
	dispatch_async_f(queue, &done, post);
	event_post(&go);
	ASSERT_NOT_COME(&done);
	dispatch_resume(target);
	AWAIT(&done);
	dispatch_release(queue);
	dispatch_release(target);
}

static void a_released_queue_still_runs_its_work(void **state)
{
	dispatch_queue_t queue = dispatch_queue_create("released", NULL);
	struct event go, done, finalized;

	(void)state;
	event_init(&go);
	event_init(&done);
	event_init(&finalized);
	dispatch_set_context(queue, &finalized);
	dispatch_set_finalizer_f(queue, post);
	dispatch_async_f(queue, &go, await_event);
	dispatch_async_f(queue, &done, post);
	dispatch_release(queue);
	ASSERT_NOT_COME(&finalized);
	event_post(&go);
	AWAIT(&done);
	AWAIT(&finalized);
}

static void global_queues_go_by_priority_and_class(void **state)
{
	(void)state;
	assert_ptr_equal(dispatch_get_global_queue(DISPATCH_QUEUE_PRIORITY_DEFAULT, 0),
			 dispatch_get_global_queue(QOS_CLASS_DEFAULT, 0));
	assert_ptr_equal(dispatch_get_global_queue(DISPATCH_QUEUE_PRIORITY_HIGH, 0),
			 dispatch_get_global_queue(QOS_CLASS_USER_INITIATED, 0));
	assert_ptr_equal(dispatch_get_global_queue(DISPATCH_QUEUE_PRIORITY_LOW, 0),
			 dispatch_get_global_queue(QOS_CLASS_UTILITY, 0));
	assert_ptr_equal(dispatch_get_global_queue(DISPATCH_QUEUE_PRIORITY_BACKGROUND, 0),
			 dispatch_get_global_queue(QOS_CLASS_BACKGROUND, 0));
	assert_non_null(dispatch_get_global_queue(QOS_CLASS_USER_INTERACTIVE, 0));
	assert_null(dispatch_get_global_queue(77, 0));
	assert_null(dispatch_get_global_queue(0, 1));
	dispatch_retain(dispatch_get_global_queue(0, 0));
	dispatch_release(dispatch_get_global_queue(0, 0));
	dispatch_release(dispatch_get_global_queue(0, 0));
	dispatch_suspend(dispatch_get_global_queue(0, 0));
	drain(dispatch_get_global_queue(0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_thousand_items_keep_the_order_of_their_queues),
		cmocka_unit_test(sync_and_async_items_exclude_each_other),
		cmocka_unit_test(items_of_a_concurrent_queue_run_side_by_side),
		cmocka_unit_test(a_barrier_is_alone),
		cmocka_unit_test(a_barrier_waits_for_those_before_it_and_holds_back_those_after),
		cmocka_unit_test(a_sync_item_runs_on_the_calling_thread),
		cmocka_unit_test(waiting_for_oneself_ends_the_program),
		cmocka_unit_test(a_suspended_queue_runs_nothing),
		cmocka_unit_test(resuming_what_runs_ends_the_program),
		cmocka_unit_test(an_inactive_queue_waits_for_its_activation),
		cmocka_unit_test(queues_with_one_target_exclude_each_other),
		cmocka_unit_test(order_is_kept_through_a_concurrent_queue_to_a_serial_target),
		cmocka_unit_test(a_new_target_waits_for_what_has_started),
		cmocka_unit_test(a_released_queue_still_runs_its_work),
		cmocka_unit_test(global_queues_go_by_priority_and_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
