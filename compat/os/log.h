/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_log: one line to standard error for each call, in one write(2).
 *
 * A line is "subsystem:category type: text". Under systemd (standard error is the journal) it
 * starts with the syslog level, "<3>", instead of naming the type. A line is formatted on the stack
 * and cut at 1,024 bytes; nothing is allocated and no lock is taken.
 *
 * Formats are printf's, and a conversion may carry words in braces: %{public}s, %{private}d,
 * %{sensitive}s. A private or sensitive value prints as <private>, unless OS_LOG_PRIVATE=1 is in
 * the environment; a value without such a word is printed (macOS hides strings by default).
 * Other words (%{errno}d, %{time_t}d and so on) are read and change nothing.
 *
 * INFO and DEBUG are off, as on macOS; OS_ACTIVITY_MODE=info or =debug in the environment turns
 * them on. The environment is read at the first call.
 */
#ifndef __OS_LOG_H__
#define __OS_LOG_H__

#include <os/availability.h>
#include <os/base.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

__BEGIN_DECLS

/* A log: whose lines these are. Opaque. */
typedef struct os_log_s *os_log_t;

/* How grave a line is. */
enum {
	OS_LOG_TYPE_DEFAULT = 0x00,
	OS_LOG_TYPE_INFO = 0x01,
	OS_LOG_TYPE_DEBUG = 0x02,
	OS_LOG_TYPE_ERROR = 0x10,
	OS_LOG_TYPE_FAULT = 0x11
};
typedef uint8_t os_log_type_t;

OS_EXPORT struct os_log_s _os_log_default;
OS_EXPORT struct os_log_s _os_log_disabled;
/* The log without a name, and the log that writes nothing. */
#define OS_LOG_DEFAULT	(&_os_log_default)
#define OS_LOG_DISABLED (&_os_log_disabled)

#if defined(__clang__)
#define OS_LOG_FORMAT_CHECKED(x, y) __attribute__((__format__(os_log, x, y)))
#else
#define OS_LOG_FORMAT_CHECKED(x, y)
#endif

/*
 * The log of a subsystem ("org.example.guard") and category ("policy"). The same pair gives the
 * same log, which lives until the program ends: it needs no release. Never NULL: when memory or the
 * table of 256 logs is full, OS_LOG_DEFAULT. Any thread.
 */
OS_EXPORT os_log_t os_log_create(const char *subsystem, const char *category);

/* Whether a line of that type would be written. Any thread. */
OS_EXPORT bool os_log_type_enabled(os_log_t log, os_log_type_t type);

/* Writes one line; `errno` keeps its value, and %m prints it. Any thread. */
OS_EXPORT void os_log_with_type(os_log_t log, os_log_type_t type, const char *format, ...)
	OS_LOG_FORMAT_CHECKED(3, 4);

/* The same with an argument list. */
OS_EXPORT void os_log_with_args(os_log_t log, os_log_type_t type, const char *format,
				va_list arguments);

#define os_log(log, ...)       os_log_with_type(log, OS_LOG_TYPE_DEFAULT, __VA_ARGS__)
#define os_log_info(log, ...)  os_log_with_type(log, OS_LOG_TYPE_INFO, __VA_ARGS__)
#define os_log_debug(log, ...) os_log_with_type(log, OS_LOG_TYPE_DEBUG, __VA_ARGS__)
#define os_log_error(log, ...) os_log_with_type(log, OS_LOG_TYPE_ERROR, __VA_ARGS__)
#define os_log_fault(log, ...) os_log_with_type(log, OS_LOG_TYPE_FAULT, __VA_ARGS__)

#define os_log_info_enabled(log)  os_log_type_enabled(log, OS_LOG_TYPE_INFO)
#define os_log_debug_enabled(log) os_log_type_enabled(log, OS_LOG_TYPE_DEBUG)

__END_DECLS

#endif
