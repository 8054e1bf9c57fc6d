/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records, as a hostile file may have them, the whole way to a line of eslogger: what the library
 * takes for a record becomes a line that another parser reads, with one key in its event, in either
 * form of tokens.
 */
#include "library/message/message.h"
#include "tests/fuzz/fuzz.h"
#include "tools/eslogger/encode.h"

#include <json-c/json.h>
#include <string.h>

enum { LINE_MAX = 1024 * 1024 };

static struct json_object *read_back(const char *line, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	WANT(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, line, (int)length);
	WANT(object && json_tokener_get_error(tokener) == json_tokener_success);
	json_tokener_free(tokener);
	return object;
}

static void encode(const es_message_t *message, enum encode_tokens tokens)
{
	static char buffer[LINE_MAX];
	struct encoder encoder;
	struct json_object *object, *event;

	encoder_init(&encoder, tokens, buffer, sizeof(buffer));
	if (!encode_message(&encoder, message, 0)) {
		WANT(encoder.json.used == 0);
		return;
	}
	WANT(buffer[encoder.json.used - 1] == '\n');
	WANT(!memchr(buffer, '\n', encoder.json.used - 1));
	object = read_back(buffer, encoder.json.used);
	WANT(json_object_object_length(object) == 13);
	WANT(json_object_object_get_ex(object, "event", &event));
	WANT(!event || json_object_object_length(event) == 1);
	json_object_put(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct message *message = NULL;
	unsigned char *record = malloc(size ? size : 1);

	WANT(record);
	memcpy(record, bytes, size);
	if (message_new(&message, record, size) == 0) {
		encode(&message->message, ENCODE_TOKENS_ARRAY);
		encode(&message->message, ENCODE_TOKENS_OBJECT);
		message_release(message);
	}
	free(record);
	return 0;
}
