/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_log: the logs that exist, which lines are wanted, and the one write(2) that each line is.
 *
 * Owns the table of logs, which only grows, and what the environment said at the first call. The
 * text is made by format.c.
 */
#include "compat/os/format.h"
#include <errno.h>
#include <os/log.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LOGS_MAXIMUM = 256,
	LINE_BYTES = 1024,
};

struct os_log_s {
	char *subsystem;
	char *category;
};

struct os_log_s _os_log_default;
struct os_log_s _os_log_disabled;

static struct {
	pthread_mutex_t lock;
	size_t count;
	struct os_log_s logs[LOGS_MAXIMUM]; /* full: os_log_create returns the default log */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
	pthread_once_t once;
	bool info;
	bool debug;
	bool show_private;
	bool to_journal;
} settings = {.once = PTHREAD_ONCE_INIT};

static const struct kind {
	os_log_type_t type;
	const char *level; /* syslog's, as the journal wants it */
	const char *name;
} kinds[] = {
	{OS_LOG_TYPE_DEFAULT, "<5>", ""},     {OS_LOG_TYPE_INFO, "<6>", " info"},
	{OS_LOG_TYPE_DEBUG, "<7>", " debug"}, {OS_LOG_TYPE_ERROR, "<3>", " error"},
	{OS_LOG_TYPE_FAULT, "<2>", " fault"},
};

/* The journal says in the environment which file it reads; standard error may be another by now. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device;
	unsigned long long inode;
	struct stat facts;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &facts) == 0 && facts.st_dev == device && facts.st_ino == inode;
}

static void read_settings(void)
{
	const char *mode = getenv("OS_ACTIVITY_MODE");
	const char *show = getenv("OS_LOG_PRIVATE");

	settings.debug = mode && !strcmp(mode, "debug");
	settings.info = settings.debug || (mode && !strcmp(mode, "info"));
	settings.show_private = show && !strcmp(show, "1");
	settings.to_journal = is_journal();
}

static os_log_t find_or_add(const char *subsystem, const char *category)
{
	struct os_log_s *log;

	for (size_t i = 0; i < table.count; i++) {
		log = &table.logs[i];
		if (!strcmp(log->subsystem, subsystem) && !strcmp(log->category, category))
			return log;
	}
	if (table.count == LOGS_MAXIMUM)
		return OS_LOG_DEFAULT;

	log = &table.logs[table.count];
	log->subsystem = strdup(subsystem);
	log->category = strdup(category);
	if (!log->subsystem || !log->category) {
		free(log->subsystem);
		free(log->category);
		return OS_LOG_DEFAULT;
	}
	table.count++;
	return log;
}

os_log_t os_log_create(const char *subsystem, const char *category)
{
	os_log_t log;

	pthread_mutex_lock(&table.lock);
	log = find_or_add(subsystem ? subsystem : "", category ? category : "");
	pthread_mutex_unlock(&table.lock);
	return log;
}

bool os_log_type_enabled(os_log_t log, os_log_type_t type)
{
	pthread_once(&settings.once, read_settings);
	if (log == OS_LOG_DISABLED)
		return false;
	if (type == OS_LOG_TYPE_DEBUG)
		return settings.debug;
	return type != OS_LOG_TYPE_INFO || settings.info;
}

static const struct kind *find_kind(os_log_type_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return &kinds[0];
}

static void append_heading(struct text *text, os_log_t log, os_log_type_t type)
{
	const struct kind *kind = find_kind(type);

	if (settings.to_journal)
		text_append_string(text, kind->level);
	text_append_string(text, log->subsystem ? log->subsystem : program_invocation_short_name);
	if (log->category && log->category[0]) {
		text_append(text, ":", 1);
		text_append_string(text, log->category);
	}
	if (!settings.to_journal)
		text_append_string(text, kind->name);
	text_append(text, ": ", 2);
}

void os_log_with_args(os_log_t log, os_log_type_t type, const char *format, va_list arguments)
{
	char bytes[LINE_BYTES + 1] = "";
	struct text text = {.bytes = bytes, .size = LINE_BYTES};
	int error = errno;
	ssize_t written;
	va_list copy;

	if (os_log_type_enabled(log, type)) {
		append_heading(&text, log, type);
		va_copy(copy, arguments);
		text_append_format(&text, format, &copy, error, settings.show_private);
		va_end(copy);
		bytes[text.length] = '\n';
		do
			written = write(STDERR_FILENO, bytes, text.length + 1);
		while (written < 0 && errno == EINTR);
	}
	errno = error;
}

void os_log_with_type(os_log_t log, os_log_type_t type, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	os_log_with_args(log, type, format, arguments);
	va_end(arguments);
}
