/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports have the shapes of docs/decisions/0041-reports.md, whatever bytes are in them; and the
 * denials they list are the last ones.
 */
#include "base/cleanup.h"
#include "tests/unit/daemon/control/scene.h"

#include "daemon/control/connection.h"

#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

static struct scene_answer answer;

/* The report as esctl gets it, parsed; the caller puts it. */
static struct json_object *report(struct scene *scene, enum control_report_kind kind, uint64_t id)
{
	const struct control_report body = {.kind = kind, .client_id = id};
	const struct control_list *list = (const void *)answer.body;
	struct json_object *object;
	OWNED_MEMORY char *text = NULL;

	scene_send(scene, scene->socket, CONTROL_REPORT, &body, sizeof(body));
	assert_true(scene_receive(scene, scene->socket, &answer));
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.packet.descriptor_count, 1);
	text = calloc(1, list->size + 1);
	assert_int_equal(pread(answer.packet.descriptors[0], text, list->size, 0), list->size);
	packet_close_descriptors(&answer.packet);
	object = json_tokener_parse(text);
	assert_non_null(object);
	return object;
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no member %s", key);
	return value;
}

static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(member(object, key));
}

/* The scene's server takes this process for an administrator, whoever runs the test. */
static int make_administrator(void **state)
{
	struct scene *scene;

	if (scene_make_client(state) < 0)
		return -1;
	scene = *state;
	scene->server->connections->role = CONTROL_ROLE_ADMINISTRATOR;
	return 0;
}

static void status_says_how_the_daemon_is(void **state)
{
	struct json_object *status = report(*state, CONTROL_REPORT_STATUS, 0);

	assert_string_equal(text_of(status, "engine"), "fake");
	assert_int_equal(json_object_get_int(member(status, "pid")), getpid());
	assert_int_equal(json_object_get_int(member(status, "clients")), 1);
	assert_int_equal(json_object_get_int(member(status, "pending")), 0);
	assert_null(member(status, "root"));
	assert_int_equal(json_object_get_int(member(member(status, "engine_status"), "marks")), 3);
	member(status, "daemon_version");
	member(status, "private");
	member(status, "uptime_ns");
	json_object_put(status);
}

static void clients_are_listed_with_what_they_want(void **state)
{
	struct scene *scene = *state;
	struct event_set open = {{0}};
	struct json_object *clients;
	struct json_object *client;

	event_set_add(&open, EVENT_AUTH_OPEN);
	assert_int_equal(scene_ask(scene, CONTROL_SUBSCRIBE, &open, sizeof(open), &answer), 0);
	clients = report(scene, CONTROL_REPORT_CLIENTS, 0);
	assert_int_equal(json_object_array_length(member(clients, "clients")), 1);
	client = json_object_array_get_idx(member(clients, "clients"), 0);
	assert_int_equal(json_object_get_int(member(client, "pid")), getpid());
	assert_string_equal(text_of(client, "kind"), "ordinary");
	assert_string_equal(text_of(client, "miss_mode"), "kill");
	assert_string_equal(text_of(client, "subscriptions"), "[ \"AUTH_OPEN\" ]");
	assert_string_equal(text_of(client, "entry"), "90-this-user.conf");
	assert_null(member(client, "oldest_unanswered_ns"));
	assert_null(member(client, "cached_answers"));
	member(client, "queued_bytes");
	member(client, "ring_bytes");
	json_object_put(clients);

	clients = report(scene, CONTROL_REPORT_CLIENTS, 12345);
	assert_int_equal(json_object_array_length(member(clients, "clients")), 0);
	json_object_put(clients);
}

static void events_are_all_there_but_the_reserved_ones(void **state)
{
	struct scene *scene = *state;
	struct json_object *events;
	struct json_object *event;

	scene->engine.support[EVENT_AUTH_EXEC] = CONTROL_SUPPORT_NOTIFY;
	events = report(scene, CONTROL_REPORT_EVENTS, 0);
	assert_int_equal(json_object_array_length(member(events, "events")), EVENT_LAST - 9);
	event = json_object_array_get_idx(member(events, "events"), 0);
	assert_string_equal(text_of(event, "event"), "AUTH_EXEC");
	assert_string_equal(text_of(event, "name"), "exec");
	assert_string_equal(text_of(event, "action"), "auth");
	assert_string_equal(text_of(event, "support"), "notify");
	assert_string_equal(text_of(event, "reason"), "made up for event 0");
	json_object_put(events);
}

static void pending_is_empty_where_nothing_is_held(void **state)
{
	struct json_object *pending = report(*state, CONTROL_REPORT_PENDING, 0);

	assert_int_equal(json_object_array_length(member(pending, "pending")), 0);
	json_object_put(pending);
}

static struct json_object *find_mute(struct json_object *mutes, const char *kind)
{
	for (size_t index = 0; index < json_object_array_length(mutes); index++) {
		struct json_object *mute = json_object_array_get_idx(mutes, index);

		if (strcmp(text_of(mute, "kind"), kind) == 0)
			return mute;
	}
	fail_msg("no mute of kind %s", kind);
	return NULL;
}

/* Of each kind, by path. */
static void expect_sorted(struct json_object *mutes)
{
	size_t compared = 0;

	for (size_t index = 1; index < json_object_array_length(mutes); index++) {
		struct json_object *before = json_object_array_get_idx(mutes, index - 1);
		struct json_object *mute = json_object_array_get_idx(mutes, index);

		if (!member(mute, "path") ||
		    strcmp(text_of(before, "kind"), text_of(mute, "kind")) != 0)
			continue;
		assert_true(strcmp(text_of(before, "path"), text_of(mute, "path")) < 0);
		compared++;
	}
	assert_true(compared > 10);
}

static void mutes_are_listed_client_by_client(void **state)
{
	static const char path[] = "/srv/\xff\xc3\xa4\xed\xa0\x80";
	struct scene *scene = *state;
	struct {
		struct control_mute mute;
		char path[sizeof(path) - 1];
	} __attribute__((packed))
	target = {.mute = {.kind = CONTROL_MUTE_TARGET_PREFIX, .path_length = sizeof(path) - 1}};
	struct control_mute process = {.kind = CONTROL_MUTE_PROCESS,
				       .events = {{~0ULL, ~0ULL, ~0ULL}}};
	struct control_mute invert = {.operation = CONTROL_MUTE_INVERT,
				      .kind = CONTROL_MUTE_DIMENSION_TARGET_PATH};
	struct json_object *report_object;
	struct json_object *client;
	struct json_object *mute;

	memcpy(target.path, path, sizeof(target.path));
	target.mute.events.words[0] = 1ULL << EVENT_AUTH_OPEN;
	process.token.words[RECORD_TOKEN_PID] = (uint32_t)getpid();
	assert_int_equal(scene_ask(scene, CONTROL_MUTE, &target, sizeof(target), &answer), 0);
	assert_int_equal(scene_ask(scene, CONTROL_MUTE, &process, sizeof(process), &answer), 0);
	assert_int_equal(scene_ask(scene, CONTROL_MUTE, &invert, sizeof(invert), &answer), 0);

	report_object = report(scene, CONTROL_REPORT_MUTES, 0);
	client = json_object_array_get_idx(member(report_object, "clients"), 0);
	assert_string_equal(text_of(client, "inverted"), "[ \"target_path\" ]");
	mute = find_mute(member(client, "mutes"), "target_prefix");
	/* Bytes that are no UTF-8 became U+FFFD, the others stayed. */
	assert_string_equal(text_of(mute, "path"),
			    "/srv/\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(text_of(mute, "events"), "[ \"AUTH_OPEN\" ]");
	assert_null(member(mute, "pid"));
	mute = find_mute(member(client, "mutes"), "process");
	assert_int_equal(json_object_get_int(member(mute, "pid")), getpid());
	assert_int_equal(json_object_get_int(member(mute, "pidversion")), 77);
	assert_null(member(mute, "path"));
	assert_null(member(mute, "events"));
	expect_sorted(member(client, "mutes"));
	json_object_put(report_object);
}

static void nobody_waits_for_a_report_but_who_asked(void **state)
{
	struct scene *scene = *state;
	const struct control_report body = {.kind = CONTROL_REPORT_MUTES};
	OWNED_DESCRIPTOR int second = scene_connect(scene);

	/* Asks and goes; the thread that makes the text finds nobody, and that is all. */
	scene_send(scene, scene->socket, CONTROL_REPORT, &body, sizeof(body));
	while (scene->server->later_count == 0)
		scene_turn(scene);
	close(TAKE_DESCRIPTOR(scene->socket));
	assert_int_equal(scene_hello(scene, second, CONTROL_ROLE_CLIENT, &answer), 0);
	while (scene->server->later_count > 0)
		scene_turn(scene);
	assert_int_equal(scene->server->connection_count, 1);
}

static void the_last_denials_are_listed_oldest_first(void **state)
{
	struct scene *scene = *state;
	struct delivery_note note = {.kind = DELIVERY_NOTE_DENIED,
				     .client_id = 3,
				     .event = EVENT_AUTH_OPEN,
				     .target_path = "/srv/secret"};
	struct json_object *denials;
	struct json_object *denial;

	/* The scene keeps four: the first two of six go. */
	for (note.question = 1; note.question <= 6; note.question++)
		denials_add(scene->denials, &note);
	denials = report(scene, CONTROL_REPORT_DENIALS, 0);
	assert_int_equal(json_object_array_length(member(denials, "denials")), 4);
	denial = json_object_array_get_idx(member(denials, "denials"), 0);
	assert_int_equal(json_object_get_int(member(denial, "question")), 3);
	assert_string_equal(text_of(denial, "kind"), "denied");
	assert_string_equal(text_of(denial, "event"), "AUTH_OPEN");
	assert_string_equal(text_of(denial, "target_path"), "/srv/secret");
	assert_true(json_object_get_uint64(member(denial, "wall_time_ns")) > 0);
	json_object_put(denials);

	denials = report(scene, CONTROL_REPORT_DENIALS, 4);
	assert_int_equal(json_object_array_length(member(denials, "denials")), 0);
	json_object_put(denials);
}

static void a_report_nobody_knows_is_refused(void **state)
{
	const struct control_report body = {.kind = CONTROL_REPORT_LAST};

	assert_int_equal(scene_ask(*state, CONTROL_REPORT, &body, sizeof(body), &answer), -EINVAL);
}

static void an_administrator_releases_and_clears_and_mutes_for_others(void **state)
{
	struct scene *scene = *state;
	struct control_mute mute = {.operation = CONTROL_MUTE_INVERT,
				    .kind = CONTROL_MUTE_DIMENSION_PATH,
				    .client_id = client_id(scene->server->connections->client)};

	assert_int_equal(scene_ask(scene, CONTROL_RELEASE_ALL, NULL, 0, &answer), 0);
	assert_int_equal(answer.size, sizeof(struct control_number));
	assert_non_null(strstr(scene->last_said, "released"));
	for (int times = 0; times < 50; times++)
		assert_int_equal(scene_ask(scene, CONTROL_CLIENT_CACHE, NULL, 0, &answer), 0);
	assert_int_equal(scene_ask(scene, CONTROL_CLIENT_MUTE, &mute, sizeof(mute), &answer), 0);
	assert_true(delivery_mute_inverted(scene->delivery, scene->server->connections->client,
					   CONTROL_MUTE_DIMENSION_PATH));
	mute.client_id = 4711;
	assert_int_equal(scene_ask(scene, CONTROL_CLIENT_MUTE, &mute, sizeof(mute), &answer),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_administrator, scene_free)
		CASE(status_says_how_the_daemon_is),
		CASE(clients_are_listed_with_what_they_want),
		CASE(events_are_all_there_but_the_reserved_ones),
		CASE(pending_is_empty_where_nothing_is_held),
		CASE(mutes_are_listed_client_by_client),
		CASE(nobody_waits_for_a_report_but_who_asked),
		CASE(the_last_denials_are_listed_oldest_first),
		CASE(a_report_nobody_knows_is_refused),
		CASE(an_administrator_releases_and_clears_and_mutes_for_others),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
