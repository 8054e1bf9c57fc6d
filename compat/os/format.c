/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_log's formats, one conversion at a time.
 *
 * A conversion is read into a struct, its braces are dropped, and what is left is one ordinary
 * printf conversion for one argument, which snprintf prints. Nothing is allocated.
 */
#include "compat/os/format.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* clang-tidy 14 loses sight of a va_list behind a pointer. */
/* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */

enum length {
	LENGTH_INT,
	LENGTH_CHAR,
	LENGTH_SHORT,
	LENGTH_LONG,
	LENGTH_LONG_LONG,
	LENGTH_MAXIMUM,
	LENGTH_SIZE,
	LENGTH_DIFFERENCE,
	LENGTH_LONG_DOUBLE,
};

/* Longer names first, as "l" begins "ll". */
static const struct {
	const char *name;
	enum length length;
} lengths[] = {
	{"hh", LENGTH_CHAR}, {"h", LENGTH_SHORT},      {"ll", LENGTH_LONG_LONG},
	{"l", LENGTH_LONG},  {"q", LENGTH_LONG_LONG},  {"j", LENGTH_MAXIMUM},
	{"z", LENGTH_SIZE},  {"t", LENGTH_DIFFERENCE}, {"L", LENGTH_LONG_DOUBLE},
};

struct conversion {
	bool is_private;
	char flags[8];
	int width; /* 0: none; negative: left */
	int precision; /* -1: none */
	enum length length;
	char letter;
};

void text_append(struct text *text, const char *bytes, size_t length)
{
	size_t room = text->size - 1 - text->length;

	if (length > room)
		length = room;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_append_string(struct text *text, const char *string)
{
	text_append(text, string, strlen(string));
}

/* Words in braces: "public", "private, mask.hash", "errno". Returns what follows them. */
static const char *read_words(const char *at, struct conversion *conversion)
{
	const char *end = strchr(at, '}');
	size_t length;

	if (!end)
		return at + strlen(at);
	for (at++; at < end; at += length + 1) {
		length = strcspn(at, ",}");
		while (length > 0 && *at == ' ') {
			at++;
			length--;
		}
		if ((length == 7 && !memcmp(at, "private", 7)) ||
		    (length == 9 && !memcmp(at, "sensitive", 9)))
			conversion->is_private = true;
	}
	return end + 1;
}

/* Digits or a star. Widths and precisions beyond 9,999 are as good as that. */
static const char *read_number(const char *at, va_list *arguments, int *ret_number)
{
	int number = 0;

	if (*at == '*') {
		*ret_number = va_arg(*arguments, int);
		return at + 1;
	}
	for (; *at >= '0' && *at <= '9'; at++) {
		if (number < 1000)
			number = number * 10 + (*at - '0');
	}
	*ret_number = number;
	return at;
}

/* Reads what follows a percent sign. Returns what follows the conversion. */
static const char *read_conversion(const char *at, va_list *arguments,
				   struct conversion *conversion)
{
	size_t flags;

	*conversion = (struct conversion){.precision = -1};
	if (*at == '{')
		at = read_words(at, conversion);
	flags = strspn(at, "-+ #0'");
	memcpy(conversion->flags, at, flags < 7 ? flags : 7);
	at = read_number(at + flags, arguments, &conversion->width);
	if (*at == '.')
		at = read_number(at + 1, arguments, &conversion->precision);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t length = strlen(lengths[i].name);

		if (!strncmp(at, lengths[i].name, length)) {
			conversion->length = lengths[i].length;
			at += length;
			break;
		}
	}
	conversion->letter = *at;
	return *at ? at + 1 : at;
}

static intmax_t take_integer(va_list *arguments, enum length length)
{
	switch (length) {
	case LENGTH_LONG:
		return va_arg(*arguments, long);
	case LENGTH_LONG_LONG:
		return va_arg(*arguments, long long);
	case LENGTH_MAXIMUM:
		return va_arg(*arguments, intmax_t);
	case LENGTH_SIZE:
		return (intmax_t)va_arg(*arguments, size_t);
	case LENGTH_DIFFERENCE:
		return va_arg(*arguments, ptrdiff_t);
	case LENGTH_CHAR:
	case LENGTH_SHORT:
	case LENGTH_LONG_DOUBLE:
	case LENGTH_INT:
		break;
	}
	return va_arg(*arguments, int);
}

static uintmax_t narrow(intmax_t value, enum length length)
{
	switch (length) {
	case LENGTH_CHAR:
		return (unsigned char)value;
	case LENGTH_SHORT:
		return (unsigned short)value;
	case LENGTH_LONG:
		return (unsigned long)value;
	case LENGTH_LONG_LONG:
	case LENGTH_MAXIMUM:
		return (uintmax_t)value;
	case LENGTH_SIZE:
		return (size_t)value;
	case LENGTH_DIFFERENCE:
		return (uintmax_t)(ptrdiff_t)value;
	case LENGTH_LONG_DOUBLE:
	case LENGTH_INT:
		break;
	}
	return (unsigned int)value;
}

/* The conversion as printf wants it, for a value of the given length: "%-08.3jx". */
static void write_specification(const struct conversion *conversion, const char *length,
				char specification[64])
{
	char precision[16] = "";
	char width[16] = "";

	if (conversion->precision >= 0)
		snprintf(precision, sizeof(precision), ".%d", conversion->precision);
	if (conversion->width)
		snprintf(width, sizeof(width), "%d", conversion->width);
	snprintf(specification, 64, "%%%s%s%s%s%c", conversion->flags, width, precision, length,
		 conversion->letter);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Prints one value through snprintf into what is left of the text. */
#define APPEND_VALUE(text, specification, ...)                                                 \
	do {                                                                                   \
		size_t room = (text)->size - (text)->length;                                   \
		int printed = snprintf((text)->bytes + (text)->length, room, specification,    \
				       __VA_ARGS__);                                           \
		if (printed > 0)                                                               \
			(text)->length += (size_t)printed < room ? (size_t)printed : room - 1; \
	} while (0)

static void append_integer(struct text *text, const struct conversion *conversion, intmax_t value)
{
	char specification[64];

	if (conversion->letter == 'c') {
		write_specification(conversion, "", specification);
		APPEND_VALUE(text, specification, (int)value);
		return;
	}
	write_specification(conversion, "j", specification);
	if (!strchr("di", conversion->letter))
		APPEND_VALUE(text, specification, narrow(value, conversion->length));
	else if (conversion->length == LENGTH_CHAR)
		APPEND_VALUE(text, specification, (intmax_t)(signed char)value);
	else if (conversion->length == LENGTH_SHORT)
		APPEND_VALUE(text, specification, (intmax_t)(short)value);
	else
		APPEND_VALUE(text, specification, value);
}

static void print_integer(struct text *text, const struct conversion *conversion,
			  va_list *arguments, int error)
{
	intmax_t value = take_integer(arguments, conversion->length);

	(void)error;
	if (text)
		append_integer(text, conversion, value);
}

static void print_double(struct text *text, const struct conversion *conversion, va_list *arguments,
			 int error)
{
	char specification[64];
	long double long_value;
	double value;

	(void)error;
	if (conversion->length == LENGTH_LONG_DOUBLE) {
		long_value = va_arg(*arguments, long double);
		write_specification(conversion, "L", specification);
		if (text)
			APPEND_VALUE(text, specification, long_value);
		return;
	}
	value = va_arg(*arguments, double);
	write_specification(conversion, "", specification);
	if (text)
		APPEND_VALUE(text, specification, value);
}

static void print_string(struct text *text, const struct conversion *conversion, va_list *arguments,
			 int error)
{
	const char *length = conversion->length == LENGTH_LONG ? "l" : "";
	const void *value = va_arg(*arguments, const void *);
	char specification[64];

	(void)error;
	write_specification(conversion, length, specification);
	if (!text)
		return;
	if (value)
		APPEND_VALUE(text, specification, value);
	else
		text_append_string(text, "(null)");
}

static void print_pointer(struct text *text, const struct conversion *conversion,
			  va_list *arguments, int error)
{
	const void *value = va_arg(*arguments, const void *);
	char specification[64];

	(void)error;
	write_specification(conversion, "", specification);
	if (text)
		APPEND_VALUE(text, specification, value);
}

#pragma GCC diagnostic pop

/* %.16P: bytes, in hexadecimal. */
static void print_bytes(struct text *text, const struct conversion *conversion, va_list *arguments,
			int error)
{
	const unsigned char *bytes = va_arg(*arguments, const void *);
	char digits[3];

	(void)error;
	for (int i = 0; text && bytes && i < conversion->precision; i++) {
		snprintf(digits, sizeof(digits), "%02x", bytes[i]);
		text_append(text, digits, 2);
	}
}

static void print_error(struct text *text, const struct conversion *conversion, va_list *arguments,
			int error)
{
	const char *description = strerrordesc_np(error);

	(void)conversion;
	(void)arguments;
	if (text)
		text_append_string(text, description ? description : "Unknown error");
}

static void print_percent(struct text *text, const struct conversion *conversion,
			  va_list *arguments, int error)
{
	(void)conversion;
	(void)arguments;
	(void)error;
	if (text)
		text_append(text, "%", 1);
}

/* Each takes its argument, and prints it if there is a text. */
static const struct {
	const char *letters;
	void (*print)(struct text *text, const struct conversion *conversion, va_list *arguments,
		      int error);
} printers[] = {
	{"diouxXc", print_integer}, {"aAeEfFgG", print_double}, {"s", print_string},
	{"p@", print_pointer},	    {"P", print_bytes},		{"m", print_error},
	{"%", print_percent},
};

/* Returns whether the conversion is known. */
static bool print_conversion(struct text *text, const struct conversion *conversion,
			     va_list *arguments, int error)
{
	for (size_t i = 0; i < sizeof(printers) / sizeof(printers[0]); i++) {
		if (!conversion->letter || !strchr(printers[i].letters, conversion->letter))
			continue;
		printers[i].print(text, conversion, arguments, error);
		return true;
	}
	return false;
}

void text_append_format(struct text *text, const char *format, va_list *arguments, int error,
			bool show_private)
{
	struct conversion conversion;
	size_t plain;
	bool hidden;

	for (;;) {
		plain = strcspn(format, "%");
		text_append(text, format, plain);
		format += plain;
		if (!*format)
			break;
		format = read_conversion(format + 1, arguments, &conversion);
		hidden = conversion.is_private && !show_private;
		if (!print_conversion(hidden ? NULL : text, &conversion, arguments, error)) {
			text_append_string(text, "<unknown conversion>");
			break;
		}
		if (hidden)
			text_append_string(text, "<private>");
	}
}

/* NOLINTEND(clang-analyzer-valist.Uninitialized) */
