/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSecurity for Linux: what Linux adds to the API. It is not part of macOS's and not
 * included by <EndpointSecurity/EndpointSecurity.h>; source that is to stay portable includes it
 * under #ifdef __linux__.
 *
 * All functions may be called from any thread. What they return lives as long as the message it is
 * about, unless said otherwise.
 */
#ifndef ENDPOINT_SECURITY_LINUX_H
#define ENDPOINT_SECURITY_LINUX_H

#include <EndpointSecurity/EndpointSecurity.h>

ES_BEGIN_DECLARATIONS

/* ---- What a process is on Linux ---- */

/*
 * The control group and the namespaces of a process: what tells containers apart. The namespaces
 * are given by the inode number that readlink(1) shows of /proc/PID/ns/NAME. What is not known is
 * 0, or an empty text.
 */
typedef struct {
	uint64_t cgroup_id; /* inode of the directory in the cgroup2 file system */
	es_string_token_t cgroup_path;
	uint64_t cgroup_namespace;
	uint64_t ipc_namespace;
	uint64_t mount_namespace;
	uint64_t network_namespace;
	uint64_t pid_namespace;
	uint64_t user_namespace;
} es_linux_process_t;

/*
 * The Linux facts of a process. `process` must be one that a message points to, not a copy of it.
 * NULL if nothing is known of it.
 */
const es_linux_process_t *_Nullable es_linux_process(const es_process_t *process);

/* ---- What a message does not know ---- */

/*
 * An engine cannot always see everything. What it could not see is empty or zero in the message,
 * cut short, or assumed as said here, and marked by one of these bits, so that "none" and "not
 * known" are two things.
 */
typedef enum {
	ES_LINUX_MISSING_PROCESS = 1 << 0, /* who acted */
	ES_LINUX_MISSING_EXECUTABLE = 1 << 1, /* which program it runs */
	ES_LINUX_MISSING_ARGUMENTS = 1 << 2, /* of an exec: its arguments */
	ES_LINUX_MISSING_ENVIRONMENT = 1 << 3, /* its environment */
	ES_LINUX_MISSING_WORKING_DIRECTORY = 1 << 4, /* its working directory */
	ES_LINUX_MISSING_DESCRIPTORS = 1 << 5, /* its open descriptors */
	ES_LINUX_MISSING_FLAGS = 1 << 6, /* of an open: fflag; all that may be meant are set */
	ES_LINUX_MISSING_PATH = 1 << 7, /* the path of what is acted on */
	ES_LINUX_MISSING_SOURCE = 1 << 8, /* of a rename or link: the name it had before */
	ES_LINUX_MISSING_TIMES = 1 << 9, /* of a utimes: the new times */
	ES_LINUX_MISSING_STAT = 1 << 10, /* the attributes of what is acted on */
	ES_LINUX_MISSING_THREAD = 1 << 11, /* which thread acted */
	ES_LINUX_MISSING_STATUS = 1 << 12, /* of an exit: how it ended; stat is 0 */
} es_linux_missing_t;

/* The ES_LINUX_MISSING_ bits of a message; 0: it is complete. */
uint64_t es_linux_missing(const es_message_t *message);

/*
 * True of a NOTIFY message on what a client was to be asked about, had no debugger stopped it: its
 * debug policy has allowed it. A process that does the same to the same file again within two
 * seconds may be told of so twice.
 */
bool es_linux_allowed_while_stopped(const es_message_t *message);

/* ---- Records ---- */

/*
 * The flat record that a message was made from: no pointers in it, so it may be stored and sent. It
 * begins with its own size; *ret_size is the same. NULL if `message` is none. Records one after
 * another are what es_linux_replay_f() reads.
 */
const void *_Nullable es_linux_message_record(const es_message_t *message, size_t *ret_size);

/*
 * Reads records from a descriptor until its end and calls `handler` for each, on the calling
 * thread, with a NULL client; the message lives as in any handler, and needs no answer.
 * *ret_messages is how many there were. The descriptor stays open and the caller's.
 *
 * ES_RETURN_ERROR at a record that is cut off or makes no sense, and if the descriptor cannot be
 * read. The handler has then been called for those before it.
 */
es_return_t es_linux_replay_f(int fd, es_handler_function_t handler, void *_Nullable context,
			      uint64_t *_Nullable ret_messages);

/* ---- What this machine can do ---- */

/* Can an event be had here? */
typedef enum {
	ES_LINUX_SUPPORT_NONE = 0, /* no: es_subscribe() refuses it */
	ES_LINUX_SUPPORT_NOTIFY = 1, /* it can be watched */
	ES_LINUX_SUPPORT_AUTH = 2, /* it can be decided: for AUTH types */
} es_linux_support_t;

/*
 * Asks whether the system this client is connected to can deliver an event, and writes why, or why
 * not, into `reason` (a sentence, cut to `reason_size` bytes with its NUL). ES_RETURN_ERROR for a
 * type that does not exist.
 */
es_return_t es_linux_event_support(es_client_t *client, es_event_type_t event,
				   es_linux_support_t *ret_support, char *_Nullable reason,
				   size_t reason_size);

/*
 * The name of an event type without its prefix, as "AUTH_OPEN"; a constant. NULL for a type that
 * does not exist.
 */
const char *_Nullable es_linux_event_name(es_event_type_t event);

/* ---- When something went wrong ---- */

/*
 * What was wrong with the last es_ call of this thread that failed, and what to do about it: a text
 * for a person. Never NULL; empty if none has failed. It is valid until the next es_ call of this
 * thread.
 */
const char *es_linux_last_error(void);

/* How many messages this client has lost so far because its queue, or the daemon, was full. */
uint64_t es_linux_dropped(es_client_t *client);

ES_END_DECLARATIONS

#endif
