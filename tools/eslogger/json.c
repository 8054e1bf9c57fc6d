/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON writer (json.h). Owns nothing: it appends to the caller's buffer.
 *
 * Two things make it fast. Every function asks for its worst case of room once and then writes
 * without checks; and strings go eight bytes at a time: all eight are stored, and a mask tells how
 * many of them were plain.
 */
#include "tools/eslogger/json.h"

#include <endian.h>
#include <string.h>

enum {
	NUMBER_ROOM = 24, /* the digits of 2^64, a sign, and some */
	TIME_ROOM = 40,
	ESCAPE_ROOM = 6, /* the longest that a byte becomes: \u001f */
	STEP = 8,
	SECONDS_PER_DAY = 86400,
};

static const char pairs[] = "0001020304050607080910111213141516171819"
			    "2021222324252627282930313233343536373839"
			    "4041424344454647484950515253545556575859"
			    "6061626364656667686970717273747576777879"
			    "8081828384858687888990919293949596979899";

void json_init(struct json *json, char *data, size_t capacity)
{
	*json = (struct json){.data = data, .capacity = capacity, .day = INT64_MIN};
}

/* Where to write, with room for `size` bytes; NULL when there is none. */
static char *room(struct json *json, size_t size)
{
	if (size > json->capacity - json->used) {
		json->overflow = true;
		return NULL;
	}
	return json->data + json->used;
}

static void wrote(struct json *json, const char *end)
{
	json->used = (size_t)(end - json->data);
}

void json_raw(struct json *json, const char *text, size_t length)
{
	char *place = room(json, length);

	if (!place)
		return;
	memcpy(place, text, length);
	json->used += length;
}

/* Writes exactly `digits` digits, an even number of them. */
static char *put_digits(char *place, uint64_t number, unsigned int digits)
{
	for (unsigned int left = digits; left >= 2; left -= 2) {
		memcpy(place + left - 2, pairs + 2 * (number % 100), 2);
		number /= 100;
	}
	return place + digits;
}

void json_unsigned(struct json *json, uint64_t number)
{
	/* A copy of constant size is a few instructions; one of the digits alone is a call. */
	char text[2 * NUMBER_ROOM] = {0};
	char *end = text + NUMBER_ROOM, *start = end;
	char *place = room(json, NUMBER_ROOM);

	if (!place)
		return;
	while (number >= 100) {
		start -= 2;
		memcpy(start, pairs + 2 * (number % 100), 2);
		number /= 100;
	}
	if (number >= 10) {
		start -= 2;
		memcpy(start, pairs + 2 * number, 2);
	} else {
		*--start = (char)('0' + number);
	}
	memcpy(place, start, NUMBER_ROOM);
	wrote(json, place + (end - start));
}

void json_signed(struct json *json, int64_t number)
{
	uint64_t magnitude = (uint64_t)number;

	if (number < 0) {
		json_literal(json, "-");
		magnitude = -magnitude;
	}
	json_unsigned(json, magnitude);
}

void json_boolean(struct json *json, bool value)
{
	if (value)
		json_literal(json, "true");
	else
		json_literal(json, "false");
}

void json_null(struct json *json)
{
	json_literal(json, "null");
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The lowest high bit that is set marks the first byte that is not plain; 0: all eight are. */
static uint64_t special_bytes(uint64_t word)
{
	uint64_t quotes = word ^ EACH_BYTE('"');
	uint64_t backslashes = word ^ EACH_BYTE('\\');
	uint64_t slashes = word ^ EACH_BYTE('/');
	uint64_t zeros = ((quotes - EACH_BYTE(1)) & ~quotes) |
			 ((backslashes - EACH_BYTE(1)) & ~backslashes) |
			 ((slashes - EACH_BYTE(1)) & ~slashes);
	uint64_t controls = (word - EACH_BYTE(0x20)) & ~word;

	return (zeros | controls | word) & EACH_BYTE(0x80);
}

/* Bytes of the valid UTF-8 sequence at text, 0 if there is none. */
static size_t sequence_length(const unsigned char *text, size_t left)
{
	static const struct {
		unsigned char first, last; /* of the leading byte */
		unsigned char second_low, second_high;
		unsigned char length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
		size_t length = forms[form].length;

		if (text[0] < forms[form].first || text[0] > forms[form].last)
			continue;
		if (left < length || text[1] < forms[form].second_low ||
		    text[1] > forms[form].second_high)
			return 0;
		for (size_t index = 2; index < length; index++)
			if ((text[index] & 0xc0) != 0x80)
				return 0;
		return length;
	}
	return 0;
}

static char *put_escape(char *place, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	static const char short_forms[] = {['"'] = '"',	 ['\\'] = '\\', ['/'] = '/',  ['\b'] = 'b',
					   ['\f'] = 'f', ['\n'] = 'n',	['\r'] = 'r', ['\t'] = 't'};

	*place++ = '\\';
	if (byte < sizeof(short_forms) && short_forms[byte]) {
		*place++ = short_forms[byte];
		return place;
	}
	*place++ = 'u';
	*place++ = '0';
	*place++ = '0';
	*place++ = digits[byte >> 4];
	*place++ = digits[byte & 15];
	return place;
}

/* Writes the one byte or sequence at *text and steps over it. */
static char *put_character(char *place, const unsigned char **text, const unsigned char *end)
{
	const unsigned char *from = *text;
	size_t length = 1;

	if (*from >= 0x80) {
		length = sequence_length(from, (size_t)(end - from));
		memcpy(place, length ? (const char *)from : "\xef\xbf\xbd", length ? length : 3);
		place += length ? length : 3;
		*text += length ? length : 1;
		return place;
	}
	*text += length;
	if (*from < 0x20 || *from == '"' || *from == '\\' || *from == '/')
		return put_escape(place, *from);
	*place = (char)*from;
	return place + 1;
}

void json_string(struct json *json, const char *text, size_t length)
{
	const unsigned char *from = (const unsigned char *)text, *end = from + length;
	char *place;

	if (length > json->capacity / ESCAPE_ROOM) {
		json->overflow = true;
		return;
	}
	place = room(json, length * ESCAPE_ROOM + STEP + 2);
	if (!place)
		return;
	*place++ = '"';
	while (end - from >= STEP) {
		uint64_t word, special;
		unsigned int plain;

		memcpy(&word, from, STEP);
		memcpy(place, &word, STEP);
		special = special_bytes(le64toh(word));
		plain = special ? (unsigned int)__builtin_ctzll(special) / 8 : STEP;
		from += plain;
		place += plain;
		if (special)
			place = put_character(place, &from, end);
	}
	while (from < end)
		place = put_character(place, &from, end);
	*place++ = '"';
	wrote(json, place);
}

static char *put_hexadecimal(char *place, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t index = 0; index < size; index++) {
		*place++ = digits[bytes[index] >> 4];
		*place++ = digits[bytes[index] & 15];
	}
	return place;
}

void json_hexadecimal(struct json *json, const uint8_t *bytes, size_t size)
{
	char *place;

	if (size > json->capacity / 2) {
		json->overflow = true;
		return;
	}
	place = room(json, 2 * size + 2);
	if (!place)
		return;
	*place++ = '"';
	place = put_hexadecimal(place, bytes, size);
	*place++ = '"';
	wrote(json, place);
}

void json_uuid(struct json *json, const uint8_t bytes[16])
{
	static const unsigned char groups[] = {4, 2, 2, 2, 6};
	char *place = room(json, 40);

	if (!place)
		return;
	*place++ = '"';
	for (size_t group = 0; group < sizeof(groups); group++) {
		place = put_hexadecimal(place, bytes, groups[group]);
		*place++ = '-';
		bytes += groups[group];
	}
	place[-1] = '"';
	wrote(json, place);
}

/*
 * Writes the date of a day (0: 1970-01-01) and the T behind it. The year is taken to begin in
 * March, which puts the leap day at its end; 400 such years have 146097 days.
 */
static void put_date(char date[11], int64_t day)
{
	uint64_t shifted = (uint64_t)(day + 719468); /* from 0000-03-01 */
	uint64_t era = shifted / 146097, of_era = shifted % 146097;
	uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * of_year + 2) / 153;
	uint64_t of_month = of_year - (153 * month + 2) / 5 + 1;

	month = month < 10 ? month + 3 : month - 9;
	year += era * 400 + (month <= 2);
	put_digits(date, year, 4);
	date[4] = '-';
	put_digits(date + 5, month, 2);
	date[7] = '-';
	put_digits(date + 8, of_month, 2);
	date[10] = 'T';
}

static int64_t clamped(int64_t value, int64_t lowest, int64_t highest)
{
	if (value < lowest)
		return lowest;
	return value > highest ? highest : value;
}

void json_time(struct json *json, int64_t seconds, int64_t fraction, unsigned int digits)
{
	/* 0000-03-01 and 9999-12-31T23:59:59. */
	int64_t second = clamped(seconds, INT64_C(-62162035200), INT64_C(253402300799));
	int64_t day = second / SECONDS_PER_DAY, rest = second % SECONDS_PER_DAY;
	char *place = room(json, TIME_ROOM);

	if (!place)
		return;
	if (rest < 0) {
		rest += SECONDS_PER_DAY;
		day--;
	}
	if (day != json->day) {
		put_date(json->date, day);
		json->day = day;
	}
	*place++ = '"';
	memcpy(place, json->date, sizeof(json->date));
	place = put_digits(place + sizeof(json->date), (uint64_t)(rest / 3600), 2);
	*place++ = ':';
	place = put_digits(place, (uint64_t)(rest / 60 % 60), 2);
	*place++ = ':';
	place = put_digits(place, (uint64_t)(rest % 60), 2);
	*place++ = '.';
	if (digits == JSON_NANOSECONDS) {
		fraction = clamped(fraction, 0, 999999999);
		*place++ = (char)('0' + fraction / 100000000);
		place = put_digits(place, (uint64_t)(fraction % 100000000), 8);
	} else {
		place = put_digits(place, (uint64_t)clamped(fraction, 0, 999999), 6);
	}
	*place++ = 'Z';
	*place++ = '"';
	wrote(json, place);
}
