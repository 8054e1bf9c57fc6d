/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to the daemon: what can go wrong with it, said so that a person can act on it, and
 * the reading of reports from the memfd they come in.
 */
#include "tools/esctl/daemon.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { REPORT_SIZE_MAX = 256 * 1024 * 1024 }; /* a larger one is refused */

#define PATIENCE_NS (10 * NANOSECONDS_PER_SECOND)

static const char *socket_path(const char *socket)
{
	const char *variable = secure_getenv("ENDPOINTSECURITY_SOCKET");

	if (socket)
		return socket;
	return variable && *variable ? variable : CONTROL_SOCKET_PATH;
}

struct open_failure {
	int error;
	const char *text; /* %s is the socket */
};

static const struct open_failure open_failures[] = {
	{-ENOENT, "no daemon runs: there is no %s.\n"
		  "Start one with: systemctl start endpointsecurityd\n"
		  "A program that started a private daemon keeps it to itself."},
	{-ECONNREFUSED, "no daemon answers at %s; it ended and left its socket behind.\n"
			"Start it again with: systemctl restart endpointsecurityd"},
	{-EACCES, "may not use %s. Only root administers the daemon; run esctl as root."},
	{-EPERM, "the daemon at %s refuses: only root administers it; run esctl as root."},
	{-EPROTONOSUPPORT, "the daemon at %s is of another version than this esctl.\n"
			   "Restart it after an upgrade with: systemctl restart endpointsecurityd"},
	{-ETIMEDOUT, "the daemon at %s does not answer in time. Look at its log with:\n"
		     "journalctl -u endpointsecurityd"},
	{-ENAMETOOLONG, "the path of the socket is too long: %s"},
};

static void complain_of_open(int error, const char *socket)
{
	for (size_t row = 0; row < sizeof(open_failures) / sizeof(open_failures[0]); row++) {
		const char *text = open_failures[row].text;
		const char *place = strstr(text, "%s");

		if (open_failures[row].error != error)
			continue;
		fprintf(stderr, "esctl: %.*s%s%s\n", (int)(place - text), text, socket, place + 2);
		return;
	}
	fprintf(stderr, "esctl: cannot speak with the daemon at %s: %s\n", socket,
		strerror(-error));
}

static int open_once(struct daemon *daemon)
{
	const char *path = socket_path(daemon->socket);
	int result;

	if (daemon->control)
		return 0;
	result = control_open(&daemon->control, path, CONTROL_ROLE_ADMINISTRATOR,
			      clock_now_ns() + PATIENCE_NS);
	if (result < 0)
		complain_of_open(result, path);
	return result;
}

void daemon_done(struct daemon *daemon)
{
	daemon->control = control_free(daemon->control);
}

/* One call; complains unless the daemon's result is 0. */
static int call(struct daemon *daemon, const struct control_request *request,
		struct control_answer *answer)
{
	char text[CONTROL_TEXT_MAX];
	int result = open_once(daemon);

	if (result < 0)
		return result;
	result = control_call(daemon->control, request, answer, text, clock_now_ns() + PATIENCE_NS);
	if (result < 0) {
		fprintf(stderr, "esctl: the daemon gave no answer: %s\n", strerror(-result));
		return result;
	}
	result = answer->result;
	if (result == 0)
		return 0;
	if (*text)
		fprintf(stderr, "esctl: %s\n", text);
	else if (result == CONTROL_THROTTLED)
		fputs("esctl: too often; try again in a second\n", stderr);
	else
		fprintf(stderr, "esctl: the daemon refuses: %s\n", strerror(-result));
	control_answer_done(answer);
	return result < 0 ? result : -EAGAIN;
}

int daemon_request(struct daemon *daemon, const struct control_request *request,
		   uint64_t *ret_number)
{
	OWNED_MEMORY struct control_answer *answer = calloc(1, sizeof(*answer));
	struct control_number number;
	int result = -ENOMEM;

	if (answer)
		result = call(daemon, request, answer);
	if (result < 0)
		return result;
	if (ret_number && answer->size >= sizeof(number)) {
		memcpy(&number, answer->body, sizeof(number));
		*ret_number = number.number;
	}
	control_answer_done(answer);
	return 0;
}

static char *read_text(int descriptor)
{
	OWNED_MEMORY char *text = NULL;
	struct stat status;
	size_t size, used = 0;

	if (fstat(descriptor, &status) < 0 || status.st_size > REPORT_SIZE_MAX)
		return NULL;
	size = (size_t)status.st_size;
	text = malloc(size + 1);
	if (!text)
		return NULL;
	while (used < size) {
		ssize_t got = pread(descriptor, text + used, size - used, (off_t)used);

		if (got <= 0)
			return NULL;
		used += (size_t)got;
	}
	text[used] = '\0';
	return TAKE(text);
}

char *daemon_report(struct daemon *daemon, enum control_report_kind kind, uint64_t client_id)
{
	const struct control_report wanted = {.kind = kind, .client_id = client_id};
	const struct control_request request = {
		.type = CONTROL_REPORT,
		.body = &wanted,
		.body_size = sizeof(wanted),
		.descriptor = -1,
	};
	OWNED_MEMORY struct control_answer *answer = calloc(1, sizeof(*answer));
	char *text = NULL;

	if (!answer || call(daemon, &request, answer) < 0)
		return NULL;
	if (answer->descriptor_count == 1)
		text = read_text(answer->descriptors[0]);
	if (!text)
		fputs("esctl: the daemon's report cannot be read\n", stderr);
	control_answer_done(answer);
	return text;
}
