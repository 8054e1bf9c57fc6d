/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with a real delivery and an engine that is made up, and the program's end of a
 * connection. Everything runs in one thread: asking turns the event loop until the answer is there.
 */
#ifndef SLUICE_TESTS_UNIT_DAEMON_CONTROL_SCENE_H
#define SLUICE_TESTS_UNIT_DAEMON_CONTROL_SCENE_H

#include "base/packet.h"
#include "daemon/control/server.h"

enum { FENCES = 2048 };

struct engine {
	enum control_support_level support[EVENT_LAST];
	struct event_set watched;
	int set_events_result;
	unsigned int set_events_calls;
	struct {
		void (*done)(void *context);
		void *context;
	} fences[FENCES];
	unsigned int fence_count;
	uint32_t alive_pidversion; /* of every living process */
	struct subtree_set subtrees; /* added and not removed */
	uint32_t descendant; /* this pid is in every subtree */
};

struct scene {
	sd_event *event;
	struct delivery *delivery;
	struct engine engine;
	struct denials *denials;
	struct server_options options;
	struct server *server;
	char entries[64]; /* folder of admission files; one admits this process */
	unsigned int idle;
	unsigned int said;
	char last_said[CONTROL_TEXT_MAX];
	int socket; /* the program's end of the first connection */
	uint32_t serial;
};

struct scene_answer {
	int result;
	size_t size;
	_Alignas(8) unsigned char body[CONTROL_PACKET_MAX];
	char text[CONTROL_TEXT_MAX];
	struct packet packet; /* with its descriptors */
};

/* For cmocka: a server; and with a connection that has said hello. */
int scene_make(void **state);
int scene_make_greeted(void **state);
int scene_make_client(void **state);
int scene_free(void **state);

/* A further connection of this process; the program's end. -1: the server took none. */
int scene_connect(struct scene *scene);
/* The same as a user without rights that no admission file knows. */
int scene_connect_as_user(struct scene *scene);
/* One turn of the event loop; false if nothing came within a moment. */
bool scene_turn(struct scene *scene);
/* Turns until the socket has something to read or is hung up; fails the test if that never comes.
 */
void scene_turn_until_readable(struct scene *scene, int socket);
void scene_send(struct scene *scene, int socket, enum control_type type, const void *body,
		size_t size);
/* The next answer on the socket. False: it hung up. Descriptors are the caller's. */
bool scene_receive(struct scene *scene, int socket, struct scene_answer *ret_answer);
/* Sends and receives on the first connection. Descriptors are closed. Returns the result. */
int scene_ask(struct scene *scene, enum control_type type, const void *body, size_t size,
	      struct scene_answer *ret_answer);
int scene_hello(struct scene *scene, int socket, enum control_role role,
		struct scene_answer *ret_answer);

#endif
