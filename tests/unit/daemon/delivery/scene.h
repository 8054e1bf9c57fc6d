/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both sides of delivery, made up: an engine that notes what it is told to let go, and clients that
 * map their channels and answer by hand.
 */
#ifndef SLUICE_TESTS_UNIT_DAEMON_DELIVERY_SCENE_H
#define SLUICE_TESTS_UNIT_DAEMON_DELIVERY_SCENE_H

#include "daemon/delivery/clients.h"
#include "daemon/delivery/delivery.h"

#include <pthread.h>

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

struct scene {
	struct record_token subject_token;
	struct policy_subject subject;
	struct delivery_event event;
};

int set_up(void **state);
int tear_down(void **state);
struct record_token token(unsigned int pid);
void join(struct engine_side *engine, struct client_side *side,
	  const struct client_options *options);
/* A client of process `pid` subscribed to this event. */
void join_for(struct engine_side *engine, struct client_side *side, unsigned int pid,
	      unsigned int event);
void leave(struct engine_side *engine, struct client_side *side);
/* The next record in the client's ring; fails the test if there is none. Stays in the ring. */
const struct record *take(struct client_side *side);
bool empty(const struct client_side *side);
/* Writes the verdict; answer() rings, too. */
void give(struct client_side *side, uint64_t question, uint32_t flags, bool cache);
void answer(struct client_side *side, uint64_t question, uint32_t flags, bool cache);
/* An event by process 1000 on /srv/file, with identities old enough to be cached. */
struct delivery_event *stage(struct engine_side *engine, struct scene *scene, unsigned int event);
enum delivery_outcome ask(struct engine_side *engine, unsigned int event, uint32_t flags,
			  uint64_t hold);
void notify(struct engine_side *engine, unsigned int event);

#endif
