/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of mutes. There may be a hundred thousand, and making text of them takes a second in
 * which the control thread would see no client die. So it only copies them, as bytes; a thread of
 * the report's own makes the text, and the answer is sent when it is there.
 */
#include "daemon/control/connection.h"
#include "daemon/control/json.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <utlist.h>

static const char *const mute_names[] = {
	[CONTROL_MUTE_PREFIX] = "prefix",
	[CONTROL_MUTE_LITERAL] = "literal",
	[CONTROL_MUTE_TARGET_PREFIX] = "target_prefix",
	[CONTROL_MUTE_TARGET_LITERAL] = "target_literal",
	[CONTROL_MUTE_PROCESS] = "process",
};
static const char *const dimension_names[CONTROL_MUTE_DIMENSION_LAST] = {
	[CONTROL_MUTE_DIMENSION_PROCESS] = "process",
	[CONTROL_MUTE_DIMENSION_PATH] = "path",
	[CONTROL_MUTE_DIMENSION_TARGET_PATH] = "target_path",
};

struct client_mutes {
	uint64_t client_id;
	pid_t pid;
	char name[PEER_NAME_MAX];
	bool inverted[CONTROL_MUTE_DIMENSION_LAST];
	struct mute_list list;
};

struct mutes_report {
	pthread_t thread;
	struct later *later;
	struct answer answer; /* as far as the thread makes it */
	int result;
	unsigned int count;
	struct client_mutes clients[POLICY_CLIENTS_MAX];
};

static void free_report(struct mutes_report *report)
{
	for (unsigned int index = 0; index < report->count; index++)
		free(report->clients[index].list.bytes);
	answer_done(&report->answer);
	free(report);
}

static int copy_client(struct mutes_report *report, const struct connection *connection)
{
	struct server *server = connection->server;
	struct client_mutes *client = &report->clients[report->count];
	int result = mute_list_make(server, connection->client, &client->list);

	if (result < 0)
		return result;
	client->client_id = client_id(connection->client);
	client->pid = connection->peer.pid;
	memcpy(client->name, connection->peer.name, sizeof(client->name));
	for (unsigned int dimension = 0; dimension < CONTROL_MUTE_DIMENSION_LAST; dimension++)
		client->inverted[dimension] = delivery_mute_inverted(server->options.delivery,
								     connection->client, dimension);
	report->count++;
	return 0;
}

/* Copies what the text is to say. NULL: out of memory. */
static struct mutes_report *copy_mutes(struct server *server, uint64_t wanted)
{
	struct mutes_report *report = calloc(1, sizeof(*report));
	const struct connection *connection;
	int result = 0;

	if (!report)
		return NULL;
	DL_FOREACH (server->connections, connection) {
		if (result == 0 && connection->client && report->count < POLICY_CLIENTS_MAX &&
		    (wanted == 0 || client_id(connection->client) == wanted))
			result = copy_client(report, connection);
	}
	if (result < 0) {
		free_report(report);
		return NULL;
	}
	return report;
}

static bool is_every_event(const struct event_set *events)
{
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);

		if (description && description->action != EVENT_ACTION_RESERVED &&
		    !event_set_has(events, event))
			return false;
	}
	return true;
}

static struct json_object *describe_mute(const struct control_mute_entry *entry, const char *path)
{
	struct json_object *object = json_object_new_object();
	bool process = entry->kind == CONTROL_MUTE_PROCESS;

	ADD_NAME(object, "kind", mute_names, entry->kind);
	if (process) {
		json_add_null(object, "path");
		json_add_number(object, "pid", entry->token.words[RECORD_TOKEN_PID]);
		json_add_number(object, "pidversion", entry->token.words[RECORD_TOKEN_PIDVERSION]);
	} else {
		json_add_text(object, "path", path, entry->path_length);
		json_add_null(object, "pid");
		json_add_null(object, "pidversion");
	}
	if (is_every_event(&entry->events))
		json_add_null(object, "events");
	else
		json_add_events(object, "events", &entry->events);
	return object;
}

static struct json_object *describe_client(const struct client_mutes *client)
{
	struct json_object *object = json_object_new_object();
	struct json_object *inverted = json_add_array(object, "inverted");
	struct json_object *array = json_add_array(object, "mutes");

	json_add_number(object, "client_id", client->client_id);
	json_add_number(object, "pid", (uint64_t)client->pid);
	ADD_TEXT(object, "name", client->name);
	for (unsigned int dimension = 0; dimension < CONTROL_MUTE_DIMENSION_LAST; dimension++)
		if (client->inverted[dimension])
			json_object_array_add(inverted,
					      json_object_new_string(dimension_names[dimension]));
	for (size_t offset = 0; offset < client->list.size;) {
		const struct control_mute_entry *entry = (const void *)(client->list.bytes +
									offset);

		json_object_array_add(array, describe_mute(entry, (const char *)(entry + 1)));
		offset += entry->size;
	}
	return object;
}

static void *make_text(void *context)
{
	struct mutes_report *report = context;
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_add_array(object, "clients");
	OWNED_MEMORY char *text = NULL;

	for (unsigned int index = 0; index < report->count; index++)
		json_object_array_add(array, describe_client(&report->clients[index]));
	text = json_text(object);
	report->result = text ? answer_list(&report->answer, text, strlen(text), 0) : -ENOMEM;
	later_done(report->later);
	return NULL;
}

static int finish_report(struct connection *connection, void *data, struct answer *answer)
{
	struct mutes_report *report = data;
	int result;

	(void)connection;
	pthread_join(report->thread, NULL);
	result = report->result;
	*answer = report->answer;
	report->answer.descriptor_count = 0;
	free_report(report);
	return result;
}

int report_mutes(struct connection *connection, const struct request *request,
		 struct answer *answer)
{
	static const struct later_kind kind = {
		.finish = finish_report,
		.late = "The list is too long to be made in time.",
	};
	const struct control_report *wanted = request->body;
	struct mutes_report *report = copy_mutes(connection->server, wanted->client_id);
	int result;

	if (!report)
		return -ENOMEM;
	result = later_owe(connection, request, &kind, report, answer);
	if (result < 0) {
		free_report(report);
		return result;
	}
	report->later = later_of(connection);
	result = pthread_create(&report->thread, NULL, make_text, report);
	if (result != 0) {
		later_cancel(connection, answer);
		free_report(report);
	}
	return -result;
}
