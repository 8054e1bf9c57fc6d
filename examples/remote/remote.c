/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote DIRECTORY: the client is a process of its own, and small: it is asked about every open,
 * allows at once what does not lie in DIRECTORY, and sends the rest to the process that decides. A
 * breakpoint in decide() stops that one alone. What it does not answer within a second is allowed,
 * so that the client's deadlines are kept whoever is stopped.
 */
#include <EndpointSecurity/EndpointSecurity.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ASKED_MAX = 64, PATIENCE_MS = 1000 };

struct question {
	uint64_t number;
	char path[1000];
};

struct answer {
	uint64_t number;
	bool allow;
};

/* ---- The process that decides ---- */

static __attribute__((noinline)) bool decide(const struct question *question)
{
	printf("asked about %s\n", question->path);
	fflush(stdout);
	return strstr(question->path, "secret") == NULL;
}

static int be_the_application(int link)
{
	struct question question;

	puts("the client is ready");
	fflush(stdout);
	while (recv(link, &question, sizeof(question), 0) == sizeof(question)) {
		struct answer answer = {.number = question.number, .allow = decide(&question)};

		if (send(link, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	return 1;
}

/* ---- The client ---- */

static struct {
	pthread_mutex_t lock;
	const char *directory;
	int link;
	uint64_t next;
	struct asked {
		const es_message_t *message; /* NULL: the place is free */
		uint64_t number;
		int64_t until_ms;
	} asked[ASKED_MAX];
} relay = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void respond(es_client_t *client, const es_message_t *message, bool allow)
{
	es_respond_flags_result(client, message, allow ? UINT32_MAX : 0, false);
}

/* Under the lock. False: the application is behind, or there is no room. */
static bool ask(const es_message_t *message)
{
	struct question question = {.number = relay.next};
	size_t place = 0;

	while (place < ASKED_MAX && relay.asked[place].message)
		place++;
	if (place == ASKED_MAX)
		return false;
	strncpy(question.path, message->event.open.file->path.data, sizeof(question.path) - 1);
	if (send(relay.link, &question, sizeof(question), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	es_retain_message(message);
	relay.asked[place] = (struct asked){message, relay.next++, now_ms() + PATIENCE_MS};
	return true;
}

static void handle(es_client_t *client, const es_message_t *message, void *context)
{
	const es_string_token_t *path = &message->event.open.file->path;
	bool asked = false;

	(void)context;
	if (strncmp(path->data, relay.directory, strlen(relay.directory)) == 0) {
		pthread_mutex_lock(&relay.lock);
		asked = ask(message);
		pthread_mutex_unlock(&relay.lock);
	}
	if (!asked)
		respond(client, message, true);
}

/* Under the lock: answers what this is the answer to, or what has waited too long. */
static void settle(es_client_t *client, const struct answer *answer)
{
	for (size_t place = 0; place < ASKED_MAX; place++) {
		struct asked *asked = &relay.asked[place];
		bool answered = answer && answer->number == asked->number;

		if (!asked->message || (!answered && now_ms() < asked->until_ms))
			continue;
		respond(client, asked->message, answered ? answer->allow : true);
		es_release_message(asked->message);
		asked->message = NULL;
	}
}

static int be_the_client(int link, const char *directory)
{
	es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};
	struct pollfd answers = {.fd = link, .events = POLLIN};
	es_client_t *client = NULL;

	relay.link = link;
	relay.directory = directory;
	if (es_new_client_f(&client, handle, NULL) != ES_NEW_CLIENT_RESULT_SUCCESS ||
	    es_subscribe(client, events, 1) != ES_RETURN_SUCCESS)
		return 1;
	while (poll(&answers, 1, PATIENCE_MS / 10) >= 0) {
		struct answer answer;
		ssize_t size = recv(link, &answer, sizeof(answer), MSG_DONTWAIT);

		if (size == 0)
			break;
		pthread_mutex_lock(&relay.lock);
		settle(client, size == sizeof(answer) ? &answer : NULL);
		pthread_mutex_unlock(&relay.lock);
	}
	es_delete_client(client);
	return 0;
}

int main(int argc, char **argv)
{
	int links[2];
	pid_t child;

	if (argc != 2 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, links) < 0)
		return 1;
	child = fork();
	if (child < 0)
		return 1;
	if (child > 0) {
		close(links[1]);
		return be_the_application(links[0]);
	}
	close(links[0]);
	prctl(PR_SET_NAME, "remote-client");
	return be_the_client(links[1], argv[1]);
}
