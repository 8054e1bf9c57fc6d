/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answering: every step from every state of a message, and every state of its slot; from many
 * threads at once; when the bell is rung.
 */
#include "library/client/client.h"
#include "library/message/message.h"
#include "tests/unit/library/channel/producer.h"
#include "tests/unit/library/message/sample.h"
#include "wire/verdict.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { GENERATION = 5, SLOT = 9 };

struct fixture {
	struct producer producer;
	struct answers *answers;
	struct es_client_s *client;
	struct es_client_s *other;
};

static _Alignas(8) unsigned char buffer[SAMPLE_BUFFER];

static int make(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	producer_open(&fixture->producer);
	fixture->client = client_allocate();
	fixture->other = client_allocate();
	fixture->answers = producer_answers(&fixture->producer, fixture->client->serial);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	answers_unref(fixture->answers);
	client_retire(fixture->client);
	client_retire(fixture->other);
	producer_close(&fixture->producer);
	free(fixture);
	return 0;
}

static struct message *message_of_event(struct fixture *fixture, unsigned int event)
{
	struct message *message = NULL;
	size_t size = sample_record(buffer, event);

	((struct record *)buffer)->question = verdict_question(SLOT, GENERATION);
	assert_int_equal(message_new(&message, buffer, size), 0);
	message->answers = answers_ref(fixture->answers);
	return message;
}

static void ask(struct fixture *fixture)
{
	fixture->producer.verdicts[SLOT] = verdict_word(GENERATION, VERDICT_ASKED, 0, 0);
}

static uint64_t word(const struct fixture *fixture)
{
	return fixture->producer.verdicts[SLOT];
}

static _Bool bell_rang(const struct fixture *fixture)
{
	struct pollfd polled = {.fd = fixture->producer.bell, .events = POLLIN};

	return poll(&polled, 1, 0) == 1;
}

/* What the two functions do from one state of the message and one of the slot. */
struct step {
	enum message_answer before;
	uint64_t slot;
	es_respond_result_t result;
	enum message_answer after;
	_Bool written;
};

#define SLOT_WORD(generation, state) \
	((uint64_t)(generation) << 35 | (uint64_t)VERDICT_##state << 33)

static const struct step steps[] = {
	{MESSAGE_OPEN, SLOT_WORD(GENERATION, ASKED), ES_RESPOND_RESULT_SUCCESS, MESSAGE_ANSWERED,
	 1},
	{MESSAGE_OPEN, SLOT_WORD(GENERATION, FREE), ES_RESPOND_RESULT_NOT_FOUND, MESSAGE_CLOSED, 0},
	{MESSAGE_OPEN, SLOT_WORD(GENERATION, ANSWERED), ES_RESPOND_RESULT_NOT_FOUND, MESSAGE_CLOSED,
	 0},
	{MESSAGE_OPEN, SLOT_WORD(GENERATION, CLOSED), ES_RESPOND_RESULT_NOT_FOUND, MESSAGE_CLOSED,
	 0},
	{MESSAGE_OPEN, SLOT_WORD(GENERATION + 1, ASKED), ES_RESPOND_RESULT_NOT_FOUND,
	 MESSAGE_CLOSED, 0},
	{MESSAGE_ANSWERED, SLOT_WORD(GENERATION, ASKED), ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE,
	 MESSAGE_ANSWERED, 0},
	{MESSAGE_ANSWERED, SLOT_WORD(GENERATION, ANSWERED),
	 ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE, MESSAGE_ANSWERED, 0},
	{MESSAGE_ANSWERED, SLOT_WORD(GENERATION, CLOSED), ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE,
	 MESSAGE_ANSWERED, 0},
	{MESSAGE_ANSWERED, SLOT_WORD(GENERATION + 1, ASKED),
	 ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE, MESSAGE_ANSWERED, 0},
	{MESSAGE_CLOSED, SLOT_WORD(GENERATION, ASKED), ES_RESPOND_RESULT_NOT_FOUND, MESSAGE_CLOSED,
	 0},
	{MESSAGE_CLOSED, SLOT_WORD(GENERATION, CLOSED), ES_RESPOND_RESULT_NOT_FOUND, MESSAGE_CLOSED,
	 0},
	{MESSAGE_CLOSED, SLOT_WORD(GENERATION + 1, ASKED), ES_RESPOND_RESULT_NOT_FOUND,
	 MESSAGE_CLOSED, 0},
};

static void every_step_from_every_state_is_as_the_table_says(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct message *message = message_of_event(fixture, EVENT_AUTH_UNLINK);

		message->answer = steps[i].before;
		fixture->producer.verdicts[SLOT] = steps[i].slot;
		assert_int_equal(es_respond_auth_result(fixture->client, &message->message,
							ES_AUTH_RESULT_DENY, true),
				 steps[i].result);
		assert_int_equal(message->answer, steps[i].after);
		if (steps[i].written)
			assert_int_equal(word(fixture), verdict_word(GENERATION, VERDICT_ANSWERED,
								     1, VERDICT_FLAGS_DENY));
		else
			assert_int_equal(word(fixture), steps[i].slot);
		message_release(message);
	}
}

static void answers_are_written_as_flags(void **state)
{
	struct fixture *fixture = *state;
	struct message *message = message_of_event(fixture, EVENT_AUTH_EXEC);

	ask(fixture);
	assert_int_equal(es_respond_auth_result(fixture->client, &message->message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(verdict_flags(word(fixture)), VERDICT_FLAGS_ALLOW);
	assert_false(verdict_cache(word(fixture)));
	message_release(message);
	message = message_of_event(fixture, EVENT_AUTH_OPEN);
	ask(fixture);
	assert_int_equal(es_respond_flags_result(fixture->client, &message->message, 0x12, true),
			 ES_RESPOND_RESULT_SUCCESS);
	assert_int_equal(verdict_flags(word(fixture)), 0x12);
	assert_true(verdict_cache(word(fixture)));
	message_release(message);
}

static void the_wrong_function_is_refused_and_the_right_one_still_works(void **state)
{
	struct fixture *fixture = *state;
	struct message *open = message_of_event(fixture, EVENT_AUTH_OPEN);
	struct message *notify = message_of_event(fixture, EVENT_NOTIFY_OPEN);
	struct message *unlink_message = message_of_event(fixture, EVENT_AUTH_UNLINK);

	ask(fixture);
	assert_int_equal(es_respond_auth_result(fixture->client, &open->message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	assert_int_equal(
		es_respond_flags_result(fixture->client, &unlink_message->message, 0, false),
		ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	assert_int_equal(es_respond_flags_result(fixture->client, &notify->message, 0, false),
			 ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	assert_int_equal(es_respond_auth_result(fixture->client, &notify->message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_ERR_EVENT_TYPE);
	assert_non_null(strstr(es_linux_last_error(), "NOTIFY"));
	assert_int_equal(verdict_state(word(fixture)), VERDICT_ASKED);
	assert_int_equal(es_respond_flags_result(fixture->client, &open->message, 1, false),
			 ES_RESPOND_RESULT_SUCCESS);
	message_release(open);
	message_release(notify);
	message_release(unlink_message);
}

static void arguments_that_make_no_sense_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct message *message = message_of_event(fixture, EVENT_AUTH_UNLINK);
	es_client_t *no_client = NULL;
	const es_message_t *no_message = NULL;

	ask(fixture);
	assert_int_equal(
		es_respond_auth_result(no_client, &message->message, ES_AUTH_RESULT_ALLOW, false),
		ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(
		es_respond_auth_result(fixture->client, no_message, ES_AUTH_RESULT_ALLOW, false),
		ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(es_respond_auth_result(fixture->client, &message->message,
						(es_auth_result_t)2, false),
			 ES_RESPOND_RESULT_ERR_INVALID_ARGUMENT);
	assert_int_equal(verdict_state(word(fixture)), VERDICT_ASKED);
	message_release(message);
}

static void another_client_owes_no_answer(void **state)
{
	struct fixture *fixture = *state;
	struct message *message = message_of_event(fixture, EVENT_AUTH_UNLINK);

	ask(fixture);
	assert_int_equal(es_respond_auth_result(fixture->other, &message->message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	assert_int_equal(verdict_state(word(fixture)), VERDICT_ASKED);
	message_release(message);
}

static void a_closed_channel_takes_no_answer(void **state)
{
	struct fixture *fixture = *state;
	struct message *message = message_of_event(fixture, EVENT_AUTH_UNLINK);

	ask(fixture);
	answers_close(fixture->answers);
	assert_int_equal(es_respond_auth_result(fixture->client, &message->message,
						ES_AUTH_RESULT_ALLOW, false),
			 ES_RESPOND_RESULT_NOT_FOUND);
	assert_int_equal(verdict_state(word(fixture)), VERDICT_ASKED);
	message_release(message);
}

static void the_bell_is_rung_only_for_one_who_waits(void **state)
{
	struct fixture *fixture = *state;
	struct message *message = message_of_event(fixture, EVENT_AUTH_UNLINK);

	ask(fixture);
	es_respond_auth_result(fixture->client, &message->message, ES_AUTH_RESULT_ALLOW, false);
	assert_false(bell_rang(fixture));
	message_release(message);
	message = message_of_event(fixture, EVENT_AUTH_UNLINK);
	fixture->producer.page->waiting = 1;
	ask(fixture);
	es_respond_auth_result(fixture->client, &message->message, ES_AUTH_RESULT_ALLOW, false);
	assert_true(bell_rang(fixture));
	message_release(message);
}

struct racer {
	struct fixture *fixture;
	struct message *message;
	pthread_barrier_t *start;
	es_respond_result_t result;
};

static void *race(void *argument)
{
	struct racer *racer = argument;

	pthread_barrier_wait(racer->start);
	racer->result = es_respond_auth_result(racer->fixture->client, &racer->message->message,
					       ES_AUTH_RESULT_ALLOW, false);
	return NULL;
}

static void of_many_threads_one_answers(void **state)
{
	enum { RACERS = 4, ROUNDS = 100 };
	struct fixture *fixture = *state;

	for (int round = 0; round < ROUNDS; round++) {
		struct message *message = message_of_event(fixture, EVENT_AUTH_UNLINK);
		struct racer racers[RACERS];
		pthread_t threads[RACERS];
		pthread_barrier_t start;
		int successes = 0;

		ask(fixture);
		pthread_barrier_init(&start, NULL, RACERS);
		for (int i = 0; i < RACERS; i++) {
			racers[i] = (struct racer){fixture, message, &start, 0};
			assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
		}
		for (int i = 0; i < RACERS; i++) {
			pthread_join(threads[i], NULL);
			successes += racers[i].result == ES_RESPOND_RESULT_SUCCESS;
			if (racers[i].result != ES_RESPOND_RESULT_SUCCESS)
				assert_int_equal(racers[i].result,
						 ES_RESPOND_RESULT_ERR_DUPLICATE_RESPONSE);
		}
		assert_int_equal(successes, 1);
		pthread_barrier_destroy(&start);
		message_release(message);
	}
}

static void *answer_one(void *context)
{
	struct answers *answers = context;

	answers_give(answers, verdict_question(SLOT, GENERATION), VERDICT_FLAGS_ALLOW, 0);
	answers_give(answers, verdict_question(SLOT, GENERATION), VERDICT_FLAGS_ALLOW, 0);
	return (void *)(uintptr_t)gettid();
}

static uint32_t answer_from_a_thread(struct answers *answers)
{
	pthread_t thread;
	void *tid;

	assert_int_equal(pthread_create(&thread, NULL, answer_one, answers), 0);
	pthread_join(thread, &tid);
	return (uint32_t)(uintptr_t)tid;
}

static void a_thread_that_answers_is_written_down_once_and_the_oldest_give_way(void **state)
{
	struct fixture *fixture = *state;
	const struct ring_consumer_page *page = fixture->producer.consumer;
	uint32_t first = answer_from_a_thread(fixture->answers);
	uint32_t last = 0;

	assert_int_equal(page->answerers[0], first);
	assert_int_equal(page->answerer_count, 1);
	for (int more = 1; more <= RING_ANSWERERS; more++)
		last = answer_from_a_thread(fixture->answers);
	assert_int_equal(page->answerer_count, RING_ANSWERERS + 1);
	assert_int_equal(page->answerers[0], last);
}

static void the_thread_that_handles_is_not_written_down_again(void **state)
{
	struct fixture *fixture = *state;
	const struct ring_consumer_page *page = fixture->producer.consumer;

	fixture->producer.consumer->handler_tid = (uint32_t)gettid();
	answer_one(fixture->answers);
	assert_int_equal(page->answerer_count, 0);
	assert_int_equal(page->answerers[0], 0);
}

static void a_table_that_is_too_small_is_not_mapped(void **state)
{
	struct fixture *fixture = *state;
	struct answers *answers = NULL;
	const struct answers_descriptors descriptors = {
		.ring = fixture->producer.descriptors[CONTROL_FD_RING],
		.consumer = fixture->producer.descriptors[CONTROL_FD_CONSUMER],
		.verdicts = fixture->producer.descriptors[CONTROL_FD_CONSUMER],
		.bell = -1,
	};

	assert_int_equal(answers_new(&answers, &descriptors, 1), -EBADMSG);
	assert_null(answers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_step_from_every_state_is_as_the_table_says,
						make, end),
		cmocka_unit_test_setup_teardown(answers_are_written_as_flags, make, end),
		cmocka_unit_test_setup_teardown(
			the_wrong_function_is_refused_and_the_right_one_still_works, make, end),
		cmocka_unit_test_setup_teardown(arguments_that_make_no_sense_are_refused, make,
						end),
		cmocka_unit_test_setup_teardown(another_client_owes_no_answer, make, end),
		cmocka_unit_test_setup_teardown(a_closed_channel_takes_no_answer, make, end),
		cmocka_unit_test_setup_teardown(the_bell_is_rung_only_for_one_who_waits, make, end),
		cmocka_unit_test_setup_teardown(of_many_threads_one_answers, make, end),
		cmocka_unit_test_setup_teardown(a_table_that_is_too_small_is_not_mapped, make, end),
		cmocka_unit_test_setup_teardown(
			a_thread_that_answers_is_written_down_once_and_the_oldest_give_way, make,
			end),
		cmocka_unit_test_setup_teardown(the_thread_that_handles_is_not_written_down_again,
						make, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
