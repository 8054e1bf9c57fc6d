/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of mutes. There may be a hundred thousand, and making text of them takes a second in
 * which the control thread would see no client die. So it only says whose are wanted; a thread of
 * the report's own copies them and makes the text, and the answer is sent when it is there.
 */
#include "daemon/control/connection.h"
#include "daemon/control/json.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

static const char *const mute_names[] = {
	[CONTROL_MUTE_PREFIX] = "prefix",
	[CONTROL_MUTE_LITERAL] = "literal",
	[CONTROL_MUTE_TARGET_PREFIX] = "target_prefix",
	[CONTROL_MUTE_TARGET_LITERAL] = "target_literal",
	[CONTROL_MUTE_PROCESS] = "process",
	[CONTROL_MUTE_CGROUP] = "cgroup",
	[CONTROL_MUTE_TREE] = "tree",
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
};

struct mutes_report {
	struct delivery *delivery;
	unsigned int count;
	struct client_mutes clients[POLICY_CLIENTS_MAX];
};

static void add_client(struct mutes_report *report, const struct connection *connection)
{
	struct client_mutes *client = &report->clients[report->count++];

	client->client_id = client_id(connection->client);
	client->pid = connection->peer.pid;
	memcpy(client->name, connection->peer.name, sizeof(client->name));
	for (unsigned int dimension = 0; dimension < CONTROL_MUTE_DIMENSION_LAST; dimension++)
		client->inverted[dimension] = delivery_mute_inverted(report->delivery,
								     connection->client, dimension);
}

/* Whose mutes are wanted: of one client; 0: of all. */
static void add_clients(struct mutes_report *report, const struct server *server, uint64_t wanted)
{
	const struct connection *connection;

	DL_FOREACH (server->connections, connection) {
		if (connection->client && report->count < POLICY_CLIENTS_MAX &&
		    (wanted == 0 || client_id(connection->client) == wanted))
			add_client(report, connection);
	}
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
	bool process = entry->kind == CONTROL_MUTE_PROCESS || entry->kind == CONTROL_MUTE_TREE;

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

static int compare(const void *a, const void *b)
{
	const struct control_mute_entry *left = *(const struct control_mute_entry *const *)a;
	const struct control_mute_entry *right = *(const struct control_mute_entry *const *)b;
	uint32_t length = left->path_length < right->path_length ? left->path_length
								 : right->path_length;
	int order;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	order = memcmp(left + 1, right + 1, length);
	return order ? order : (int)left->path_length - (int)right->path_length;
}

/* A reader looks for a path: by kind, then by path. NULL: out of memory. */
static const struct control_mute_entry **sorted(const struct mute_list *list)
{
	const struct control_mute_entry **entries = calloc(
		list->count + 1, sizeof(const struct control_mute_entry *));
	size_t offset = 0;

	for (uint64_t index = 0; entries && index < list->count; index++) {
		entries[index] = (const void *)(list->bytes + offset);
		offset += entries[index]->size;
	}
	if (entries)
		qsort(entries, list->count, sizeof(const struct control_mute_entry *), compare);
	return entries;
}

static struct json_object *describe_client(const struct client_mutes *client,
					   const struct control_mute_entry **mutes)
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
	for (; *mutes; mutes++)
		json_object_array_add(array, describe_mute(*mutes, (const char *)(*mutes + 1)));
	return object;
}

/* Adds the client to the array, if it is still there. 0 or -ENOMEM. */
static int report_client(struct mutes_report *report, const struct client_mutes *client,
			 struct json_object *array)
{
	OWNED_MEMORY const struct control_mute_entry **mutes = NULL;
	struct mute_list list;
	int result = mute_list_make(report->delivery, client->client_id, &list);

	if (result < 0)
		return result == -ENOENT ? 0 : result;
	mutes = sorted(&list);
	if (mutes)
		json_object_array_add(array, describe_client(client, mutes));
	free(list.bytes);
	return mutes ? 0 : -ENOMEM;
}

static int make_report(void *data, struct answer *answer)
{
	struct mutes_report *report = data;
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_add_array(object, "clients");
	OWNED_MEMORY char *text = NULL;
	int result = 0;

	for (unsigned int index = 0; result == 0 && index < report->count; index++)
		result = report_client(report, &report->clients[index], array);
	text = json_text(object);
	if (result == 0)
		result = text ? answer_list(answer, text, strlen(text), 0) : -ENOMEM;
	return result;
}

int report_mutes(struct connection *connection, const struct request *request,
		 struct answer *answer)
{
	static const struct work work = {
		.make = make_report,
		.free = free,
		.late = "The list is too long to be made in time.",
	};
	const struct control_report *wanted = request->body;
	struct mutes_report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->delivery = connection->server->options.delivery;
	add_clients(report, connection->server, wanted->client_id);
	return work_begin(connection, request, &work, report, answer);
}
