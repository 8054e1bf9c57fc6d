/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodes messages (encode.h): a writer for each kind of field, and the walk over a table of
 * fields, which calls them. Owns nothing; hands on lines in the encoder's buffer.
 *
 * What a message points to may be missing where the API forbids it, since records come from files
 * too: every pointer that is NULL becomes null.
 */
#include "tools/eslogger/encode.h"

#include "tools/eslogger/events.h"

#include <string.h>
#include <sys/proc_info.h>

typedef void (*write_field)(struct encoder *encoder, const struct field *field, const char *base);

static const write_field writers[FIELD_KIND_LAST];

/* The field of this C type at base + offset; its table knows the type and the place. */
#define VALUE(type, base, offset) (*(type const *)((base) + (offset)))

void encode_object(struct encoder *encoder, const struct field *fields, const char *base)
{
	struct json *json = &encoder->json;
	unsigned int comma = 1; /* to leave out: the first key has none */

	json_literal(json, "{");
	for (const struct field *field = fields; field->kind != FIELD_KIND_END; field++) {
		if (field->since > encoder->version)
			continue;
		json_raw(json, field->key + comma, field->key_length - comma);
		writers[field->kind](encoder, field, base);
		comma = 0;
	}
	json_literal(json, "}");
}

static void write_bool(struct encoder *encoder, const struct field *field, const char *base)
{
	json_boolean(&encoder->json, VALUE(unsigned char, base, field->offset) != 0);
}

static void write_signed_32(struct encoder *encoder, const struct field *field, const char *base)
{
	json_signed(&encoder->json, VALUE(int32_t, base, field->offset));
}

static void write_unsigned_32(struct encoder *encoder, const struct field *field, const char *base)
{
	json_unsigned(&encoder->json, VALUE(uint32_t, base, field->offset));
}

static void write_unsigned_16(struct encoder *encoder, const struct field *field, const char *base)
{
	json_unsigned(&encoder->json, VALUE(uint16_t, base, field->offset));
}

static void write_signed_64(struct encoder *encoder, const struct field *field, const char *base)
{
	json_signed(&encoder->json, VALUE(int64_t, base, field->offset));
}

static void write_unsigned_64(struct encoder *encoder, const struct field *field, const char *base)
{
	json_unsigned(&encoder->json, VALUE(uint64_t, base, field->offset));
}

static void write_token_text(struct encoder *encoder, es_string_token_t text)
{
	if (text.data)
		json_string(&encoder->json, text.data, text.length);
	else
		json_null(&encoder->json);
}

static void write_string(struct encoder *encoder, const struct field *field, const char *base)
{
	write_token_text(encoder, VALUE(es_string_token_t, base, field->offset));
}

static void write_optional_string(struct encoder *encoder, const struct field *field,
				  const char *base)
{
	es_string_token_t text = VALUE(es_string_token_t, base, field->offset);

	if (text.length > 0)
		write_token_text(encoder, text);
	else
		json_null(&encoder->json);
}

static void write_text(struct encoder *encoder, const struct field *field, const char *base)
{
	const char *text = base + field->offset;

	json_string(&encoder->json, text, strnlen(text, field->selector));
}

static void write_timespec(struct encoder *encoder, const struct field *field, const char *base)
{
	struct timespec time = VALUE(struct timespec, base, field->offset);

	json_time(&encoder->json, time.tv_sec, time.tv_nsec, JSON_NANOSECONDS);
}

static void write_timeval(struct encoder *encoder, const struct field *field, const char *base)
{
	struct timeval time = VALUE(struct timeval, base, field->offset);

	json_time(&encoder->json, time.tv_sec, time.tv_usec, JSON_MICROSECONDS);
}

/* The words of a token are auid, euid, egid, ruid, rgid, pid, asid, pidversion. */
static void write_token_object(struct json *json, const unsigned int words[8])
{
	static const struct {
		const char *key;
		unsigned int length, word;
	} rows[] = {
#define TOKEN_ROW(name, number) {",\"" name "\":", sizeof(name) + 3, number}
		TOKEN_ROW("asid", 6), TOKEN_ROW("auid", 0), TOKEN_ROW("egid", 2),
		TOKEN_ROW("euid", 1), TOKEN_ROW("pid", 5),  TOKEN_ROW("pidversion", 7),
		TOKEN_ROW("rgid", 4), TOKEN_ROW("ruid", 3),
#undef TOKEN_ROW
	};

	for (unsigned int row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		json_raw(json, row ? rows[row].key : "{\"asid\":", rows[row].length);
		json_unsigned(json, words[rows[row].word]);
	}
	json_literal(json, "}");
}

static void write_token_value(struct encoder *encoder, const audit_token_t *token)
{
	struct json *json = &encoder->json;

	if (encoder->version < ENCODE_ARRAY_VERSION) {
		write_token_object(json, token->val);
		return;
	}
	for (unsigned int word = 0; word < 8; word++) {
		json_raw(json, word ? "," : "[", 1);
		json_unsigned(json, token->val[word]);
	}
	json_literal(json, "]");
}

static void write_audit_token(struct encoder *encoder, const struct field *field, const char *base)
{
	audit_token_t token = VALUE(audit_token_t, base, field->offset);

	write_token_value(encoder, &token);
}

static void write_audit_token_pointer(struct encoder *encoder, const struct field *field,
				      const char *base)
{
	const audit_token_t *token = VALUE(const audit_token_t *, base, field->offset);

	if (token)
		write_token_value(encoder, token);
	else
		json_null(&encoder->json);
}

static void write_bytes(struct encoder *encoder, const struct field *field, const char *base)
{
	json_hexadecimal(&encoder->json, (const uint8_t *)base + field->offset, field->selector);
}

static void write_bytes_pointer(struct encoder *encoder, const struct field *field,
				const char *base)
{
	const uint8_t *bytes = VALUE(const uint8_t *, base, field->offset);

	if (bytes)
		json_hexadecimal(&encoder->json, bytes, field->selector);
	else
		json_null(&encoder->json);
}

static void write_token(struct encoder *encoder, const struct field *field, const char *base)
{
	es_token_t token = VALUE(es_token_t, base, field->offset);

	json_hexadecimal(&encoder->json, token.data, token.data ? token.size : 0);
}

static void write_uuid(struct encoder *encoder, const struct field *field, const char *base)
{
	json_uuid(&encoder->json, (const uint8_t *)base + field->offset);
}

static void write_fsid(struct encoder *encoder, const struct field *field, const char *base)
{
	struct json *json = &encoder->json;

	json_literal(json, "[");
	json_signed(json, VALUE(int32_t, base, field->offset));
	json_literal(json, ",");
	json_signed(json, VALUE(int32_t, base, field->offset + sizeof(int32_t)));
	json_literal(json, "]");
}

static void write_acl(struct encoder *encoder, const struct field *field, const char *base)
{
	if (VALUE(const void *, base, field->offset))
		json_literal(&encoder->json, "{}");
	else
		json_null(&encoder->json);
}

static void write_object(struct encoder *encoder, const struct field *field, const char *base)
{
	encode_object(encoder, field->fields, base + field->offset);
}

static void write_object_pointer(struct encoder *encoder, const struct field *field,
				 const char *base)
{
	const char *object = VALUE(const char *, base, field->offset);

	if (object)
		encode_object(encoder, field->fields, object);
	else
		json_null(&encoder->json);
}

static void write_group(struct encoder *encoder, const struct field *field, const char *base)
{
	encode_object(encoder, field->fields, base);
}

/* The chosen arm alone, as an object with its one key. A number without an arm is null. */
static void write_arm(struct encoder *encoder, const struct field *field, const char *base,
		      unsigned int number)
{
	struct json *json = &encoder->json;
	const struct field *arm = field->fields;

	while (number > 0 && arm->kind != FIELD_KIND_END) {
		number--;
		arm++;
	}
	if (arm->kind == FIELD_KIND_END || arm->kind == FIELD_KIND_NO_ARM) {
		json_null(json);
		return;
	}
	json_literal(json, "{");
	json_raw(json, arm->key + 1, arm->key_length - 1U);
	writers[arm->kind](encoder, arm, base);
	json_literal(json, "}");
}

static void write_choice(struct encoder *encoder, const struct field *field, const char *base)
{
	write_arm(encoder, field, base, VALUE(unsigned int, base, field->selector));
}

static void write_choice_if(struct encoder *encoder, const struct field *field, const char *base)
{
	write_arm(encoder, field, base, VALUE(unsigned char, base, field->selector) != 0);
}

static void write_array(struct encoder *encoder, const struct field *field, const char *base)
{
	struct json *json = &encoder->json;
	const char *elements = VALUE(const char *, base, field->offset);
	size_t count = elements ? VALUE(size_t, base, field->selector) : 0;

	json_literal(json, "[");
	for (size_t index = 0; index < count && !json->overflow; index++) {
		if (index)
			json_literal(json, ",");
		writers[field->fields->kind](encoder, field->fields,
					     elements + index * field->stride);
	}
	json_literal(json, "]");
}

static void write_zero(struct encoder *encoder, const struct field *field, const char *base)
{
	(void)field;
	(void)base;
	json_literal(&encoder->json, "0");
}

static void write_epoch(struct encoder *encoder, const struct field *field, const char *base)
{
	(void)field;
	(void)base;
	json_literal(&encoder->json, "\"1970-01-01T00:00:00.000000000Z\"");
}

static void write_schema_version(struct encoder *encoder, const struct field *field,
				 const char *base)
{
	(void)field;
	(void)base;
	json_unsigned(&encoder->json, ENCODE_SCHEMA_VERSION);
}

static void write_version(struct encoder *encoder, const struct field *field, const char *base)
{
	(void)field;
	(void)base;
	json_unsigned(&encoder->json, encoder->version);
}

static void write_event(struct encoder *encoder, const struct field *field, const char *base)
{
	(void)field;
	(void)base;
	if (!encoder->event || !encoder->payload) {
		json_null(&encoder->json);
		return;
	}
	json_raw(&encoder->json, encoder->event->key, encoder->event->key_length);
	encode_object(encoder, encoder->event->fields, encoder->payload);
	json_literal(&encoder->json, "}");
}

/* What was decided before a NOTIFY; an AUTH is not decided yet. */
static void write_action(struct encoder *encoder, const struct field *field, const char *base)
{
	struct json *json = &encoder->json;
	const es_result_t *result = &encoder->message->action.notify;

	(void)field;
	(void)base;
	if (encoder->message->action_type != ES_ACTION_TYPE_NOTIFY) {
		json_null(json);
	} else if (result->result_type == ES_RESULT_TYPE_FLAGS) {
		json_literal(json, "{\"result\":{\"result_type\":1,\"result\":{\"flags\":");
		json_unsigned(json, result->result.flags);
		json_literal(json, "}}}");
	} else {
		json_literal(json, "{\"result\":{\"result_type\":0,\"result\":{\"auth\":");
		json_unsigned(json, result->result.auth);
		json_literal(json, "}}}");
	}
}

static void write_linux(struct encoder *encoder, const struct field *field, const char *base)
{
	(void)field;
	(void)base;
	encode_linux(encoder);
}

static void write_strings(struct encoder *encoder, const es_event_exec_t *exec, uint32_t count,
			  es_string_token_t (*get)(const es_event_exec_t *, uint32_t))
{
	struct json *json = &encoder->json;

	json_literal(json, "[");
	for (uint32_t index = 0; index < count && !json->overflow; index++) {
		if (index)
			json_literal(json, ",");
		write_token_text(encoder, get(exec, index));
	}
	json_literal(json, "]");
}

static void write_exec_arguments(struct encoder *encoder, const struct field *field,
				 const char *base)
{
	const es_event_exec_t *exec = (const void *)base;

	(void)field;
	write_strings(encoder, exec, es_exec_arg_count(exec), es_exec_arg);
}

static void write_exec_environment(struct encoder *encoder, const struct field *field,
				   const char *base)
{
	const es_event_exec_t *exec = (const void *)base;

	(void)field;
	write_strings(encoder, exec, es_exec_env_count(exec), es_exec_env);
}

static void write_descriptor(struct encoder *encoder, const es_fd_t *descriptor)
{
	struct json *json = &encoder->json;

	encode_object(encoder, fields_descriptor, (const char *)descriptor);
	if (descriptor->fdtype == PROX_FDTYPE_PIPE && !json->overflow) {
		json->used--; /* the object goes on */
		json_literal(json, ",\"pipe\":{\"pipe_id\":");
		json_unsigned(json, descriptor->pipe.pipe_id);
		json_literal(json, "}}");
	}
}

static void write_exec_descriptors(struct encoder *encoder, const struct field *field,
				   const char *base)
{
	struct json *json = &encoder->json;
	const es_event_exec_t *exec = (const void *)base;
	uint32_t count = es_exec_fd_count(exec);

	(void)field;
	json_literal(json, "[");
	for (uint32_t index = 0; index < count && !json->overflow; index++) {
		if (index)
			json_literal(json, ",");
		write_descriptor(encoder, es_exec_fd(exec, index));
	}
	json_literal(json, "]");
}

static const write_field writers[FIELD_KIND_LAST] = {
	[FIELD_KIND_BOOL] = write_bool,
	[FIELD_KIND_SIGNED_32] = write_signed_32,
	[FIELD_KIND_UNSIGNED_32] = write_unsigned_32,
	[FIELD_KIND_UNSIGNED_16] = write_unsigned_16,
	[FIELD_KIND_SIGNED_64] = write_signed_64,
	[FIELD_KIND_UNSIGNED_64] = write_unsigned_64,
	[FIELD_KIND_STRING] = write_string,
	[FIELD_KIND_OPTIONAL_STRING] = write_optional_string,
	[FIELD_KIND_TEXT] = write_text,
	[FIELD_KIND_TIMESPEC] = write_timespec,
	[FIELD_KIND_TIMEVAL] = write_timeval,
	[FIELD_KIND_AUDIT_TOKEN] = write_audit_token,
	[FIELD_KIND_AUDIT_TOKEN_POINTER] = write_audit_token_pointer,
	[FIELD_KIND_BYTES] = write_bytes,
	[FIELD_KIND_BYTES_POINTER] = write_bytes_pointer,
	[FIELD_KIND_TOKEN] = write_token,
	[FIELD_KIND_UUID] = write_uuid,
	[FIELD_KIND_FSID] = write_fsid,
	[FIELD_KIND_ACL] = write_acl,
	[FIELD_KIND_OBJECT] = write_object,
	[FIELD_KIND_OBJECT_POINTER] = write_object_pointer,
	[FIELD_KIND_GROUP] = write_group,
	[FIELD_KIND_CHOICE] = write_choice,
	[FIELD_KIND_CHOICE_IF] = write_choice_if,
	[FIELD_KIND_ARRAY] = write_array,
	[FIELD_KIND_ZERO] = write_zero,
	[FIELD_KIND_EPOCH] = write_epoch,
	[FIELD_KIND_SCHEMA_VERSION] = write_schema_version,
	[FIELD_KIND_VERSION] = write_version,
	[FIELD_KIND_EVENT] = write_event,
	[FIELD_KIND_ACTION] = write_action,
	[FIELD_KIND_LINUX] = write_linux,
	[FIELD_KIND_EXEC_ARGUMENTS] = write_exec_arguments,
	[FIELD_KIND_EXEC_ENVIRONMENT] = write_exec_environment,
	[FIELD_KIND_EXEC_DESCRIPTORS] = write_exec_descriptors,
};

void encoder_init(struct encoder *encoder, enum encode_tokens tokens, char *buffer, size_t capacity)
{
	*encoder = (struct encoder){.tokens = tokens};
	json_init(&encoder->json, buffer, capacity);
}

bool encode_message(struct encoder *encoder, const es_message_t *message, uint64_t dropped)
{
	struct json *json = &encoder->json;
	size_t before = json->used;

	encoder->message = message;
	encoder->dropped = dropped;
	encoder->version = message->version;
	if (encoder->tokens == ENCODE_TOKENS_OBJECT && encoder->version >= ENCODE_ARRAY_VERSION)
		encoder->version = ENCODE_ARRAY_VERSION - 1;
	encoder->event = event_of_type(message->event_type);
	encoder->payload = &message->event;
	if (encoder->event && encoder->event->indirect)
		encoder->payload = message->event.authentication;
	json->overflow = false;
	encode_object(encoder, fields_message, (const char *)message);
	json_literal(json, "\n");
	if (json->overflow)
		json->used = before;
	return !json->overflow;
}
