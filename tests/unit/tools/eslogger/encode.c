/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of tools/eslogger/encode.c and of its tables. Each payload is filled by walking its own
 * table, encoded, and read back by json-c. The library's functions are stood in for here; the
 * names are held against wire/payload.def, which somebody else wrote down.
 */
#include "tools/eslogger/encode.h"
#include "tools/eslogger/events.h"
#include "wire/payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <EndpointSecurity/ESLinux.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <sys/proc_info.h>

static char buffer[256 * 1024];
static struct encoder encoder;
static uint64_t missing;

/* ---- The library, as far as the encoder asks it --------------------------------------------- */

static const es_fd_t descriptors[] = {
	{.fd = 0, .fdtype = PROX_FDTYPE_VNODE},
	{.fd = 1, .fdtype = PROX_FDTYPE_PIPE, .pipe = {.pipe_id = 31739}},
};

uint32_t es_exec_arg_count(const es_event_exec_t *event)
{
	(void)event;
	return 2;
}

uint32_t es_exec_env_count(const es_event_exec_t *event)
{
	(void)event;
	return 0;
}

uint32_t es_exec_fd_count(const es_event_exec_t *event)
{
	(void)event;
	return 2;
}

es_string_token_t es_exec_arg(const es_event_exec_t *event, uint32_t index)
{
	(void)event;
	return index ? (es_string_token_t){2, "+%c"} : (es_string_token_t){4, "date"};
}

es_string_token_t es_exec_env(const es_event_exec_t *event, uint32_t index)
{
	(void)event;
	(void)index;
	return (es_string_token_t){0};
}

const es_fd_t *es_exec_fd(const es_event_exec_t *event, uint32_t index)
{
	(void)event;
	return &descriptors[index];
}

const es_linux_process_t *es_linux_process(const es_process_t *process)
{
	static const es_linux_process_t facts = {.cgroup_id = 42, .pid_namespace = 4026531836};

	return process ? &facts : NULL;
}

static bool allowed_while_stopped;

bool es_linux_allowed_while_stopped(const es_message_t *message)
{
	(void)message;
	return allowed_while_stopped;
}

uint64_t es_linux_missing(const es_message_t *message)
{
	(void)message;
	return missing;
}

/* ---- Messages filled by their tables --------------------------------------------------------- */

static es_file_t sample_file = {.path = {9, "/bin/date"}, .stat = {.st_ino = 1152921500312420530}};
static es_process_t sample_process = {
	.audit_token = {{501, 501, 20, 501, 20, 19745, 100013, 35165}},
	.executable = &sample_file,
	.start_time = {.tv_sec = 1683469544, .tv_usec = 366137},
};
static es_statfs_t sample_statfs = {.f_mntonname = "/mnt", .f_fstypename = "tmpfs"};
static audit_token_t sample_token = {{1, 2, 3, 4, 5, 6, 7, 8}};
static es_string_token_t sample_strings[2] = {{5, "first"}, {6, "second"}};
static unsigned char storage[64][1024]; /* what other pointers point to */
static size_t stored;

static void fill(const struct field *fields, char *base, unsigned int arm);

static void put(char *base, size_t offset, const void *value, size_t size)
{
	memcpy(base + offset, value, size);
}

static const void *object_for(const struct field *field, unsigned int arm)
{
	char *object = (char *)storage[stored++];

	assert_true(stored < sizeof(storage) / sizeof(storage[0]));
	if (field->fields == fields_file)
		return &sample_file;
	if (field->fields == fields_process)
		return &sample_process;
	if (field->fields == fields_statfs)
		return &sample_statfs;
	memset(object, 0, sizeof(storage[0]));
	fill(field->fields, object, arm);
	return object;
}

static void fill_choice(const struct field *field, char *base, unsigned int arm)
{
	unsigned int count = 0, number;

	while (field->fields[count].kind != FIELD_KIND_END)
		count++;
	number = arm % count;
	put(base, field->selector, &number, field->kind == FIELD_KIND_CHOICE ? 4 : 1);
	if (field->fields[number].kind == FIELD_KIND_GROUP)
		fill(field->fields[number].fields, base, arm);
	else if (field->fields[number].kind != FIELD_KIND_NO_ARM)
		fill((struct field[]){field->fields[number], FIELDS_END}, base, arm);
}

static void fill_array(const struct field *field, char *base, unsigned int arm)
{
	const size_t count = 2;
	char *elements = (char *)storage[stored++];
	const void *array = elements;

	memset(elements, 0, sizeof(storage[0]));
	if (field->fields->kind == FIELD_KIND_STRING)
		array = sample_strings;
	else if (field->fields->kind == FIELD_KIND_OBJECT)
		for (size_t index = 0; index < count; index++)
			fill(field->fields->fields, elements + index * field->stride, arm);
	put(base, field->offset, &array, sizeof(array));
	put(base, field->selector, &count, sizeof(count));
}

static void fill_field(const struct field *field, char *base, unsigned int arm)
{
	static const es_string_token_t text = {7, "a/\"\\\xff\n?"};
	const void *object;

	switch (field->kind) {
	case FIELD_KIND_STRING:
	case FIELD_KIND_OPTIONAL_STRING:
		put(base, field->offset, &text, sizeof(text));
		return;
	case FIELD_KIND_AUDIT_TOKEN:
		put(base, field->offset, &sample_token, sizeof(sample_token));
		return;
	case FIELD_KIND_AUDIT_TOKEN_POINTER:
	case FIELD_KIND_BYTES_POINTER:
		object = &sample_token;
		put(base, field->offset, &object, sizeof(object));
		return;
	case FIELD_KIND_OBJECT_POINTER:
		object = object_for(field, arm);
		put(base, field->offset, &object, sizeof(object));
		return;
	case FIELD_KIND_OBJECT:
		fill(field->fields, base + field->offset, arm);
		return;
	case FIELD_KIND_CHOICE:
	case FIELD_KIND_CHOICE_IF:
		fill_choice(field, base, arm);
		return;
	case FIELD_KIND_ARRAY:
		fill_array(field, base, arm);
		return;
	default:
		return; /* zero is as good a number as any */
	}
}

static void fill(const struct field *fields, char *base, unsigned int arm)
{
	for (const struct field *field = fields; field->kind != FIELD_KIND_END; field++)
		fill_field(field, base, arm);
}

/* A message of this event with everything in it; unions have the arm with that number. */
static const es_message_t *message_of(const struct event *event, unsigned int arm)
{
	static es_message_t message;
	static es_thread_t thread = {280304};
	static char payload[4096];

	stored = 0;
	memset(payload, 0, sizeof(payload));
	message = (es_message_t){
		.version = 11,
		.time = {.tv_sec = 1683469544, .tv_nsec = 366219837},
		.mach_time = 443546149643,
		.process = &sample_process,
		.seq_num = 6,
		.global_seq_num = 7,
		.action_type = ES_ACTION_TYPE_NOTIFY,
		.event_type = event->notify,
		.thread = &thread,
	};
	fill(event->fields, event->indirect ? payload : (char *)&message.event, arm);
	if (event->indirect)
		message.event.authentication = (void *)payload;
	return &message;
}

static void start(enum encode_tokens tokens)
{
	encoder_init(&encoder, tokens, buffer, sizeof(buffer));
	missing = 0;
}

/* The line as json-c reads it; the caller puts it. */
static struct json_object *parsed(const es_message_t *message)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	encoder.json.used = 0;
	assert_true(encode_message(&encoder, message, 0));
	assert_int_equal(buffer[encoder.json.used - 1], '\n');
	assert_null(memchr(buffer, '\n', encoder.json.used - 1));
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, buffer, (int)encoder.json.used);
	assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
	json_tokener_free(tokener);
	return object;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, key, &value));
	return value;
}

static const char *text_at(struct json_object *object, const char *key)
{
	return json_object_to_json_string_ext(get(object, key), JSON_C_TO_STRING_PLAIN);
}

static const struct event *named(const char *name)
{
	const struct event *event = event_named(name);

	assert_non_null(event);
	return event;
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

static void every_event_is_one_line_with_one_event_key(void **state)
{
	(void)state;
	for (unsigned int index = 0; index < EVENTS_COUNT; index++) {
		for (unsigned int arm = 0; arm < 4; arm++) {
			struct json_object *object, *event;

			start(arm % 2 ? ENCODE_TOKENS_OBJECT : ENCODE_TOKENS_ARRAY);
			object = parsed(message_of(&events[index], arm));
			event = get(object, "event");
			assert_int_equal(json_object_object_length(object), 13);
			assert_int_equal(json_object_object_length(event), 1);
			assert_true(json_object_is_type(get(event, events[index].name),
							json_type_object));
			json_object_put(object);
		}
	}
}

static bool has_key(struct json_object *object, const char *key)
{
	struct json_object *found;

	if (!json_object_is_type(object, json_type_object))
		return false;
	if (json_object_object_get_ex(object, key, &found))
		return true;
	json_object_object_foreach(object, name, value)
	{
		(void)name;
		if (has_key(value, key))
			return true;
	}
	return false;
}

struct wire_names {
	const char *event;
	const char *const *names;
};

#define WIRE_FIELD(kind, name) #name,
#define WIRE_LIST(member) \
	static const char *const wire_list_##member[] = {PAYLOAD_##member(WIRE_FIELD) NULL};
#define WIRE_ROW(member) {#member, wire_list_##member},
PAYLOAD_LISTS(WIRE_LIST)
static const struct wire_names wire_rows[] = {PAYLOAD_LISTS(WIRE_ROW)};

static void every_field_of_a_record_has_its_key(void **state)
{
	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	for (size_t row = 1; row < sizeof(wire_rows) / sizeof(wire_rows[0]); row++) {
		for (const char *const *name = wire_rows[row].names; *name; name++) {
			bool found = false;

			for (unsigned int arm = 0; arm < 4 && !found; arm++) {
				struct json_object *object = parsed(
					message_of(named(wire_rows[row].event), arm));

				found = has_key(get(get(object, "event"), wire_rows[row].event),
						*name);
				json_object_put(object);
			}
			if (!found)
				print_message("# %s has no key %s\n", wire_rows[row].event, *name);
			assert_true(found);
		}
	}
}

static void the_top_of_a_line_is_as_documented(void **state)
{
	struct json_object *object;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	object = parsed(message_of(named("exit"), 0));
	assert_string_equal(text_at(object, "schema_version"), "1");
	assert_string_equal(text_at(object, "version"), "11");
	assert_string_equal(json_object_get_string(get(object, "time")),
			    "2023-05-07T14:25:44.366219837Z");
	assert_string_equal(text_at(object, "mach_time"), "443546149643");
	assert_string_equal(text_at(object, "event_type"), "15");
	assert_string_equal(text_at(object, "action_type"), "1");
	assert_string_equal(text_at(object, "action"),
			    "{\"result\":{\"result_type\":0,\"result\":{\"auth\":0}}}");
	assert_string_equal(text_at(object, "thread"), "{\"thread_id\":280304}");
	assert_string_equal(text_at(object, "seq_num"), "6");
	assert_string_equal(text_at(object, "global_seq_num"), "7");
	assert_string_equal(text_at(get(object, "event"), "exit"), "{\"stat\":0}");
	json_object_put(object);
	assert_non_null(strstr(buffer, "\"st_ino\":1152921500312420530,"));
	assert_non_null(strstr(buffer, "\"path\":\"\\/bin\\/date\""));
	assert_non_null(strstr(buffer, "\"start_time\":\"2023-05-07T14:25:44.366137Z\""));
	assert_non_null(strstr(buffer, "\"cdhash\":\"0000000000000000000000000000000000000000\""));
	assert_non_null(strstr(buffer, "\"team_id\":null"));
	assert_non_null(strstr(buffer, "\"tty\":null"));
}

static void flags_are_the_result_of_an_open(void **state)
{
	es_message_t message = *message_of(named("open"), 0);
	struct json_object *object;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	message.action.notify.result_type = ES_RESULT_TYPE_FLAGS;
	message.action.notify.result.flags = UINT32_MAX;
	object = parsed(&message);
	assert_string_equal(text_at(object, "action"),
			    "{\"result\":{\"result_type\":1,\"result\":{\"flags\":4294967295}}}");
	json_object_put(object);
	message.action_type = ES_ACTION_TYPE_AUTH;
	message.event_type = ES_EVENT_TYPE_AUTH_OPEN;
	object = parsed(&message);
	assert_string_equal(text_at(object, "action"), "null");
	assert_string_equal(text_at(object, "event_type"), "1");
	assert_true(has_key(get(object, "event"), "open"));
	json_object_put(object);
}

static void tokens_are_arrays_or_objects_and_the_version_says_which(void **state)
{
	struct json_object *object, *process;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	object = parsed(message_of(named("fork"), 0));
	process = get(object, "process");
	assert_string_equal(text_at(process, "audit_token"),
			    "[501,501,20,501,20,19745,100013,35165]");
	assert_true(has_key(process, "cs_validation_category"));
	json_object_put(object);

	start(ENCODE_TOKENS_OBJECT);
	object = parsed(message_of(named("fork"), 0));
	process = get(object, "process");
	assert_string_equal(text_at(object, "version"), "9");
	assert_string_equal(text_at(process, "audit_token"),
			    "{\"asid\":100013,\"auid\":501,\"egid\":20,\"euid\":501,\"pid\":19745,"
			    "\"pidversion\":35165,\"rgid\":20,\"ruid\":501}");
	assert_false(has_key(process, "cs_validation_category"));
	assert_false(has_key(process, "cdhash_full"));
	json_object_put(object);
}

static void a_union_shows_the_arm_that_is_meant(void **state)
{
	static const char *const keys[] = {"existing_file", "new_path"};

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	for (unsigned int arm = 0; arm < 2; arm++) {
		struct json_object *object = parsed(message_of(named("create"), arm));
		struct json_object *create = get(get(object, "event"), "create");
		struct json_object *destination = get(create, "destination");

		assert_int_equal(json_object_get_int(get(create, "destination_type")), arm);
		assert_int_equal(json_object_object_length(destination), 1);
		assert_true(has_key(destination, keys[arm]));
		assert_int_equal(has_key(destination, "filename"), arm);
		assert_string_equal(text_at(create, "acl"), "null");
		json_object_put(object);
	}
}

static void an_unknown_arm_is_null(void **state)
{
	es_message_t message = *message_of(named("rename"), 0);
	struct json_object *object;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	message.event.rename.destination_type = (es_destination_type_t)77;
	object = parsed(&message);
	assert_string_equal(text_at(get(get(object, "event"), "rename"), "destination"), "null");
	json_object_put(object);
}

static void lists_are_arrays(void **state)
{
	struct json_object *object, *exec, *su;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	object = parsed(message_of(named("exec"), 0));
	exec = get(get(object, "event"), "exec");
	assert_string_equal(text_at(exec, "args"), "[\"date\",\"+%\"]");
	assert_string_equal(text_at(exec, "env"), "[]");
	assert_string_equal(text_at(exec, "fds"),
			    "[{\"fd\":0,\"fdtype\":1},"
			    "{\"fd\":1,\"fdtype\":6,\"pipe\":{\"pipe_id\":31739}}]");
	json_object_put(object);
	object = parsed(message_of(named("su"), 0));
	su = get(get(object, "event"), "su");
	assert_string_equal(text_at(su, "argc"), "2");
	assert_string_equal(text_at(su, "argv"), "[\"first\",\"second\"]");
	assert_string_equal(text_at(su, "to_uid"), "null");
	json_object_put(object);
}

static void what_is_of_linux_stands_under_one_key(void **state)
{
	struct json_object *object, *extra;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	missing = ES_LINUX_MISSING_ARGUMENTS | ES_LINUX_MISSING_THREAD;
	object = parsed(message_of(named("exec"), 0));
	extra = get(object, "linux");
	assert_string_equal(text_at(extra, "dropped"), "0");
	assert_string_equal(text_at(extra, "missing"), "[\"arguments\",\"thread\"]");
	assert_string_equal(text_at(get(extra, "process"), "cgroup_id"), "42");
	assert_string_equal(text_at(get(extra, "target"), "pid_namespace"), "4026531836");
	assert_false(json_object_object_get_ex(extra, "allowed_while_stopped", NULL));
	json_object_put(object);
	allowed_while_stopped = true;
	object = parsed(message_of(named("exec"), 0));
	extra = get(object, "linux");
	assert_string_equal(text_at(extra, "allowed_while_stopped"), "true");
	json_object_put(object);
	allowed_while_stopped = false;
}

static void pointers_that_are_missing_are_null(void **state)
{
	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	for (unsigned int index = 0; index < EVENTS_COUNT; index++) {
		es_message_t message = {.version = 11, .event_type = events[index].notify};
		struct json_object *object;

		object = parsed(&message);
		assert_string_equal(text_at(object, "process"), "null");
		json_object_put(object);
	}
}

static void an_unknown_event_still_gives_a_line(void **state)
{
	es_message_t message = *message_of(named("exit"), 0);
	struct json_object *object;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	message.event_type = ES_EVENT_TYPE_RESERVED_0;
	object = parsed(&message);
	assert_string_equal(text_at(object, "event"), "null");
	json_object_put(object);
	message.event_type = (es_event_type_t)4000000000U;
	object = parsed(&message);
	assert_string_equal(text_at(object, "event"), "null");
	json_object_put(object);
}

static void a_line_without_room_leaves_the_buffer_as_it_was(void **state)
{
	const es_message_t *message = message_of(named("exec"), 0);
	size_t size;

	(void)state;
	start(ENCODE_TOKENS_ARRAY);
	assert_true(encode_message(&encoder, message, 0));
	size = encoder.json.used;
	for (size_t capacity = 0; capacity < size; capacity += 7) {
		encoder_init(&encoder, ENCODE_TOKENS_ARRAY, buffer, capacity);
		encoder.json.used = capacity / 2;
		assert_false(encode_message(&encoder, message, 0));
		assert_int_equal(encoder.json.used, capacity / 2);
	}
}

static void a_name_nearly_right_has_a_suggestion(void **state)
{
	(void)state;
	assert_string_equal(event_nearest("opeen")->name, "open");
	assert_string_equal(event_nearest("exce")->name, "exec");
	assert_string_equal(event_nearest("renme")->name, "rename");
	assert_string_equal(event_nearest("uipc_conect")->name, "uipc_connect");
	assert_null(event_nearest("zzzzzzzz"));
	assert_null(event_nearest(""));
	assert_null(event_nearest("a name that is longer than any name of an event can be"));
}

static void types_lead_to_their_event(void **state)
{
	(void)state;
	assert_ptr_equal(event_of_type(ES_EVENT_TYPE_AUTH_EXEC), event_named("exec"));
	assert_ptr_equal(event_of_type(ES_EVENT_TYPE_NOTIFY_EXEC), event_named("exec"));
	assert_ptr_equal(event_of_type(ES_EVENT_TYPE_AUTH_XPC_CONNECT), event_named("xpc_connect"));
	assert_null(event_of_type(ES_EVENT_TYPE_RESERVED_8));
	assert_null(event_of_type(ES_EVENT_TYPE_LAST));
	assert_false(event_named("exec")->indirect);
	assert_true(event_named("authentication")->indirect);
	assert_null(event_named("execute"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_is_one_line_with_one_event_key),
		cmocka_unit_test(every_field_of_a_record_has_its_key),
		cmocka_unit_test(the_top_of_a_line_is_as_documented),
		cmocka_unit_test(flags_are_the_result_of_an_open),
		cmocka_unit_test(tokens_are_arrays_or_objects_and_the_version_says_which),
		cmocka_unit_test(a_union_shows_the_arm_that_is_meant),
		cmocka_unit_test(an_unknown_arm_is_null),
		cmocka_unit_test(lists_are_arrays),
		cmocka_unit_test(what_is_of_linux_stands_under_one_key),
		cmocka_unit_test(pointers_that_are_missing_are_null),
		cmocka_unit_test(an_unknown_event_still_gives_a_line),
		cmocka_unit_test(a_line_without_room_leaves_the_buffer_as_it_was),
		cmocka_unit_test(a_name_nearly_right_has_a_suggestion),
		cmocka_unit_test(types_lead_to_their_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
