/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reports an administrator asks for, as JSON text in the shapes of
 * docs/decisions/0041-reports.md.
 *
 * Each copies what it needs out of delivery/ and the engine first and makes text of it afterwards,
 * so that no lock is held while memory is asked for.
 */
#include "base/clock.h"
#include "daemon/control/connection.h"
#include "daemon/control/json.h"
#include "daemon/control/limits.h"
#include "daemon/delivery/stops.h"

#include <stddef.h>
#include <string.h>

enum { QUESTIONS_MAX = 4096, MISSED_MAX = 4096 };
#define OLD_NS (100 * NANOSECONDS_PER_MILLISECOND) /* nobody has asked why before */

static const char *const kind_names[] = {
	[CONTROL_CLIENT_ORDINARY] = "ordinary",
	[CONTROL_CLIENT_DESCENDANTS] = "descendants",
};
static const char *const miss_mode_names[] = {
	[CLIENT_MISS_KILL] = "kill",
	[CLIENT_MISS_FAIL_CLOSED] = "fail_closed",
	[CLIENT_MISS_FAIL_OPEN] = "fail_open",
};
static const char *const support_names[] = {
	[CONTROL_SUPPORT_NONE] = "none",
	[CONTROL_SUPPORT_NOTIFY] = "notify",
	[CONTROL_SUPPORT_AUTH] = "auth",
};
static const char *const note_names[DELIVERY_NOTE_LAST] = {
	[DELIVERY_NOTE_DENIED] = "denied",
	[DELIVERY_NOTE_DEADLINE_KILL] = "deadline_kill",
	[DELIVERY_NOTE_DEADLINE_OPEN] = "deadline_open",
	[DELIVERY_NOTE_DEADLINE_CLOSED] = "deadline_closed",
	[DELIVERY_NOTE_DEADLOCK_KILL] = "deadlock_kill",
	[DELIVERY_NOTE_DEADLOCK_OPEN] = "deadlock_open",
	[DELIVERY_NOTE_DEADLOCK_CLOSED] = "deadlock_closed",
	[DELIVERY_NOTE_OVERFLOW] = "overflow",
};

static struct json_object *engine_status(const struct server_options *options)
{
	struct json_object *object = json_object_new_object();
	struct engine_status status = {.text = ""};

	if (options->engine)
		options->operations->status(options->engine, &status);
	else
		json_add_text(object, "text", options->refusal_text, CONTROL_TEXT_MAX);
	if (options->engine)
		ADD_TEXT(object, "text", status.text);
	json_add_number(object, "events", status.events);
	json_add_number(object, "overflows", status.overflows);
	json_add_number(object, "ambiguous_attributes", status.ambiguous_attributes);
	json_add_number(object, "processes", status.processes);
	json_add_number(object, "marks", status.marks);
	return object;
}

static struct json_object *totals(struct delivery *delivery)
{
	struct json_object *object = json_object_new_object();
	struct delivery_totals totals = delivery_totals(delivery);

	json_add_number(object, "notified", totals.notified);
	json_add_number(object, "asked", totals.asked);
	json_add_number(object, "allowed", totals.allowed);
	json_add_number(object, "denied", totals.denied);
	json_add_number(object, "from_cache", totals.from_cache);
	json_add_number(object, "expired", totals.expired);
	json_add_number(object, "deadlocks", totals.deadlocks);
	json_add_number(object, "abandoned", totals.abandoned);
	json_add_number(object, "could_not_ask", totals.could_not_ask);
	json_add_number(object, "missed", totals.missed);
	json_add_number(object, "answered_at_once", totals.answered_at_once);
	json_add_number(object, "cached_answers", totals.cached_answers);
	return object;
}

static struct json_object *report_status(struct server *server)
{
	const struct server_options *options = &server->options;
	struct json_object *object = json_object_new_object();

	json_add_text(object, "daemon_version", SLUICE_VERSION, sizeof(SLUICE_VERSION));
	json_add_text(object, "engine", options->engine ? options->operations->name : "none",
		      sizeof(((struct control_hello_answer *)0)->engine));
	json_add_number(object, "pid", (uint64_t)getpid());
	json_add_truth(object, "private", options->private_daemon);
	if (options->root)
		json_add_text(object, "root", options->root, strlen(options->root));
	else
		json_add_null(object, "root");
	json_add_number(object, "uptime_ns", clock_now_ns() - server->started_ns);
	json_add_number(object, "clients", delivery_client_status(options->delivery, NULL, 0));
	json_add_number(object, "pending", delivery_question_count(options->delivery));
	json_add_number(object, "connections", server->connection_count);
	json_object_object_add(object, "totals", totals(options->delivery));
	json_object_object_add(object, "engine_status", engine_status(options));
	return object;
}

/* How it came to be admitted. */
static void add_admission(struct json_object *object, const struct connection *connection)
{
	json_add_number(object, "uid", connection->peer.uid);
	ADD_TEXT(object, "unit", connection->peer.unit);
	ADD_TEXT(object, "entry", connection->entry);
	json_add_truth(object, "debuggable", connection->debuggable);
}

static struct json_object *describe_client(struct server *server, const void *element)
{
	const struct client_status *status = element;
	const struct connection *connection = server_find_client(server, status->id);
	struct json_object *object = json_object_new_object();

	json_add_number(object, "client_id", status->id);
	json_add_number(object, "pid", (uint64_t)status->pid);
	ADD_TEXT(object, "name", status->name);
	ADD_NAME(object, "kind", kind_names, status->kind);
	ADD_NAME(object, "miss_mode", miss_mode_names, status->miss_mode);
	json_add_events(object, "subscriptions", &status->subscriptions);
	json_add_number(object, "messages", status->messages);
	json_add_number(object, "dropped", status->dropped);
	json_add_number(object, "queued_bytes", status->queued_bytes);
	json_add_number(object, "ring_bytes", status->ring_size);
	json_add_number(object, "mutes", status->mutes);
	json_add_null(object, "cached_answers"); /* the cache is common: see status */
	json_add_number(object, "unanswered", status->unanswered);
	if (status->oldest_unanswered_ns > 0)
		json_add_number(object, "oldest_unanswered_ns", status->oldest_unanswered_ns);
	else
		json_add_null(object, "oldest_unanswered_ns");
	json_object_object_add(object, "debug_policy",
			       json_object_new_string(debug_policy_name(status->debug_policy)));
	json_add_truth(object, "stopped", status->stopped);
	json_add_number(object, "missed", status->missed);
	if (connection)
		add_admission(object, connection);
	return object;
}

/* What keeps its client from answering, of a question that has waited for long. */
static void add_why(struct json_object *object, const struct server *server,
		    const struct question_status *status)
{
	const struct server_options *options = &server->options;
	struct server_why why = {.cycle = NULL};
	bool known = status->age_ns >= OLD_NS && options->why &&
		     options->why(options->why_context, status->client_id, &why);

	if (known)
		ADD_TEXT(object, "why", why.text);
	else
		json_add_null(object, "why");
	if (why.cycle)
		json_add_text(object, "cycle", why.cycle, strlen(why.cycle));
	else
		json_add_null(object, "cycle");
}

static struct json_object *describe_question(struct server *server, const void *element)
{
	const struct question_status *status = element;
	struct json_object *object = json_object_new_object();

	json_add_number(object, "client_id", status->client_id);
	json_add_number(object, "question", status->question);
	json_add_number(object, "seq_num", status->seq_num);
	json_object_object_add(object, "event", json_object_new_string(json_event(status->event)));
	json_add_number(object, "age_ns", status->age_ns);
	json_add_number(object, "left_ns", status->left_ns);
	json_add_truth(object, "delivered", status->delivered);
	json_add_truth(object, "stands_still", status->stands_still);
	json_add_number(object, "subject_pid", (uint64_t)status->subject_pid);
	json_add_number(object, "subject_tid", (uint64_t)status->subject_tid);
	ADD_TEXT(object, "subject_path", status->subject_path);
	ADD_TEXT(object, "target_path", status->target_path);
	add_why(object, server, status);
	return object;
}

static struct json_object *describe_event(const struct server_options *options, unsigned int event,
					  const struct event_description *description)
{
	struct json_object *object = json_object_new_object();
	struct engine_support support = {.level = CONTROL_SUPPORT_NONE};
	bool auth = description->action == EVENT_ACTION_AUTH;

	if (options->engine)
		options->operations->support(options->engine, event, &support);
	json_object_object_add(object, "event", json_object_new_string(description->constant));
	json_add_number(object, "number", event);
	json_object_object_add(object, "name", json_object_new_string(description->member));
	json_object_object_add(object, "action", json_object_new_string(auth ? "auth" : "notify"));
	ADD_NAME(object, "support", support_names, support.level);
	if (options->engine)
		ADD_TEXT(object, "reason", support.reason);
	else
		json_add_text(object, "reason", options->refusal_text, CONTROL_TEXT_MAX);
	return object;
}

static struct json_object *report_events(struct server *server)
{
	struct json_object *report = json_object_new_object();
	struct json_object *array = json_add_array(report, "events");

	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);

		if (description && description->action != EVENT_ACTION_RESERVED)
			json_object_array_add(array,
					      describe_event(&server->options, event, description));
	}
	return report;
}

static struct json_object *describe_denial(struct server *server, const void *element)
{
	const struct denial *denial = element;
	const struct delivery_note *note = &denial->note;
	struct json_object *object = json_object_new_object();

	(void)server;
	ADD_NAME(object, "kind", note_names, note->kind);
	json_add_number(object, "wall_time_ns", denial->wall_time_ns);
	json_add_number(object, "age_ns", clock_now_ns() - denial->monotonic_ns);
	json_add_number(object, "client_id", note->client_id);
	json_add_number(object, "client_pid", (uint64_t)note->client_pid);
	ADD_TEXT(object, "client_name", note->client_name);
	json_object_object_add(object, "event", json_object_new_string(json_event(note->event)));
	json_add_number(object, "question", note->question);
	json_add_number(object, "seq_num", note->seq_num);
	json_add_number(object, "subject_pid", (uint64_t)note->subject_pid);
	ADD_TEXT(object, "subject_path", note->subject_path);
	ADD_TEXT(object, "target_path", note->target_path);
	return object;
}

static struct json_object *describe_missed(struct server *server, const void *element)
{
	const struct missed *missed = element;
	struct json_object *object = json_object_new_object();

	(void)server;
	json_add_number(object, "client_id", missed->client_id);
	json_add_number(object, "wall_time_ns", (uint64_t)missed->wall_time_ns);
	json_add_number(object, "age_ns", clock_now_ns() - missed->monotonic_ns);
	json_object_object_add(object, "event", json_object_new_string(json_event(missed->event)));
	json_add_number(object, "seq_num", missed->seq_num);
	json_object_object_add(object, "verdict",
			       json_object_new_string(missed->allowed ? "allow" : "deny"));
	json_add_number(object, "subject_pid", (uint64_t)missed->subject_pid);
	ADD_TEXT(object, "subject_path", missed->subject_path);
	ADD_TEXT(object, "target_path", missed->target_path);
	return object;
}

static size_t copy_clients(struct server *server, void *elements, size_t limit)
{
	return delivery_client_status(server->options.delivery, elements, limit);
}

static size_t copy_questions(struct server *server, void *elements, size_t limit)
{
	struct delivery_questions page = {.count = 0};
	struct question_status *statuses = elements;
	size_t count = 0;
	bool more = true;

	while (more && count < limit) {
		size_t some;

		more = delivery_next_questions(server->options.delivery, &page);
		some = page.count < limit - count ? page.count : limit - count;
		memcpy(statuses + count, page.statuses, some * sizeof(*statuses));
		count += some;
		if (more)
			delivery_give_way();
	}
	return count;
}

static size_t copy_denials(struct server *server, void *elements, size_t limit)
{
	return denials_copy(server->options.denials, elements, limit);
}

static size_t copy_missed(struct server *server, void *elements, size_t limit)
{
	OWNED_MEMORY struct delivery_missed *page = calloc(1, sizeof(*page));
	struct missed *missed = elements;
	size_t count = 0;
	bool more = page != NULL;

	while (more && count < limit) {
		size_t some;

		more = delivery_next_missed(server->options.delivery, page);
		some = page->count < limit - count ? page->count : limit - count;
		memcpy(missed + count, page->entries, some * sizeof(*missed));
		count += some;
		if (more)
			delivery_give_way();
	}
	return count;
}

/* A report that is a list: copies of elements, each of a client. */
struct listing {
	const char *name;
	size_t limit; /* what is more is left out */
	size_t size; /* of an element */
	size_t client_id; /* where in an element its client's id stands */
	size_t (*copy)(struct server *server, void *elements, size_t limit);
	struct json_object *(*describe)(struct server *server, const void *element);
};

static const struct listing clients = {
	.name = "clients",
	.limit = POLICY_CLIENTS_MAX,
	.size = sizeof(struct client_status),
	.client_id = offsetof(struct client_status, id),
	.copy = copy_clients,
	.describe = describe_client,
};
static const struct listing pending = {
	.name = "pending",
	.limit = QUESTIONS_MAX,
	.size = sizeof(struct question_status),
	.client_id = offsetof(struct question_status, client_id),
	.copy = copy_questions,
	.describe = describe_question,
};
static const struct listing denials = {
	.name = "denials",
	.limit = LIMIT_DENIALS,
	.size = sizeof(struct denial),
	.client_id = offsetof(struct denial, note.client_id),
	.copy = copy_denials,
	.describe = describe_denial,
};

static const struct listing missed = {
	.name = "missed",
	.limit = MISSED_MAX,
	.size = sizeof(struct missed),
	.client_id = offsetof(struct missed, client_id),
	.copy = copy_missed,
	.describe = describe_missed,
};

/* The elements of one client; 0: of all. NULL: out of memory. */
static struct json_object *list(struct server *server, const struct listing *listing,
				uint64_t client_id)
{
	OWNED_MEMORY unsigned char *elements = calloc(listing->limit, listing->size);
	struct json_object *report, *array;
	size_t count;

	if (!elements)
		return NULL;
	report = json_object_new_object();
	array = json_add_array(report, listing->name);
	count = listing->copy(server, elements, listing->limit);
	for (size_t index = 0; index < count && index < listing->limit; index++) {
		const unsigned char *element = elements + index * listing->size;
		uint64_t owner;

		memcpy(&owner, element + listing->client_id, sizeof(owner));
		if (client_id == 0 || owner == client_id)
			json_object_array_add(array, listing->describe(server, element));
	}
	return report;
}

/* One thing that is made, or a list. */
static const struct report {
	struct json_object *(*make)(struct server *server);
	const struct listing *listing;
} reports[CONTROL_REPORT_LAST] = {
	[CONTROL_REPORT_STATUS] = {.make = report_status},
	[CONTROL_REPORT_CLIENTS] = {.listing = &clients},
	[CONTROL_REPORT_PENDING] = {.listing = &pending},
	[CONTROL_REPORT_EVENTS] = {.make = report_events},
	[CONTROL_REPORT_DENIALS] = {.listing = &denials},
	[CONTROL_REPORT_MISSED] = {.listing = &missed},
};

char *report_make(struct server *server, enum control_report_kind kind, uint64_t client_id)
{
	const struct report *report = &reports[kind];

	return json_text(report->make ? report->make(server)
				      : list(server, report->listing, client_id));
}
