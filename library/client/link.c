/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links to the daemon: finding it, connecting a client, mapping the channel it gives. Hands on a
 * whole link or nothing; what went wrong is put into words here, where it is known.
 *
 * The system's daemon comes first. Only if none runs, and nobody said where it is, a private one is
 * started.
 */
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/client/private_daemon.h"

#include "control/control.h"
#include "wire/debug.h"

#include <errno.h>
#include <string.h>

static _Bool nobody_there(int result)
{
	return result == -ENOENT || result == -ECONNREFUSED;
}

/* Somebody said where the daemon is: then it is there or nowhere. */
static const char *socket_named(void)
{
	const char *path = secure_getenv("ENDPOINTSECURITY_SOCKET");

	return path && *path ? path : NULL;
}

static int explain_no_connection(int result)
{
	const char *named = socket_named();
	const char *path = named ? named : CONTROL_SOCKET_PATH;

	if (result == -EACCES || result == -EPERM) {
		failure_set("The daemon's socket %s is not open to this user: run as root, or "
			    "allow the "
			    "user in /etc/endpointsecurity/clients.d.",
			    path);
		return ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED;
	}
	if (result == -EPROTONOSUPPORT)
		failure_set(
			"The daemon at %s is of another version than this library: restart it, or "
			"the program, after an upgrade.",
			path);
	else if (result == -ECONNREFUSED)
		failure_set("Nobody listens at %s, which a daemon left behind: start "
			    "endpointsecurityd.",
			    path);
	else if (result == -ENOENT)
		failure_set("There is no daemon at %s: start endpointsecurityd.", path);
	else if (result == -ETIMEDOUT)
		failure_set("The daemon at %s does not answer: see its log, or restart it.", path);
	else
		failure_set("The daemon at %s cannot be reached: %s.", path,
			    strerrordesc_np(-result));
	return result;
}

static int connect_link(struct link *link, _Bool again, uint64_t deadline_ns)
{
	int result;

	/* The successor of a private daemon is a private one; that of the system's is not. */
	if (again && link->is_private)
		return private_daemon_join(&link->control, deadline_ns);
	result = control_open(&link->control, NULL, CONTROL_ROLE_CLIENT, deadline_ns);
	if (result == 0)
		return 0;
	if (again || socket_named() || !nobody_there(result))
		return explain_no_connection(result);
	result = private_daemon_join(&link->control, deadline_ns);
	link->is_private = result == 0;
	return result;
}

static int map_channel(struct link *link, struct control_answer *answer, uint64_t serial)
{
	const struct control_client_answer *body = (const void *)answer->body;
	int *descriptors = answer->descriptors;
	const struct answers_descriptors to = {
		.ring = descriptors[CONTROL_FD_RING],
		.consumer = descriptors[CONTROL_FD_CONSUMER],
		.verdicts = descriptors[CONTROL_FD_VERDICTS],
		.bell = descriptors[CONTROL_FD_ANSWER_BELL],
	};
	const struct ring_descriptors from = {
		.ring = descriptors[CONTROL_FD_RING],
		.consumer = descriptors[CONTROL_FD_CONSUMER],
		.doorbell = descriptors[CONTROL_FD_DOORBELL],
	};
	int result;

	if (answer->size != sizeof(*body) || answer->descriptor_count != CONTROL_DESCRIPTORS_MAX)
		return -EPROTO;
	result = answers_new(&link->answers, &to, serial);
	if (result)
		return result;
	descriptors[CONTROL_FD_ANSWER_BELL] = -1;
	result = ring_open(&link->ring, &from, body->ring_size);
	if (result)
		return result;
	descriptors[CONTROL_FD_RING] = -1;
	descriptors[CONTROL_FD_CONSUMER] = -1;
	descriptors[CONTROL_FD_DOORBELL] = -1;
	return 0;
}

/* What the environment says is to become of questions while this program is stopped. */
static uint32_t debug_said(void)
{
	const char *said = secure_getenv("ES_DEBUG_POLICY");
	int policy;

	if (!said || !*said)
		return CONTROL_DEBUG_UNSAID;
	policy = debug_policy_find(said, strlen(said));
	return policy < 0 ? CONTROL_DEBUG_UNKNOWN : CONTROL_DEBUG_SAID + (uint32_t)policy;
}

static int ask_for_client(struct link *link, const struct es_client_s *client, uint64_t deadline_ns)
{
	const struct control_client_new body = {.kind = client->kind, .debug = debug_said()};
	const struct control_request request = {
		.type = CONTROL_CLIENT_NEW,
		.body = &body,
		.body_size = sizeof(body),
		.descriptor = -1,
	};
	OWNED_MEMORY struct control_answer *answer = calloc(1, sizeof(*answer));
	char text[CONTROL_TEXT_MAX];
	int result;

	if (!answer)
		return -ENOMEM;
	result = control_call(link->control, &request, answer, text, deadline_ns);
	if (result) {
		failure_set("The daemon did not say whether it takes this client: %s.",
			    strerrordesc_np(-result));
		return result;
	}
	result = answer->result;
	if (result)
		failure_set("%s", text[0] ? text : "The daemon refused this client.");
	else
		result = map_channel(link, answer, client->serial);
	if (result && !answer->result)
		failure_set("The channel to the daemon cannot be mapped: %s.",
			    strerrordesc_np(-result));
	control_answer_done(answer);
	return result;
}

int link_open(struct link *ret_link, const struct es_client_s *client, _Bool again)
{
	struct link link = {.is_private = again && ret_link->is_private};
	uint64_t deadline_ns = clock_now_ns() + CLIENT_REQUEST_NS;
	int result;

	result = connect_link(&link, again, deadline_ns);
	if (result)
		return result;
	result = ask_for_client(&link, client, deadline_ns);
	if (result) {
		link_close(&link);
		return result;
	}
	*ret_link = link;
	return 0;
}

void link_close(struct link *link)
{
	/* First, so that nobody believes an answer that the daemon no longer reads. */
	answers_close(link->answers);
	if (link->control && link->is_private)
		private_daemon_leave();
	link->control = control_free(link->control);
	link->ring = ring_close(link->ring);
	link->answers = answers_unref(link->answers);
}
