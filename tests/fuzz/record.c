/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records, as a hostile peer may write them, through the cursor that every reader goes through.
 * Runs, strings and arrays are asked for at places that the bytes themselves choose; what is handed
 * out is inside the record and is read to its end.
 */
#include "wire/record.h"
#include "tests/fuzz/fuzz.h"
#include "wire/cursor.h"

#include <errno.h>
#include <string.h>

static void inside(const struct cursor *cursor, const void *run, size_t size)
{
	const unsigned char *bytes = run;

	WANT(bytes >= cursor->bytes && bytes + size <= cursor->bytes + cursor->size);
}

static void take_string(const struct cursor *cursor, const struct record_string *string)
{
	const char *text = "";
	int result = cursor_string(cursor, string, &text);

	WANT(result == 0 || result == -EBADMSG);
	if (result || !text)
		return;
	inside(cursor, text, (size_t)string->length + 1);
	WANT(strlen(text) <= string->length);
}

static void take_array(const struct cursor *cursor, const struct record_array *array,
		       size_t element_size)
{
	const void *elements = NULL;
	int result = cursor_array(cursor, array, element_size, &elements);

	WANT(result == 0 || result == -EBADMSG);
	if (result || !elements)
		return;
	inside(cursor, elements, array->count * element_size);
	WANT((uintptr_t)elements % 8 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct cursor cursor;
	unsigned char *record = malloc(size ? size : 1);
	int result;

	WANT(record);
	memcpy(record, bytes, size);
	result = cursor_init(&cursor, record, size);
	WANT(result == 0 || result == -EBADMSG || result == -EPROTONOSUPPORT);
	for (size_t place = 0; result == 0 && place + 8 <= cursor.size; place += 8) {
		struct record_string string;
		struct record_array array;

		memcpy(&string, record + place, sizeof(string));
		memcpy(&array, record + place, sizeof(array));
		take_string(&cursor, &string);
		take_array(&cursor, &array, 1 + place % 64);
	}
	free(record);
	return 0;
}
