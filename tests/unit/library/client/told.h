/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handler that keeps what it was told, and waits.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_CLIENT_TOLD_H
#define SLUICE_TESTS_UNIT_LIBRARY_CLIENT_TOLD_H

#include <EndpointSecurity/EndpointSecurity.h>
#include <pthread.h>
#include <stddef.h>

enum { TOLD_MAX = 256 };

struct told;
/* What else to do with a message. */
typedef void told_act(struct told *told, es_client_t *client, const es_message_t *message);

struct told {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t count;
	struct {
		es_event_type_t event;
		uint64_t sequence;
		uint64_t global_sequence;
	} messages[TOLD_MAX];
	pthread_t thread; /* the handler's */
	unsigned int inside; /* handlers at work: never more than one */
	_Bool overlapped;
	told_act *act;
	const es_message_t *kept; /* by act */
	es_respond_result_t result; /* of act */
	es_return_t other_result; /* of act */
};

void told_init(struct told *told);
void told_done(struct told *told);
void told_set_act(struct told *told, told_act *act);
/* The handler; its context is a struct told. */
void told_handle(es_client_t *client, const es_message_t *message, void *context);
size_t told_count(struct told *told);
/* Waits until `count` handlers have returned: false if that takes too long. */
_Bool told_await(struct told *told, size_t count);

#endif
