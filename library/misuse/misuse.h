/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling a developer of misuse. With ES_DEBUG=1 in the environment each kind of misuse is written
 * to standard error, once for each place in the program, with the event and the message's number.
 * Without it every function here returns at once.
 *
 * The rest of the library says what happens; what of it is misuse is decided here. Any thread.
 */
#ifndef SLUICE_LIBRARY_MISUSE_MISUSE_H
#define SLUICE_LIBRARY_MISUSE_MISUSE_H

#include <EndpointSecurity/EndpointSecurity.h>
#include <stdint.h>

struct message;

/* Looks at the environment, once. */
void misuse_start(void);
_Bool misuse_watching(void);

/* ---- Handles: `caller` is where in the program the function was called ---- */
void misuse_deleted_client(const char *function, const void *caller);
void misuse_forked_client(const char *function, const void *caller);
void misuse_dead_message(const char *function, const void *caller);

/* ---- The life of a client ---- */
void misuse_delete_begins(struct es_client_s *client, const void *caller);
/* Waits a while for the client's thread to end, and tells if it does not. */
void misuse_await_end(struct es_client_s *client);
void misuse_client_ends(struct es_client_s *client);
void misuse_sync_in_handler(struct es_client_s *client, const void *caller);
/* A mute or an inversion is about to be made. */
void misuse_order(struct es_client_s *client, const char *function, const void *caller);

/* ---- The life of a message ---- */
void misuse_handler_begins(struct es_client_s *client, struct message *message);
void misuse_handler_ends(struct es_client_s *client, struct message *message);
void misuse_answered(struct message *message, uint32_t flags, _Bool cache, const void *caller);
void misuse_answered_twice(struct message *message, const char *function, const void *caller);
void misuse_respond_failed(struct message *message, es_respond_result_t result,
			   const char *function, const void *caller);
void misuse_message_ends(struct message *message);

#endif
