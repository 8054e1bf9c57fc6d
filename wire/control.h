/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control protocol between endpointsecurityd and control/ (used by the library, esctl,
 * debugserver).
 *
 * A SOCK_SEQPACKET connection; one packet a message: struct control_header, then the body its type
 * names. Requests are answered in order, each by one packet of the same type and serial. In an
 * answer `result` is 0, a negative errno, or a positive outcome named where the request stands;
 * then the body is a struct control_text that says what is wrong and what to do. What may be large
 * comes as a sealed memfd beside the packet, whose size the body tells. No event and no verdict
 * ever passes here.
 */
#ifndef SLUICE_WIRE_CONTROL_H
#define SLUICE_WIRE_CONTROL_H

#include "wire/events.h"
#include "wire/mute.h"
#include "wire/record.h"

enum {
	CONTROL_VERSION = 2,
	CONTROL_PACKET_MAX = 32 * 1024, /* header and body; a path mute fits */
	CONTROL_DESCRIPTORS_MAX = 5,
	CONTROL_UNASKED_MAX = 64, /* packets a client is told between two requests of its own */
	CONTROL_TEXT_MAX = 512,
};

#define CONTROL_SOCKET_PATH "/run/endpointsecurityd/control.sock"

enum control_type {
	CONTROL_HELLO, /* control_hello -> control_hello_answer */
	CONTROL_CONNECT, /* + one end of a socket pair: a further connection (private daemon) */
	CONTROL_CLIENT_NEW, /* control_client_new -> control_client_answer + 5 descriptors */
	CONTROL_SUBSCRIBE, /* event_set */
	CONTROL_UNSUBSCRIBE, /* event_set */
	CONTROL_SUBSCRIPTIONS, /* -> event_set */
	CONTROL_MUTE, /* control_mute + path -> a process that is muted: its whole record_token */
	CONTROL_MUTES, /* control_client_id -> control_list + memfd of control_mute_entry */
	CONTROL_MUTE_INVERTED, /* control_number (dimension) -> control_number */
	CONTROL_CLEAR_CACHE, /* result CONTROL_THROTTLED: too often */
	CONTROL_MISS_MODE_SET, /* control_number */
	CONTROL_MISS_MODE_GET, /* -> control_number */
	CONTROL_DEADLINE_SET, /* control_deadline */
	CONTROL_DEADLINE_GET, /* control_deadline (one event) -> control_deadline */
	CONTROL_SYNC, /* -> control_number: ring position all earlier messages lie before */
	CONTROL_EVENT_SUPPORT, /* control_number (event) -> control_support */
	CONTROL_REPORT, /* control_report -> control_list + memfd of JSON text */
	CONTROL_RELEASE_ALL, /* answer everything held by its miss table, -> control_number (how
				many) */
	/* administrator: control_mute + path. The client it is about is told the same, unasked,
	 * with serial 0: it goes on with it at the next daemon. */
	CONTROL_CLIENT_MUTE,
	CONTROL_CLIENT_CACHE, /* administrator: clear the cache of every client */
	CONTROL_CLIENT_DEBUG, /* administrator: control_client_debug (wire/debug.h) */
	CONTROL_TYPE_LAST,
};

/* Positive outcomes of a request. Those of CONTROL_CLIENT_NEW are es_new_client_result_t's own
 * numbers. */
enum control_outcome {
	CONTROL_THROTTLED = 1, /* CONTROL_CLEAR_CACHE: ask again later */
};

struct control_header {
	__u32 size; /* of the packet */
	__u16 version;
	__u16 type;
	__u32 serial;
	__s32 result; /* 0 in requests */
};

struct control_text {
	char text[CONTROL_TEXT_MAX]; /* NUL-terminated */
};

struct control_number {
	__u64 number;
};

struct control_list {
	__u64 size; /* bytes in the memfd */
	__u64 count; /* entries, where there are entries */
};

enum control_role { CONTROL_ROLE_CLIENT, CONTROL_ROLE_ADMINISTRATOR };
struct control_hello {
	__u32 role;
	__u32 reserved;
};
struct control_hello_answer {
	char daemon_version[32];
	char engine[16];
	__s32 daemon_pid;
	__u32 private_daemon; /* 1: started by this client's es_new_client */
};

enum control_client_kind { CONTROL_CLIENT_ORDINARY, CONTROL_CLIENT_DESCENDANTS };
struct control_client_new {
	__u32 kind;
	__u32 debug; /* enum control_debug (wire/debug.h) */
};

/* Descriptors beside control_client_answer, in this order. */
enum control_client_descriptor {
	CONTROL_FD_RING, /* producer's page and data; read only */
	CONTROL_FD_CONSUMER, /* consumer's page */
	CONTROL_FD_VERDICTS, /* verdict table */
	CONTROL_FD_DOORBELL, /* eventfd: the ring has something */
	CONTROL_FD_ANSWER_BELL, /* eventfd: the verdict table has something */
};
struct control_client_answer {
	__u64 client_id;
	__u64 ring_size; /* of the data */
	__u64 token_pidversion;
};

struct control_client_id {
	__u64 client_id; /* 0: the caller's own */
};

enum control_deadline_bound { CONTROL_DEADLINE_MAX, CONTROL_DEADLINE_MIN };
struct control_deadline {
	struct event_set events;
	__u32 bound;
	__u32 milliseconds;
};

enum control_support_level { CONTROL_SUPPORT_NONE, CONTROL_SUPPORT_NOTIFY, CONTROL_SUPPORT_AUTH };
struct control_support {
	__u32 level;
	__u32 reserved;
	char reason[CONTROL_TEXT_MAX];
};

enum control_report_kind {
	CONTROL_REPORT_STATUS,
	CONTROL_REPORT_CLIENTS,
	CONTROL_REPORT_PENDING,
	CONTROL_REPORT_EVENTS,
	CONTROL_REPORT_MUTES,
	CONTROL_REPORT_DENIALS,
	CONTROL_REPORT_MISSED,
	CONTROL_REPORT_LAST,
};
struct control_report {
	__u32 kind;
	__u32 reserved;
	__u64 client_id; /* 0: all */
};

_Static_assert(sizeof(struct control_header) == 16, "layout");
_Static_assert(sizeof(struct control_hello_answer) == 56, "layout");
_Static_assert(sizeof(struct control_deadline) == 32, "layout");

#endif
