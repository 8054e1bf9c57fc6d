/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that look: each gets one report of the daemon (docs/decisions/0041-reports.md) and
 * shows it as a table, by a list of columns, or unchanged with --json.
 */
#include "tools/esctl/commands.h"
#include "tools/esctl/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* json_object_put says more than that it is done. */
static void free_object(struct json_object *object)
{
	json_object_put(object);
}
DEFINE_OWNED(struct json_object, free_object)

/*
 * Gets a report. With --json it is printed and *ret_object stays NULL. False after a complaint.
 */
static bool get_report(struct invocation *invocation, enum control_report_kind kind,
		       uint64_t client_id, struct json_object **ret_object)
{
	OWNED_MEMORY char *text = daemon_report(&invocation->daemon, kind, client_id);

	if (!text)
		return false;
	if (invocation->json) {
		size_t length = strlen(text);

		printf("%s%s", text, length && text[length - 1] == '\n' ? "" : "\n");
		return true;
	}
	*ret_object = json_tokener_parse(text);
	if (!*ret_object)
		fputs("esctl: the daemon's report makes no sense; are both of one version?\n",
		      stderr);
	return *ret_object != NULL;
}

/* One list under one key of a report. */
struct list {
	enum control_report_kind kind;
	const char *key;
	const struct value_column *columns;
	unsigned int count;
};

/* The elements of one client; 0: of all. */
static int show_list_of(struct invocation *invocation, const struct list *list, uint64_t client_id)
{
	OWNED(free_object) struct json_object *report = NULL;

	if (!get_report(invocation, list->kind, client_id, &report))
		return EXIT_FAILURE;
	if (report &&
	    value_print_list(value_member(report, list->key), list->columns, list->count) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* The commands whose report is one list. */
static int show_list(struct invocation *invocation, enum control_report_kind kind, const char *key,
		     const struct value_column *columns, unsigned int count)
{
	const struct list list = {kind, key, columns, count};

	return show_list_of(invocation, &list, 0);
}

int command_status(struct invocation *invocation)
{
	static const struct value_column rows[] = {
		{"version", "daemon_version", value_plain, false, false},
		{"pid", "pid", value_plain, false, false},
		{"engine", "engine", value_plain, false, false},
		{"private", "private", value_plain, false, false},
		{"root", "root", value_plain, false, false},
		{"up for", "uptime_ns", value_age, false, false},
		{"clients", "clients", value_plain, false, false},
		{"pending", "pending", value_plain, false, false},
	};
	static const struct value_column totals[] = {
		{"notified", "notified", value_plain, false, false},
		{"asked", "asked", value_plain, false, false},
		{"allowed", "allowed", value_plain, false, false},
		{"denied", "denied", value_plain, false, false},
		{"from cache", "from_cache", value_plain, false, false},
		{"expired", "expired", value_plain, false, false},
		{"abandoned", "abandoned", value_plain, false, false},
		{"could not ask", "could_not_ask", value_plain, false, false},
		{"missed", "missed", value_plain, false, false},
	};
	static const struct value_column engine[] = {
		{"kernel events", "events", value_plain, false, false},
		{"overflows", "overflows", value_plain, false, false},
		{"processes", "processes", value_plain, false, false},
		{"marks", "marks", value_plain, false, false},
	};
	OWNED(free_object) struct json_object *report = NULL;
	struct json_object *engine_status;
	const char *text;

	if (!get_report(invocation, CONTROL_REPORT_STATUS, 0, &report))
		return EXIT_FAILURE;
	if (!report)
		return EXIT_SUCCESS;
	engine_status = value_member(report, "engine_status");
	value_print_members(report, rows, COUNT_OF(rows));
	value_print_members(value_member(report, "totals"), totals, COUNT_OF(totals));
	value_print_members(engine_status, engine, COUNT_OF(engine));
	text = json_object_get_string(value_member(engine_status, "text"));
	if (text && *text)
		printf("\n%s\n", text);
	return EXIT_SUCCESS;
}

int command_clients(struct invocation *invocation)
{
	static const struct value_column columns[] = {
		{"CLIENT", "client_id", value_plain, true, false},
		{"PID", "pid", value_plain, true, false},
		{"PROGRAM", "name", value_plain, false, true},
		{"KIND", "kind", value_plain, false, false},
		{"MISS MODE", "miss_mode", value_plain, false, false},
		{"MESSAGES", "messages", value_plain, true, false},
		{"DROPPED", "dropped", value_plain, true, false},
		{"QUEUED", "queued_bytes", value_size, true, false},
		{"OWED", "unanswered", value_plain, true, false},
		{"OLDEST", "oldest_unanswered_ns", value_age, true, false},
		{"MUTES", "mutes", value_plain, true, false},
		{"EVENTS", "subscriptions", value_events, false, true},
	};

	return show_list(invocation, CONTROL_REPORT_CLIENTS, "clients", columns, COUNT_OF(columns));
}

/* What others chose, as names and paths, must not command the terminal. */
static void print_plain(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

/* Why each client does not answer: a line a client, in full, since a way is no use cut. */
static void print_whys(struct json_object *pending)
{
	int64_t told = 0;

	for (size_t index = 0; index < json_object_array_length(pending); index++) {
		struct json_object *question = json_object_array_get_idx(pending, index);
		const char *why = json_object_get_string(value_member(question, "why"));
		const char *cycle = json_object_get_string(value_member(question, "cycle"));
		int64_t client = json_object_get_int64(value_member(question, "client_id"));

		if (!why || client == told)
			continue;
		printf("%s%lld: %s%s", told == 0 ? "\nWhy the client does not answer:\n" : "",
		       (long long)client, cycle ? cycle : "", cycle ? " deadlock: " : "");
		print_plain(why);
		putchar('\n');
		told = client;
	}
}

int command_pending(struct invocation *invocation)
{
	static const struct value_column columns[] = {
		{"CLIENT", "client_id", value_plain, true, false},
		{"SEQ", "seq_num", value_plain, true, false},
		{"EVENT", "event", value_plain, false, false},
		{"AGE", "age_ns", value_age, true, false},
		{"LEFT", "left_ns", value_age, true, false},
		{"PID", "subject_pid", value_plain, true, false},
		{"TID", "subject_tid", value_plain, true, false},
		{"PROGRAM", "subject_path", value_plain, false, true},
		{"TARGET", "target_path", value_plain, false, true},
	};

	OWNED(free_object) struct json_object *report = NULL;
	struct json_object *pending;

	if (invocation->count > 0 && strcmp(invocation->words[0], "--why") != 0) {
		fprintf(stderr, "esctl: it is: esctl pending [--why]\n");
		return EXIT_USAGE;
	}
	if (!get_report(invocation, CONTROL_REPORT_PENDING, 0, &report))
		return EXIT_FAILURE;
	pending = report ? value_member(report, "pending") : NULL;
	if (pending && value_print_list(pending, columns, COUNT_OF(columns)) < 0)
		return EXIT_FAILURE;
	if (pending && invocation->count > 0)
		print_whys(pending);
	return EXIT_SUCCESS;
}

int command_events(struct invocation *invocation)
{
	static const struct value_column columns[] = {
		{"EVENT", "event", value_plain, false, false},
		{"SUPPORT", "support", value_plain, false, false},
		{"REASON", "reason", value_plain, false, true},
	};

	return show_list(invocation, CONTROL_REPORT_EVENTS, "events", columns, COUNT_OF(columns));
}

int command_denials(struct invocation *invocation)
{
	static const struct value_column columns[] = {
		{"TIME", "wall_time_ns", value_moment, false, false},
		{"KIND", "kind", value_plain, false, false},
		{"EVENT", "event", value_plain, false, false},
		{"BY", "client_name", value_plain, false, true},
		{"CLIENT", "client_id", value_plain, true, false},
		{"PID", "subject_pid", value_plain, true, false},
		{"PROGRAM", "subject_path", value_plain, false, true},
		{"TARGET", "target_path", value_plain, false, true},
	};

	return show_list(invocation, CONTROL_REPORT_DENIALS, "denials", columns, COUNT_OF(columns));
}

static int show_mutes_of(struct json_object *client)
{
	static const struct value_column columns[] = {
		{"KIND", "kind", value_plain, false, false},
		{"PATH", "path", value_plain, false, true},
		{"PID", "pid", value_plain, true, false},
		{"EVENTS", "events", value_events, false, true},
	};
	char inverted[VALUE_TEXT_MAX];

	value_list(value_member(client, "inverted"), inverted);
	printf("client %s, %s[%s], inverted: %s\n",
	       json_object_get_string(value_member(client, "client_id")),
	       json_object_get_string(value_member(client, "name")),
	       json_object_get_string(value_member(client, "pid")), inverted);
	return value_print_list(value_member(client, "mutes"), columns, COUNT_OF(columns));
}

int command_mutes(struct invocation *invocation)
{
	OWNED(free_object) struct json_object *report = NULL;
	struct json_object *clients;
	uint64_t client_id = 0;

	if (invocation->count > 0 && command_client_id(invocation->words[0], &client_id) < 0)
		return EXIT_USAGE;
	if (!get_report(invocation, CONTROL_REPORT_MUTES, client_id, &report))
		return EXIT_FAILURE;
	clients = value_member(report, "clients");
	if (!json_object_is_type(clients, json_type_array))
		return EXIT_SUCCESS;
	for (size_t index = 0; index < json_object_array_length(clients); index++) {
		if (index)
			putchar('\n');
		if (show_mutes_of(json_object_array_get_idx(clients, index)) < 0)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int command_missed(struct invocation *invocation)
{
	static const struct value_column columns[] = {
		{"TIME", "wall_time_ns", value_moment, false, false},
		{"CLIENT", "client_id", value_plain, true, false},
		{"SEQ", "seq_num", value_plain, true, false},
		{"EVENT", "event", value_plain, false, false},
		{"VERDICT", "verdict", value_plain, false, false},
		{"PID", "subject_pid", value_plain, true, false},
		{"PROGRAM", "subject_path", value_plain, false, true},
		{"TARGET", "target_path", value_plain, false, true},
	};
	static const struct list list = {CONTROL_REPORT_MISSED, "missed", columns,
					 COUNT_OF(columns)};
	uint64_t client_id = 0;

	if (invocation->count > 0 && command_client_id(invocation->words[0], &client_id) < 0)
		return EXIT_USAGE;
	return show_list_of(invocation, &list, client_id);
}

int command_debug(struct invocation *invocation)
{
	static const struct value_column columns[] = {
		{"CLIENT", "client_id", value_plain, true, false},
		{"PID", "pid", value_plain, true, false},
		{"PROGRAM", "name", value_plain, false, true},
		{"DEBUGGABLE", "debuggable", value_plain, false, false},
		{"POLICY", "debug_policy", value_plain, false, false},
		{"STOPPED", "stopped", value_plain, false, false},
		{"MISSED", "missed", value_plain, true, false},
	};
	static const struct list list = {CONTROL_REPORT_CLIENTS, "clients", columns,
					 COUNT_OF(columns)};
	uint64_t client_id;

	if (command_client_id(invocation->words[0], &client_id) < 0)
		return EXIT_USAGE;
	if (invocation->count > 1)
		return command_set_debug_policy(invocation, client_id);
	return show_list_of(invocation, &list, client_id);
}
