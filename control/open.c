/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to the daemon: found by path, handed in, or asked for over another one; each begins
 * with a hello, which settles versions and role, and is handed on to control/call.c.
 */
#include "base/clock.h"
#include "control/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

/* connect(2) waits while the daemon's queue is full, for as long as the socket may send. */
static int connect_until(int descriptor, const struct sockaddr_un *address, uint64_t deadline_ns)
{
	int milliseconds = clock_milliseconds_until(deadline_ns);
	struct timeval limit = {.tv_sec = milliseconds / 1000,
				.tv_usec = milliseconds % 1000 * 1000};

	if (milliseconds == 0)
		return -ETIMEDOUT;
	if (setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	while (connect(descriptor, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno == EAGAIN)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
		if (clock_milliseconds_until(deadline_ns) == 0)
			return -ETIMEDOUT;
	}
	return 0;
}

int control_open(struct control **ret_control, const char *path, enum control_role role,
		 uint64_t deadline_ns)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	OWNED_DESCRIPTOR int descriptor = -1;
	int result;

	if (!path)
		path = secure_getenv("ENDPOINTSECURITY_SOCKET");
	if (!path || !*path)
		path = CONTROL_SOCKET_PATH;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return -errno;
	result = connect_until(descriptor, &address, deadline_ns);
	if (result < 0)
		return result;
	result = control_adopt(ret_control, descriptor, role, deadline_ns);
	if (result == 0)
		(void)TAKE_DESCRIPTOR(descriptor);
	return result;
}

static int say_hello(struct control *control, enum control_role role, uint64_t deadline_ns)
{
	const struct control_hello hello = {.role = role};
	const struct control_request request = {
		.type = CONTROL_HELLO,
		.body = &hello,
		.body_size = sizeof(hello),
		.descriptor = -1,
	};
	OWNED_MEMORY struct control_answer *answer = calloc(1, sizeof(*answer));
	int result;

	if (!answer)
		return -ENOMEM;
	result = control_call(control, &request, answer, NULL, deadline_ns);
	if (result < 0)
		return result;
	result = answer->result;
	if (result == 0 && answer->size == sizeof(control->daemon))
		memcpy(&control->daemon, answer->body, sizeof(control->daemon));
	else if (result >= 0)
		result = -EPROTO;
	control_answer_done(answer);
	control->daemon.daemon_version[sizeof(control->daemon.daemon_version) - 1] = '\0';
	control->daemon.engine[sizeof(control->daemon.engine) - 1] = '\0';
	return result;
}

int control_adopt(struct control **ret_control, int descriptor, enum control_role role,
		  uint64_t deadline_ns)
{
	OWNED(control_free) struct control *control = calloc(1, sizeof(*control));
	int result;

	if (!control)
		return -ENOMEM;
	control->descriptor = -1;
	control->owner = getpid();
	result = pthread_mutex_init(&control->lock, NULL);
	if (result != 0) {
		free(TAKE(control));
		return -result;
	}
	control->descriptor = descriptor;
	result = say_hello(control, role, deadline_ns);
	if (result < 0) {
		control->descriptor = -1; /* still the caller's */
		return result;
	}
	*ret_control = TAKE(control);
	return 0;
}

int control_open_further(struct control **ret_control, struct control *control,
			 enum control_role role, uint64_t deadline_ns)
{
	OWNED_MEMORY struct control_answer *answer = calloc(1, sizeof(*answer));
	OWNED_DESCRIPTOR int ours = -1;
	OWNED_DESCRIPTOR int theirs = -1;
	struct control_request request = {.type = CONTROL_CONNECT};
	int ends[2];
	int result;

	if (!answer)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	ours = ends[0];
	theirs = ends[1];
	request.descriptor = theirs;
	result = control_call(control, &request, answer, NULL, deadline_ns);
	if (result < 0)
		return result;
	result = answer->result;
	control_answer_done(answer);
	if (result != 0)
		return result < 0 ? result : -EPROTO;
	close(TAKE_DESCRIPTOR(theirs));
	result = control_adopt(ret_control, ours, role, deadline_ns);
	if (result == 0)
		(void)TAKE_DESCRIPTOR(ours);
	return result;
}

struct control *control_free(struct control *control)
{
	if (!control)
		return NULL;
	if (control->descriptor >= 0) {
		/* A fork's child may still hold the socket; the daemon is to know all the same. */
		if (control->owner == getpid())
			shutdown(control->descriptor, SHUT_RDWR);
		close(control->descriptor);
	}
	while (control->unasked) {
		struct control_unasked *next = control->unasked->next;

		free(control->unasked);
		control->unasked = next;
	}
	pthread_mutex_destroy(&control->lock);
	free(control);
	return NULL;
}

int control_descriptor(const struct control *control)
{
	return control->descriptor;
}

const struct control_hello_answer *control_daemon(const struct control *control)
{
	return &control->daemon;
}
