/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that change something in the daemon: mutes of a client, caches, what is held. Words
 * are checked here, so that a person is told of a mistake in the words they typed.
 */
#include "tools/esctl/commands.h"
#include "tools/esctl/nearest.h"
#include "tools/esctl/preset.h"
#include "wire/debug.h"
#include "wire/events.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A whole decimal number within its limits. */
static bool read_number(const char *word, uint64_t most, uint64_t *ret_number)
{
	char *end = NULL;
	uint64_t number;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	number = strtoull(word, &end, 10);
	if (errno || *end || number == 0 || number > most)
		return false;
	*ret_number = number;
	return true;
}

int command_client_id(const char *word, uint64_t *ret_client_id)
{
	if (read_number(word, UINT64_MAX, ret_client_id))
		return 0;
	fprintf(stderr, "esctl: '%s' is no client. Clients have numbers: see esctl clients.\n",
		word);
	return -EINVAL;
}

static const struct kind_row {
	const char *name;
	enum control_mute_kind kind;
	bool all; /* every path of the family: unmute only, and no path follows */
} kinds[] = {
	{"prefix", CONTROL_MUTE_PREFIX, false},
	{"literal", CONTROL_MUTE_LITERAL, false},
	{"target-prefix", CONTROL_MUTE_TARGET_PREFIX, false},
	{"target-literal", CONTROL_MUTE_TARGET_LITERAL, false},
	{"process", CONTROL_MUTE_PROCESS, false},
	{"cgroup", CONTROL_MUTE_CGROUP, false},
	{"tree", CONTROL_MUTE_TREE, false},
	{"all-paths", CONTROL_MUTE_PREFIX, true},
	{"all-target-paths", CONTROL_MUTE_TARGET_PREFIX, true},
};

static const struct kind_row *find_kind(const char *word, bool all_allowed)
{
	for (size_t row = 0; row < sizeof(kinds) / sizeof(kinds[0]); row++)
		if (strcmp(kinds[row].name, word) == 0 && (all_allowed || !kinds[row].all))
			return &kinds[row];
	fprintf(stderr, "esctl: '%s' is no kind of mute. Choose from:", word);
	for (size_t row = 0; row < sizeof(kinds) / sizeof(kinds[0]); row++)
		if (all_allowed || !kinds[row].all)
			fprintf(stderr, " %s", kinds[row].name);
	fputc('\n', stderr);
	return NULL;
}

/* "open" means both forms of the event, "AUTH_OPEN" the one. */
static bool add_event(struct event_set *events, const char *word)
{
	struct nearest nearest = {.word = word};
	bool found = false;

	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *row = event_describe(event);

		if (!row || row->action == EVENT_ACTION_RESERVED)
			continue;
		nearest_consider(&nearest, row->member);
		nearest_consider(&nearest, row->constant);
		if (strcmp(row->member, word) != 0 && strcmp(row->constant, word) != 0)
			continue;
		event_set_add(events, event);
		found = true;
	}
	if (!found)
		fprintf(stderr, "esctl: there is no event '%s'.%s%s%s esctl events lists all.\n",
			word, nearest.name ? " Did you mean '" : "",
			nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
	return found;
}

/* The events named from `first` on; all if none is. */
static bool read_events(const struct invocation *invocation, int first, struct event_set *events)
{
	if (first >= invocation->count) {
		for (unsigned int event = 0; event < EVENT_LAST; event++)
			event_set_add(events, event);
		return true;
	}
	for (int word = first; word < invocation->count; word++)
		if (!add_event(events, invocation->words[word]))
			return false;
	return true;
}

/* What is unmuted may be the tree of a process that has ended. */
static bool read_process(const char *word, struct control_mute *mute)
{
	uint64_t pid;

	if (!read_number(word, INT_MAX, &pid)) {
		fprintf(stderr, "esctl: '%s' is no process id\n", word);
		return false;
	}
	if (mute->operation == CONTROL_MUTE_ADD && kill((pid_t)pid, 0) < 0 && errno == ESRCH) {
		fprintf(stderr, "esctl: there is no process %s\n", word);
		return false;
	}
	/* pidversion 0: whichever process has that pid now. */
	mute->token.words[RECORD_TOKEN_PID] = (__u32)pid;
	return true;
}

static bool read_path(const char *word, struct control_mute *mute)
{
	if (word[0] != '/') {
		fprintf(stderr, "esctl: '%s' is no absolute path; mutes compare with real paths\n",
			word);
		return false;
	}
	if (strlen(word) >= RECORD_PATH_MAX) {
		fputs("esctl: the path is too long\n", stderr);
		return false;
	}
	mute->path_length = (__u32)strlen(word);
	return true;
}

static bool is_process(enum control_mute_kind kind)
{
	return kind == CONTROL_MUTE_PROCESS || kind == CONTROL_MUTE_TREE;
}

static int send_mute(struct invocation *invocation, const struct control_mute *mute,
		     const char *path)
{
	const struct control_request request = {
		.type = CONTROL_CLIENT_MUTE,
		.body = mute,
		.body_size = sizeof(*mute),
		.extra = path,
		.extra_size = mute->path_length,
		.descriptor = -1,
	};

	return daemon_request(&invocation->daemon, &request, NULL);
}

static const struct preset_row {
	const char *name;
	preset_function *find;
} presets[] = {
	{"--desktop", preset_desktop},
	{"--build", preset_build},
};

/* mute CLIENT --desktop|--build [PID]: every event of each of its subjects. */
static int change_preset(struct invocation *invocation, struct control_mute *mute)
{
	const struct preset_row *row = NULL;
	struct preset preset = {.count = 0};
	uint64_t pid = 0;

	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (strcmp(presets[i].name, invocation->words[1]) == 0)
			row = &presets[i];
	if (!row || invocation->count > 3) {
		fputs("esctl: it is: --desktop [PID] or --build [PID]\n", stderr);
		return EXIT_USAGE;
	}
	if (invocation->count > 2) {
		if (!read_process(invocation->words[2], mute))
			return EXIT_USAGE;
		pid = mute->token.words[RECORD_TOKEN_PID];
	}
	if (row->find(&preset, (pid_t)pid) < 0)
		return EXIT_USAGE;
	read_events(invocation, invocation->count, &mute->events);
	for (size_t i = 0; i < preset.count; i++) {
		const struct preset_subject *subject = &preset.subjects[i];

		mute->kind = subject->kind;
		mute->path_length = (__u32)strlen(subject->cgroup);
		mute->token = (struct record_token){{0}};
		mute->token.words[RECORD_TOKEN_PID] = (__u32)subject->pid;
		if (send_mute(invocation, mute, subject->cgroup) < 0)
			return EXIT_FAILURE;
	}
	if (invocation->json)
		puts("{}");
	return EXIT_SUCCESS;
}

static int change_mute(struct invocation *invocation, enum control_mute_operation operation)
{
	bool remove = operation == CONTROL_MUTE_REMOVE;
	struct control_mute mute = {.operation = operation};
	const struct kind_row *kind;
	uint64_t client_id;
	const char *subject = invocation->count > 2 ? invocation->words[2] : NULL;

	if (command_client_id(invocation->words[0], &client_id) < 0)
		return EXIT_USAGE;
	mute.client_id = client_id;
	if (invocation->words[1][0] == '-')
		return change_preset(invocation, &mute);
	kind = find_kind(invocation->words[1], remove);
	if (!kind)
		return EXIT_USAGE;
	mute.kind = kind->kind;
	if (kind->all == (subject != NULL)) {
		fprintf(stderr, "esctl: %s needs %s\n", kind->name,
			kind->all ? "no path behind it" : "a path or process id behind it");
		return EXIT_USAGE;
	}
	if (kind->all)
		mute.operation = CONTROL_MUTE_CLEAR;
	else if (is_process(kind->kind) ? !read_process(subject, &mute)
					: !read_path(subject, &mute))
		return EXIT_USAGE;
	if (!read_events(invocation, 3, &mute.events))
		return EXIT_USAGE;
	if (send_mute(invocation, &mute, subject) < 0)
		return EXIT_FAILURE;
	if (invocation->json)
		puts("{}");
	return EXIT_SUCCESS;
}

int command_mute(struct invocation *invocation)
{
	return change_mute(invocation, CONTROL_MUTE_ADD);
}

int command_unmute(struct invocation *invocation)
{
	return change_mute(invocation, CONTROL_MUTE_REMOVE);
}

int command_cache(struct invocation *invocation)
{
	const struct control_request request = {.type = CONTROL_CLIENT_CACHE, .descriptor = -1};

	if (strcmp(invocation->words[0], "clear") != 0) {
		fprintf(stderr, "esctl: a cache can only be cleared: esctl cache clear\n");
		return EXIT_USAGE;
	}
	if (daemon_request(&invocation->daemon, &request, NULL) < 0)
		return EXIT_FAILURE;
	if (invocation->json)
		puts("{}");
	return EXIT_SUCCESS;
}

int command_release_all(struct invocation *invocation)
{
	const struct control_request request = {.type = CONTROL_RELEASE_ALL, .descriptor = -1};
	uint64_t count = 0;

	if (daemon_request(&invocation->daemon, &request, &count) < 0)
		return EXIT_FAILURE;
	if (invocation->json)
		printf("{\"released\":%" PRIu64 "}\n", count);
	else
		printf("released %" PRIu64 "\n", count);
	return EXIT_SUCCESS;
}

int command_set_debug_policy(struct invocation *invocation, uint64_t client_id)
{
	const char *word = invocation->words[1];
	int policy = debug_policy_find(word, strlen(word));
	const struct control_client_debug body = {.client_id = client_id, .policy = (__u32)policy};
	const struct control_request request = {.type = CONTROL_CLIENT_DEBUG,
						.body = &body,
						.body_size = sizeof(body),
						.descriptor = -1};

	if (policy < 0) {
		fprintf(stderr, "esctl: '%s' is no policy. Choose pass, hold or deny.\n", word);
		return EXIT_USAGE;
	}
	if (daemon_request(&invocation->daemon, &request, NULL) < 0)
		return EXIT_FAILURE;
	if (invocation->json)
		puts("{}");
	return EXIT_SUCCESS;
}
