/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private daemon of this process (library/client/private_daemon.h). Owns the first connection
 * to it, over which further ones are asked for and whose end is the daemon's end; hands those on.
 */
#include "library/client/private_daemon.h"
#include "library/client/failure.h"

#include "control/control.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct {
	pthread_mutex_t lock;
	struct control *control; /* NULL: none runs */
	unsigned int users;
} own_daemon = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int start(uint64_t deadline_ns)
{
	const char *path = secure_getenv("ES_DAEMON");
	const char *root = secure_getenv("ES_ROOT");
	const char *development = secure_getenv("ES_DEVELOPMENT");
	const struct spawn_options options = {
		.root = root && *root ? root : NULL,
		.development = development && strcmp(development, "1") == 0,
	};
	OWNED_DESCRIPTOR int socket = -1;
	int result;

	if (!path || path[0] != '/')
		path = ENDPOINTSECURITYD_PATH;
	result = spawn_daemon(path, &options, &socket);
	if (result) {
		failure_set(
			"No daemon runs, and %s could not be started: %s. Install it, start the "
			"service endpointsecurityd, or name it in ES_DAEMON.",
			path, strerrordesc_np(-result));
		return result;
	}
	result = control_adopt(&own_daemon.control, socket, CONTROL_ROLE_CLIENT, deadline_ns);
	if (result) {
		failure_set(
			"No daemon runs, and %s, which was started for this program, %s: see what "
			"it wrote on standard error.",
			path,
			result == -EPROTONOSUPPORT ? "is of another version"
			: result == -ETIMEDOUT	   ? "does not answer"
						   : "ended at once");
		return result;
	}
	(void)TAKE_DESCRIPTOR(socket);
	return 0;
}

static int join_locked(struct control **ret_control, uint64_t deadline_ns)
{
	int result;

	if (own_daemon.control && control_open_further(ret_control, own_daemon.control,
						       CONTROL_ROLE_CLIENT, deadline_ns) == 0)
		return 0;
	/* It does not run, or not any more. */
	own_daemon.control = control_free(own_daemon.control);
	result = start(deadline_ns);
	if (result)
		return result;
	result = control_open_further(ret_control, own_daemon.control, CONTROL_ROLE_CLIENT,
				      deadline_ns);
	if (result)
		failure_set("The daemon started for this program takes no connection: %s.",
			    strerrordesc_np(-result));
	return result;
}

int private_daemon_join(struct control **ret_control, uint64_t deadline_ns)
{
	int result;

	pthread_mutex_lock(&own_daemon.lock);
	result = join_locked(ret_control, deadline_ns);
	if (result == 0)
		own_daemon.users++;
	else if (own_daemon.users == 0)
		own_daemon.control = control_free(own_daemon.control);
	pthread_mutex_unlock(&own_daemon.lock);
	return result;
}

void private_daemon_leave(void)
{
	pthread_mutex_lock(&own_daemon.lock);
	if (--own_daemon.users == 0)
		own_daemon.control = control_free(own_daemon.control);
	pthread_mutex_unlock(&own_daemon.lock);
}

void private_daemon_forget(void)
{
	/* Another thread of the parent may have been inside: nothing here is as it should be. */
	pthread_mutex_init(&own_daemon.lock, NULL);
	if (own_daemon.control)
		close(control_descriptor(own_daemon.control));
	own_daemon.control = NULL;
	own_daemon.users = 0;
}
