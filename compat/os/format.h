/* SPDX-License-Identifier: Apache-2.0 */
/* os_log's formats: printf's, with words in braces. Used by log.c alone; not installed. */
#ifndef SLUICE_COMPAT_OS_FORMAT_H
#define SLUICE_COMPAT_OS_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A text that grows to a fixed size; what does not fit is cut. Always ends with a NUL. */
struct text {
	char *bytes;
	size_t size;
	size_t length;
};

void text_append(struct text *text, const char *bytes, size_t length);
void text_append_string(struct text *text, const char *string);

/*
 * Appends `format` with its arguments, which it uses up. `error` is what %m prints. Private values
 * show only when `show_private` is set. A conversion it does not know ends the line there: the
 * arguments behind it cannot be found.
 */
void text_append_format(struct text *text, const char *format, va_list *arguments, int error,
			bool show_private);

#endif
