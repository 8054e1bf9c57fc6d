/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for endpointsecurityd, so that esctl can be tested without rights:
 *
 *	fake-daemon MODE REPORTS COMMAND [ARGUMENT]...
 *
 * listens at a socket of its own, runs the command with $ENDPOINTSECURITY_SOCKET set to it, answers
 * what it asks, and ends with its exit code. A report of kind N is the text of the file
 * REPORTS/NAME.json. What else was asked for is printed on stderr, a line each.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/packet.h"
#include "wire/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

enum mode {
	MODE_ORDINARY,
	MODE_OTHER_VERSION,
	MODE_NOT_ROOT,
	MODE_REFUSES,
	MODE_GARBAGE,
	MODE_LAST
};
static const char *const mode_names[MODE_LAST] = {"ordinary", "other-version", "not-root",
						  "refuses", "garbage"};
static const char *const report_names[CONTROL_REPORT_LAST] = {
	"status", "clients", "pending", "events", "mutes", "denials", "missed"};

static enum mode mode;
static const char *reports;
static int connection = -1;

static struct {
	struct control_header header;
	unsigned char body[CONTROL_PACKET_MAX];
} received, answer;

/* Sends the answer to what was received, with a body and perhaps a descriptor. */
static void send_answer(int result, const void *body, size_t size, int descriptor)
{
	struct packet packet = {.bytes = &answer, .size = sizeof(answer.header) + size};

	answer.header = (struct control_header){
		.size = (__u32)packet.size,
		.version = mode == MODE_OTHER_VERSION ? CONTROL_VERSION + 1 : CONTROL_VERSION,
		.type = received.header.type,
		.serial = received.header.serial,
		.result = result,
	};
	memcpy(answer.body, body, size);
	if (descriptor >= 0)
		packet.descriptors[packet.descriptor_count++] = descriptor;
	packet_send(connection, &packet, clock_now_ns() + NANOSECONDS_PER_SECOND);
}

static void send_text(int result, const char *text)
{
	send_answer(result, text, strlen(text) + 1, -1);
}

static void send_report(void)
{
	const struct control_report *wanted = (const void *)received.body;
	OWNED_DESCRIPTOR int memory = memfd_create("report", MFD_CLOEXEC);
	OWNED_DESCRIPTOR int file = -1;
	struct control_list list = {0};
	struct stat status;
	char path[512];

	if (mode == MODE_GARBAGE) {
		if (write(memory, "[{", 2) != 2)
			abort();
		send_answer(0, &list, sizeof(list), memory);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s.json", reports,
		 wanted->kind < CONTROL_REPORT_LAST ? report_names[wanted->kind] : "?");
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &status) < 0) {
		send_text(-ENOENT, "No such report.");
		return;
	}
	while (sendfile(memory, file, NULL, 65536) > 0)
		;
	list.size = (__u64)status.st_size;
	fprintf(stderr, "report of client %llu\n", (unsigned long long)wanted->client_id);
	send_answer(0, &list, sizeof(list), memory);
}

static void tell_mute(void)
{
	const struct control_mute *mute = (const void *)received.body;
	unsigned int events = 0;

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		events += event_set_has(&mute->events, event);
	fprintf(stderr, "mute operation %u kind %u client %llu pid %u path %.*s events %u\n",
		mute->operation, mute->kind, (unsigned long long)mute->client_id,
		mute->token.words[RECORD_TOKEN_PID], (int)mute->path_length,
		(const char *)(mute + 1), events);
}

static void answer_request(void)
{
	const struct control_number three = {3};
	const struct control_hello_answer hello = {.daemon_version = "fake", .engine = "none"};

	if (received.header.type == CONTROL_HELLO) {
		send_answer(mode == MODE_NOT_ROOT ? -EPERM : 0, &hello, sizeof(hello), -1);
	} else if (mode == MODE_REFUSES) {
		send_text(-ENOENT, "There is no client 7.");
	} else if (received.header.type == CONTROL_REPORT) {
		send_report();
	} else if (received.header.type == CONTROL_RELEASE_ALL) {
		send_answer(0, &three, sizeof(three), -1);
	} else if (received.header.type == CONTROL_CLIENT_MUTE) {
		tell_mute();
		send_answer(0, NULL, 0, -1);
	} else {
		fprintf(stderr, "request %u\n", received.header.type);
		send_answer(0, NULL, 0, -1);
	}
}

/* Answers until the child is gone. */
static void serve(int listener, int child)
{
	struct pollfd watched[] = {{.fd = listener, .events = POLLIN},
				   {.fd = child, .events = POLLIN}};

	for (;;) {
		if (poll(watched, 2, -1) < 0 || watched[1].revents)
			return;
		connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		for (;;) {
			struct packet packet = {.bytes = &received, .size = sizeof(received)};

			if (packet_receive(connection, &packet,
					   clock_now_ns() + 20 * NANOSECONDS_PER_SECOND) < 0)
				break;
			packet_close_descriptors(&packet);
			answer_request();
		}
		close(connection);
	}
}

static enum mode find_mode(const char *name)
{
	for (unsigned int index = 0; index < MODE_LAST; index++)
		if (strcmp(mode_names[index], name) == 0)
			return index;
	fprintf(stderr, "fake-daemon: no mode %s\n", name);
	exit(99);
}

int main(int count, char **arguments)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/fake-daemon-XXXXXX";
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), status = 0;
	pid_t child;

	if (count < 4 || !mkdtemp(folder))
		return 99;
	mode = find_mode(arguments[1]);
	reports = arguments[2];
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 4) < 0)
		return 99;
	child = fork();
	if (child == 0) {
		setenv("ENDPOINTSECURITY_SOCKET", address.sun_path, 1);
		execv(arguments[3], arguments + 3);
		_exit(98);
	}
	serve(listener, (int)syscall(SYS_pidfd_open, child, 0));
	waitpid(child, &status, 0);
	unlink(address.sun_path);
	rmdir(folder);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}
