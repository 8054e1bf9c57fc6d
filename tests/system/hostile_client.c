/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that speaks the control protocol by itself, without the library, and writes garbage
 * wherever it may write: its questions are its own loss, and nobody else's. The one test that is
 * not made of the public API alone.
 */
#include "base/clock.h"
#include "control/control.h"
#include "tests/system/deeds.h"
#include "tests/system/left.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"
#include "wire/ring.h"
#include "wire/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROUNDS = 40, WORDS = 64, DEADLINE_MS = 50 };

static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN};

struct hostile {
	struct control *control;
	struct control_answer answer; /* holds the descriptors */
	uint64_t *verdicts;
	uint64_t *consumer;
};

static void ask(struct hostile *hostile, enum control_type type, const void *body, size_t size)
{
	const struct control_request request = {
		.type = type, .body = body, .body_size = size, .descriptor = -1};
	struct control_answer *answer = calloc(1, sizeof(*answer));
	char text[CONTROL_TEXT_MAX];

	assert_non_null(answer);
	assert_int_equal(control_call(hostile->control, &request, answer, text, stage_deadline()),
			 0);
	assert_int_equal(answer->result, 0);
	if (type == CONTROL_CLIENT_NEW)
		hostile->answer = *answer;
	else
		control_answer_done(answer);
	free(answer);
}

static void *map(int descriptor, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

static struct hostile *connect_hostile(void)
{
	static struct hostile hostile;
	const struct control_client_new kind = {.kind = CONTROL_CLIENT_ORDINARY};
	const struct control_number mode = {ES_DEADLINE_MISS_MODE_FAIL_OPEN};
	struct control_deadline deadline = {.bound = CONTROL_DEADLINE_MAX,
					    .milliseconds = DEADLINE_MS};
	struct event_set wanted = {{0}};

	memset(&hostile, 0, sizeof(hostile));
	assert_int_equal(control_open(&hostile.control, service_socket(), CONTROL_ROLE_CLIENT,
				      stage_deadline()),
			 0);
	ask(&hostile, CONTROL_CLIENT_NEW, &kind, sizeof(kind));
	assert_int_equal(hostile.answer.descriptor_count, CONTROL_DESCRIPTORS_MAX);
	ask(&hostile, CONTROL_MISS_MODE_SET, &mode, sizeof(mode));
	event_set_add(&deadline.events, ES_EVENT_TYPE_AUTH_OPEN);
	ask(&hostile, CONTROL_DEADLINE_SET, &deadline, sizeof(deadline));
	event_set_add(&wanted, ES_EVENT_TYPE_AUTH_OPEN);
	event_set_add(&wanted, ES_EVENT_TYPE_NOTIFY_OPEN);
	ask(&hostile, CONTROL_SUBSCRIBE, &wanted, sizeof(wanted));
	hostile.verdicts = map(hostile.answer.descriptors[CONTROL_FD_VERDICTS], VERDICT_TABLE_SIZE);
	hostile.consumer = map(hostile.answer.descriptors[CONTROL_FD_CONSUMER], RING_PAGE_SIZE);
	return &hostile;
}

static void disconnect_hostile(struct hostile *hostile)
{
	munmap(hostile->verdicts, VERDICT_TABLE_SIZE);
	munmap(hostile->consumer, RING_PAGE_SIZE);
	control_answer_done(&hostile->answer);
	control_free(hostile->control);
}

/* The same numbers in every run. */
static uint64_t next_number(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Garbage into the slots and the consumer's page, and the bell is rung for it. */
static void make_mess(struct hostile *hostile)
{
	const uint64_t one = 1;

	for (int i = 0; i < WORDS; i++) {
		hostile->verdicts[next_number() % VERDICT_SLOTS] = next_number();
		hostile->verdicts[i] = next_number();
		hostile->consumer[next_number() % (RING_PAGE_SIZE / sizeof(uint64_t))] =
			next_number();
	}
	assert_int_equal(
		write(hostile->answer.descriptors[CONTROL_FD_ANSWER_BELL], &one, sizeof(one)),
		sizeof(one));
}

static void others_are_asked_and_obeyed_all_the_same(void **state)
{
	pid_t daemon = service_start();
	struct recorder *honest = recorder_new(events, COUNT(events));
	struct hostile *hostile = connect_hostile();
	struct subject *subject = subject_new();
	const char *allowed = stage_file("allowed", "");
	const char *denied = stage_file("denied", "");

	(void)state;
	recorder_rule(
		honest,
		&(struct rule){.event = ES_EVENT_TYPE_AUTH_OPEN, .path = denied, .verdict = DENY});
	for (int i = 0; i < ROUNDS; i++) {
		const struct deed deed = deed_of(deed_open, denied, NULL, O_RDONLY);

		subject_begin(subject, &deed);
		make_mess(hostile);
		assert_int_equal(subject_finish(subject), EPERM);
	}
	recorder_await_nth(honest,
			   &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
					    .pid = subject_pid(subject),
					    .path = denied},
			   ROUNDS - 1);
	/* What the mess says of its own questions is anything; once it is gone, all is as before.
	 */
	disconnect_hostile(hostile);
	assert_int_equal(subject_do(subject, deed_open, allowed, O_RDONLY), 0);
	assert_int_equal(subject_do(subject, deed_open, denied, O_RDONLY), EPERM);
	subject_end(subject);
	recorder_free(honest);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

/* A packet of random bytes, some with a header that is nearly right. */
static void send_mess(int connection)
{
	struct {
		struct control_header header;
		uint8_t bytes[512];
	} packet;
	size_t size = next_number() % sizeof(packet);

	for (size_t i = 0; i < sizeof(packet); i++)
		((uint8_t *)&packet)[i] = (uint8_t)next_number();
	if (next_number() % 2) {
		packet.header.version = CONTROL_VERSION;
		packet.header.size = (uint32_t)size;
		packet.header.type = (uint16_t)(next_number() % (CONTROL_TYPE_LAST + 2));
		packet.header.result = 0;
	}
	send(connection, &packet, size, MSG_NOSIGNAL);
}

static void garbage_on_the_socket_ends_that_connection_alone(void **state)
{
	pid_t daemon = service_start();
	struct recorder *honest = recorder_new(events, COUNT(events));
	struct subject *subject = subject_new();
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", service_socket());
	for (int i = 0; i < 10 * ROUNDS; i++) {
		int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

		assert_true(connection >= 0);
		assert_int_equal(connect(connection, (struct sockaddr *)&address, sizeof(address)),
				 0);
		for (int j = 0; j < 3; j++)
			send_mess(connection);
		close(connection);
	}
	assert_int_equal(subject_do(subject, deed_open, stage_file("file", ""), O_RDONLY), 0);
	recorder_await(honest, &(struct sought){.event = ES_EVENT_TYPE_AUTH_OPEN,
						.pid = subject_pid(subject)});
	subject_end(subject);
	recorder_free(honest);
	assert_int_equal(service_end(daemon, SIGTERM), 0);
	service_forget();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(others_are_asked_and_obeyed_all_the_same),
		ON_STAGE(garbage_on_the_socket_ends_that_connection_alone),
	};

	return stage_main(tests, COUNT(tests), 90);
}
