/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: one block of memory each, made of one record.
 *
 *	struct message, ending in the es_message_t | copy of the record | what it points to
 *
 * Strings point into the copy. A message is read-only once made, shared by counting, and may be
 * used and ended on any thread.
 */
#ifndef SLUICE_LIBRARY_MESSAGE_MESSAGE_H
#define SLUICE_LIBRARY_MESSAGE_MESSAGE_H

#include "base/cleanup.h"
#include "wire/payload.h"

#include <EndpointSecurity/ESLinux.h>
#include <EndpointSecurity/EndpointSecurity.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

struct answers;

enum {
	MESSAGE_VERSION = 11, /* of es_message_t: macOS 27.0 */
};

/* Where the answer to an AUTH message stands; library/respond/ moves it on. */
enum message_answer {
	MESSAGE_OPEN,
	MESSAGE_ANSWERED,
	MESSAGE_CLOSED, /* too late: somebody else has answered, or nobody asks any more */
};

/* Who did what to a message; kept for library/misuse/ only. */
struct message_trace {
	uint64_t client; /* serial number; 0: not in the ledger */
	const void *handler;
	const void *answered_from;
	uint64_t answered_ns;
	pid_t answered_by; /* thread */
	const char *failed_function; /* the last respond function that failed on it; NULL: none */
	es_respond_result_t failed_result;
	_Bool in_handler;
	_Bool left_unanswered; /* told already */
	struct message *previous; /* in the ledger of living messages */
	struct message *next;
};

/* An array that exec's accessors read, lying in the record. */
struct message_array {
	const void *elements;
	uint32_t count;
};

struct message {
	uint32_t magic;
	_Atomic uint32_t references;
	uint32_t place; /* where a debugger finds it (library/message/block.h) */
	size_t capacity; /* of the block */
	size_t size; /* of what is used of it */
	struct message *next_free;
	struct answers *answers; /* where an answer goes; NULL: nobody asks */
	_Atomic uint32_t answer; /* enum message_answer */
	uint64_t client; /* serial number; 0: no client is told it */
	struct message_trace trace;
	const struct record *record; /* the copy */
	struct message_array arguments;
	struct message_array environment;
	struct message_array descriptors;
	es_thread_t thread;
	es_message_t message; /* last: it ends in a flexible array */
};

/* A process of a message, with what Linux adds. */
struct message_process {
	es_linux_process_t linux_facts;
	es_file_t executable;
	es_file_t tty;
	es_process_t process;
};

/*
 * Makes a message of the record in bytes[0..size), which may change meanwhile: it is copied first.
 * One reference, the caller's. 0; -EBADMSG: the record makes no sense; -EPROTONOSUPPORT: one of
 * another version; -ENOMEM.
 */
int message_new(struct message **ret_message, const void *bytes, size_t size);
void message_retain(struct message *message);
/* Gives a reference back, the last of which ends the message. NULL is fine. Returns NULL. */
struct message *message_release(struct message *message);
DEFINE_OWNED(struct message, message_release)

/* The message behind the API's pointer; NULL if it is none of ours or has ended. */
struct message *message_of(const es_message_t *message);

#endif
