/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that keeps every message of the test's own session, and answers AUTH messages by a table
 * of rules. The test acts, then looks: recorder_await and its kin wait until all that had happened
 * has been handled, and never longer than the stage's deadline.
 */
#ifndef SLUICE_TESTS_SYSTEM_RECORDER_H
#define SLUICE_TESTS_SYSTEM_RECORDER_H

#include <EndpointSecurity/EndpointSecurity.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	RECORDER_MESSAGES_MAX = 8192, /* one more is counted, answered, and not kept */
	RECORDER_RULES_MAX = 16,
};

struct recorder;

enum verdict { ALLOW, DENY, DEFER };
/* How AUTH messages are answered. The newest rule that matches holds; without one: ALLOW. */
struct rule {
	es_event_type_t event;
	const char *path; /* the message's path; NULL: any. Outlives the recorder. */
	enum verdict verdict; /* DEFER: the test answers the kept message itself */
	uint32_t flags; /* of an AUTH_OPEN that is allowed; 0: all */
	bool cache;
};

/* What a message must be. Zero leaves a part open. */
struct sought {
	es_event_type_t event;
	pid_t pid;
	const char *path;
};

/* Makes a client with these subscriptions; fails the test if that cannot be. */
struct recorder *recorder_new(const es_event_type_t *events, size_t count);
/* The same for a descendants client. */
struct recorder *recorder_new_descendants(const es_event_type_t *events, size_t count);
es_client_t *recorder_client(const struct recorder *recorder);
void recorder_rule(struct recorder *recorder, const struct rule *rule);
/* Deletes the client and frees the messages. NULL is fine. */
void recorder_free(struct recorder *recorder);
/* Ends the recorders a failed test has left; what they owe is allowed. Returns how many. */
unsigned int recorder_free_all(void);

/* Waits until all that was queued before has been handled. */
void recorder_settle(struct recorder *recorder);
/* The first message that matches, and waits for it: fails the test if none comes. */
const es_message_t *recorder_await(struct recorder *recorder, const struct sought *sought);
/* The same for the index-th, from 0. */
const es_message_t *recorder_await_nth(struct recorder *recorder, const struct sought *sought,
				       size_t index);
/* How many match once all has been handled. */
size_t recorder_count(struct recorder *recorder, const struct sought *sought);
/* The index-th of all that are kept, without waiting; NULL: there is none. */
const es_message_t *recorder_message(struct recorder *recorder, size_t index);
/* Prints what was kept, as TAP diagnostics. */
void recorder_print(struct recorder *recorder);
/* Messages kept and not kept, of all processes of the machine. */
size_t recorder_seen(struct recorder *recorder);

/* The first path a message is about; empty if it is about none. */
const char *message_path(const es_message_t *message, char *buffer, size_t size);

#endif
