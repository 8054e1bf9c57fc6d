/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one admission file: lines of `key = value`, each key once, comments with # or ;. What is
 * not understood is an error with its line, since a misread entry would admit or refuse the wrong
 * one.
 *
 * A cursor runs over the bytes and never past them; no line, key or value is believed to end.
 */
#include "daemon/control/entry.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct span {
	const char *bytes;
	size_t size;
};

struct reader {
	struct span rest;
	unsigned int line;
	unsigned int seen; /* bit n: keys[n] was given */
	struct entry entry;
	struct entry_error *error;
};

__attribute__((format(printf, 2, 3))) static int wrong(struct reader *reader, const char *format,
						       ...)
{
	va_list arguments;

	reader->error->line = reader->line;
	va_start(arguments, format);
	vsnprintf(reader->error->text, sizeof(reader->error->text), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static bool span_is(struct span span, const char *word)
{
	return span.size == strlen(word) && memcmp(span.bytes, word, span.size) == 0;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct span trim(struct span span)
{
	while (span.size > 0 && is_blank(span.bytes[0])) {
		span.bytes++;
		span.size--;
	}
	while (span.size > 0 && is_blank(span.bytes[span.size - 1]))
		span.size--;
	return span;
}

static int read_number(struct reader *reader, struct span value, uint32_t limit, uint32_t *ret)
{
	uint64_t number = 0;

	for (size_t index = 0; index < value.size; index++) {
		if (value.bytes[index] < '0' || value.bytes[index] > '9')
			return wrong(reader, "expected a number");
		number = number * 10 + (uint64_t)(value.bytes[index] - '0');
		if (number > limit)
			return wrong(reader, "the number is larger than %u", limit);
	}
	*ret = (uint32_t)number;
	return 0;
}

static int read_yes_no(struct reader *reader, struct span value, bool *ret)
{
	if (!span_is(value, "yes") && !span_is(value, "no"))
		return wrong(reader, "expected yes or no");
	*ret = span_is(value, "yes");
	return 0;
}

static int read_word(struct reader *reader, struct span value, char *ret, size_t room)
{
	if (value.size >= room)
		return wrong(reader, "longer than %zu bytes", room - 1);
	for (size_t index = 0; index < value.size; index++)
		if (value.bytes[index] <= ' ' || value.bytes[index] == 0x7f)
			return wrong(reader, "a blank or control character inside the value");
	memcpy(ret, value.bytes, value.size);
	ret[value.size] = '\0';
	return 0;
}

static int take_uid(struct reader *reader, struct span value)
{
	reader->entry.by_uid = true;
	return read_number(reader, value, UINT32_MAX - 1, &reader->entry.uid);
}

static int take_user(struct reader *reader, struct span value)
{
	return read_word(reader, value, reader->entry.user, sizeof(reader->entry.user));
}

static int take_unit(struct reader *reader, struct span value)
{
	if (!memchr(value.bytes, '.', value.size))
		return wrong(reader, "a unit has a suffix, as in scanner.service");
	return read_word(reader, value, reader->entry.unit, sizeof(reader->entry.unit));
}

static int take_allow(struct reader *reader, struct span value)
{
	return read_yes_no(reader, value, &reader->entry.allow);
}

static int take_descendants(struct reader *reader, struct span value)
{
	return read_yes_no(reader, value, &reader->entry.descendants);
}

static int take_debuggable(struct reader *reader, struct span value)
{
	return read_yes_no(reader, value, &reader->entry.debuggable);
}

static int take_debug_policy(struct reader *reader, struct span value)
{
	int policy = debug_policy_find(value.bytes, value.size);

	if (policy < 0)
		return wrong(reader, "expected pass, hold or deny");
	reader->entry.debug_policy_said = true;
	reader->entry.debug_policy = (enum debug_policy)policy;
	return 0;
}

static int take_clients(struct reader *reader, struct span value)
{
	return read_number(reader, value, 65535, &reader->entry.clients);
}

static const struct key {
	const char *name;
	int (*take)(struct reader *reader, struct span value);
} keys[] = {
	{"uid", take_uid},
	{"user", take_user},
	{"unit", take_unit},
	{"allow", take_allow},
	{"descendants", take_descendants},
	{"debuggable", take_debuggable},
	{"clients", take_clients},
	{"debug-policy", take_debug_policy},
};
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]), KEY_ALLOW = 3 };

static int take_line(struct reader *reader, struct span line)
{
	const char *equals;
	struct span key;
	struct span value;

	line = trim(line);
	if (line.size == 0 || line.bytes[0] == '#' || line.bytes[0] == ';')
		return 0;
	equals = memchr(line.bytes, '=', line.size);
	if (!equals)
		return wrong(reader, "expected key = value");
	key = trim((struct span){line.bytes, (size_t)(equals - line.bytes)});
	value = trim((struct span){equals + 1, line.size - (size_t)(equals - line.bytes) - 1});
	if (value.size == 0)
		return wrong(reader, "the value is missing");
	for (unsigned int index = 0; index < KEY_COUNT; index++) {
		if (!span_is(key, keys[index].name))
			continue;
		if (reader->seen & 1U << index)
			return wrong(reader, "%s was said before", keys[index].name);
		reader->seen |= 1U << index;
		return keys[index].take(reader, value);
	}
	return wrong(reader, "unknown key; known are uid, user, unit, allow, descendants, "
			     "debuggable, debug-policy and clients");
}

/* Cuts the next line off; false at the end. */
static bool next_line(struct reader *reader, struct span *ret_line)
{
	const char *end;

	if (reader->rest.size == 0)
		return false;
	end = memchr(reader->rest.bytes, '\n', reader->rest.size);
	ret_line->bytes = reader->rest.bytes;
	ret_line->size = end ? (size_t)(end - reader->rest.bytes) : reader->rest.size;
	reader->rest.bytes += ret_line->size + (end ? 1 : 0);
	reader->rest.size -= ret_line->size + (end ? 1 : 0);
	reader->line++;
	return true;
}

int entry_parse(const char *bytes, size_t size, struct entry *ret_entry,
		struct entry_error *ret_error)
{
	struct reader reader = {
		.rest = {bytes, size},
		.entry = {.descendants = true},
		.error = ret_error,
	};
	struct span line;
	int result;

	while (next_line(&reader, &line)) {
		result = take_line(&reader, line);
		if (result < 0)
			return result;
	}
	reader.line = 0;
	if (!reader.entry.by_uid && !reader.entry.user[0] && !reader.entry.unit[0])
		return wrong(&reader, "says nobody: give uid, user or unit");
	if (reader.entry.by_uid && reader.entry.user[0])
		return wrong(&reader, "give uid or user, not both");
	if (!(reader.seen & 1U << KEY_ALLOW))
		return wrong(&reader, "allow is missing: yes or no");
	*ret_entry = reader.entry;
	return 0;
}

bool entry_matches(const struct entry *entry, uid_t uid, const char *unit)
{
	if (entry->user[0] && !entry->by_uid)
		return false; /* a user nobody has looked up */
	if (entry->by_uid && entry->uid != uid)
		return false;
	if (entry->unit[0] && strcmp(entry->unit, unit) != 0)
		return false;
	return entry->by_uid || entry->unit[0];
}
