/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon for tests: a thread that speaks the control protocol on a socket of its own and has real
 * channels (daemon/channel/), but neither policy nor engine. It keeps what it is told, says what
 * the test wants said, and can go away and come back.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_CLIENT_FAKE_DAEMON_H
#define SLUICE_TESTS_UNIT_LIBRARY_CLIENT_FAKE_DAEMON_H

#include "wire/control.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FAKE_CLIENTS_MAX = 8,
	FAKE_MUTES_MAX = 64,
	FAKE_PATH_MAX = 128,
	FAKE_PIDVERSION = 8, /* of every process that is muted by its pid alone */
};

struct fake_mute {
	struct control_mute mute;
	char path[FAKE_PATH_MAX];
};

/* What it was told by one client. */
struct fake_client {
	_Bool connected; /* has a channel, and has not hung up */
	__u32 kind;
	struct event_set subscriptions;
	struct fake_mute mutes[FAKE_MUTES_MAX]; /* in the order they came, all operations */
	unsigned int mute_count;
	_Bool inverted[CONTROL_MUTE_DIMENSION_LAST];
	uint64_t miss_mode;
	struct control_deadline deadlines[8];
	unsigned int deadline_count;
	unsigned int requests;
};

struct fake_daemon;

/* Listens at a path of its own, which it puts into ENDPOINTSECURITY_SOCKET. */
struct fake_daemon *fake_daemon_start(void);
/* NULL is fine. Returns NULL. */
struct fake_daemon *fake_daemon_free(struct fake_daemon *daemon);
/* Hangs up on everybody and stops listening; then listens again. Clients are counted on. */
void fake_daemon_go(struct fake_daemon *daemon);
void fake_daemon_come_back(struct fake_daemon *daemon);

/* From now on requests of this type get this result and these words; 0 and NULL: as usual. */
void fake_daemon_refuse(struct fake_daemon *daemon, enum control_type type, int result,
			const char *text);
/* From now on it reads and does not answer; or answers as one of another version does. */
void fake_daemon_be_silent(struct fake_daemon *daemon);
void fake_daemon_be_of_another_version(struct fake_daemon *daemon);
/* How many clients were made so far. */
unsigned int fake_daemon_clients(struct fake_daemon *daemon);
/* A copy of what the n-th client told. */
struct fake_client fake_daemon_client(struct fake_daemon *daemon, unsigned int number);
/*
 * Waits until this many clients were made, the n-th has asked for this much, or has hung up: false
 * if that takes too long.
 */
_Bool fake_daemon_await_clients(struct fake_daemon *daemon, unsigned int count);
_Bool fake_daemon_await_requests(struct fake_daemon *daemon, unsigned int number,
				 unsigned int count);
_Bool fake_daemon_await_hangup(struct fake_daemon *daemon, unsigned int number);

/* Tells the n-th client an event (tests/unit/library/message/sample.h). AUTH: returns the question.
 */
uint64_t fake_daemon_tell(struct fake_daemon *daemon, unsigned int number, unsigned int event,
			  uint64_t sequence);
/* The same with a record of one's own; its question is 0 or what fake_daemon_ask gave. */
void fake_daemon_tell_record(struct fake_daemon *daemon, unsigned int number,
			     const struct record *record);
uint64_t fake_daemon_ask(struct fake_daemon *daemon, unsigned int number);
/* Waits for the answer to a question; false if none comes. */
_Bool fake_daemon_await_answer(struct fake_daemon *daemon, unsigned int number, uint64_t question,
			       uint32_t *ret_flags, bool *ret_cache);
/* Tells the n-th client of an administrator's mute. */
void fake_daemon_mute(struct fake_daemon *daemon, unsigned int number,
		      const struct control_mute *mute, const char *path);
/* Gives a question up. */
void fake_daemon_close_question(struct fake_daemon *daemon, unsigned int number, uint64_t question);

#endif
