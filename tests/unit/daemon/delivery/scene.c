/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The made-up engine and clients of delivery's tests (scene.h). Owns nothing beyond one test.
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

int set_up(void **state)
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

int tear_down(void **state)
{
	struct engine_side *engine = *state;

	delivery_free(engine->delivery);
	free(engine);
	return 0;
}

struct record_token token(unsigned int pid)
{
	struct record_token made = {{0}};

	made.words[RECORD_TOKEN_PID] = pid;
	return made;
}

void join(struct engine_side *engine, struct client_side *side,
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
void join_for(struct engine_side *engine, struct client_side *side, unsigned int pid,
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

void leave(struct engine_side *engine, struct client_side *side)
{
	delivery_client_free(engine->delivery, side->client);
	munmap((void *)side->ring, RING_PAGE_SIZE + RING_SIZE);
	munmap(side->consumer, RING_PAGE_SIZE);
	munmap(side->verdicts, VERDICT_TABLE_SIZE);
	for (int i = 0; i < CONTROL_DESCRIPTORS_MAX; i++)
		close(side->descriptors[i]);
}

/* The next record in the client's ring; fails the test if there is none. Stays in the ring. */
const struct record *take(struct client_side *side)
{
	const struct ring_producer_page *producer = (const void *)side->ring;
	const unsigned char *place = side->ring + RING_PAGE_SIZE + side->at % RING_SIZE;
	const struct ring_header *header = (const void *)place;

	assert_true(producer->position > side->at);
	side->at += ring_footprint(header->length);
	side->consumer->position = side->at;
	return (const void *)(place + sizeof(*header));
}

bool empty(const struct client_side *side)
{
	return ((const struct ring_producer_page *)side->ring)->position == side->at;
}

void give(struct client_side *side, uint64_t question, uint32_t flags, bool cache)
{
	side->verdicts[verdict_question_slot(question)] = verdict_word(
		verdict_question_generation(question), VERDICT_ANSWERED, cache, flags);
}

void answer(struct client_side *side, uint64_t question, uint32_t flags, bool cache)
{
	uint64_t one = 1;

	give(side, question, flags, cache);
	assert_int_equal(write(side->descriptors[CONTROL_FD_ANSWER_BELL], &one, sizeof(one)), 8);
}

/* An event by process 1000 on /srv/file, with identities old enough to be cached. */
struct delivery_event *stage(struct engine_side *engine, struct scene *scene, unsigned int event)
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

enum delivery_outcome ask(struct engine_side *engine, unsigned int event, uint32_t flags,
			  uint64_t hold)
{
	struct scene scene;
	struct delivery_event *staged = stage(engine, &scene, event);

	staged->flags = flags;
	return delivery_ask(engine->delivery, staged, hold);
}

void notify(struct engine_side *engine, unsigned int event)
{
	struct scene scene;

	delivery_notify(engine->delivery, stage(engine, &scene, event));
}
