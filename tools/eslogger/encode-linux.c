/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one key that macOS's records do not have, "linux": control group and namespaces of each
 * process that the message names, what the message does not know, how many messages were lost,
 * whether a debug policy let it pass. A reader that is strict about keys has to pass over this one
 * alone.
 */
#include "tools/eslogger/encode.h"
#include "tools/eslogger/events.h"

#include <EndpointSecurity/ESLinux.h>
#include <string.h>

#define NAMESPACE_FIELD(name) FIELD(es_linux_process_t, name##_namespace)
static const struct field fields_linux_process[] = {
	FIELD(es_linux_process_t, cgroup_id),
	FIELD(es_linux_process_t, cgroup_path),
	NAMESPACE_FIELD(cgroup),
	NAMESPACE_FIELD(ipc),
	NAMESPACE_FIELD(mount),
	NAMESPACE_FIELD(network),
	NAMESPACE_FIELD(pid),
	NAMESPACE_FIELD(user),
	FIELDS_END,
};

/* By the number of their bit, from es_linux_missing_t. */
static const char *const missing_names[] = {
	"\"process\"",
	"\"executable\"",
	"\"arguments\"",
	"\"environment\"",
	"\"working_directory\"",
	"\"descriptors\"",
	"\"flags\"",
	"\"path\"",
	"\"source\"",
	"\"times\"",
	"\"stat\"",
	"\"thread\"",
	"\"status\"",
};
_Static_assert(ES_LINUX_MISSING_STATUS == 1 << 12, "the list above ends with it");

static void encode_process(struct encoder *encoder, const char *key, size_t key_length,
			   const es_process_t *process)
{
	const es_linux_process_t *facts = es_linux_process(process);

	if (!facts)
		return;
	json_raw(&encoder->json, key, key_length);
	encode_object(encoder, fields_linux_process, (const char *)facts);
}

static void encode_missing(struct encoder *encoder, uint64_t missing)
{
	struct json *json = &encoder->json;
	const char *separator = "";

	json_literal(json, ",\"missing\":[");
	for (size_t bit = 0; bit < sizeof(missing_names) / sizeof(missing_names[0]); bit++) {
		if (!(missing & UINT64_C(1) << bit))
			continue;
		json_raw(json, separator, strlen(separator));
		json_raw(json, missing_names[bit], strlen(missing_names[bit]));
		separator = ",";
	}
	json_literal(json, "]");
}

/* The processes of the payload, each under the payload's own key for it. */
static void encode_payload_processes(struct encoder *encoder)
{
	const struct field *field = encoder->event->fields;

	for (; field->kind != FIELD_KIND_END; field++) {
		const es_process_t *process;
		const char *place;

		if (field->fields != fields_process)
			continue;
		place = (const char *)encoder->payload + field->offset;
		process = *(const es_process_t *const *)place;
		if (process)
			encode_process(encoder, field->key, field->key_length, process);
	}
}

void encode_linux(struct encoder *encoder)
{
	struct json *json = &encoder->json;
	uint64_t missing = es_linux_missing(encoder->message);

	json_literal(json, "{\"dropped\":");
	json_unsigned(json, encoder->dropped);
	encode_missing(encoder, missing);
	if (es_linux_allowed_while_stopped(encoder->message))
		json_literal(json, ",\"allowed_while_stopped\":true");
	if (encoder->message->process)
		encode_process(encoder, ",\"process\":", sizeof(",\"process\":") - 1,
			       encoder->message->process);
	if (encoder->event && encoder->payload)
		encode_payload_processes(encoder);
	json_literal(json, "}");
}
