/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue of lines and the thread that writes them. The lock between them is held for one
 * copy; the write happens without it and may block for as long as it likes.
 *
 * What was dropped is said once there is room again.
 */
#include "daemon/service/journal.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

struct line {
	int priority;
	char text[JOURNAL_LINE_MAX];
};

struct journal {
	enum journal_target target;
	int descriptor;
	bool prefixed; /* stderr is the journal's: it wants priorities */
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	bool stopping;
	bool finished; /* the thread is about to end */
	bool abandoned; /* nobody waits for that: the thread frees the journal */
	unsigned int first;
	unsigned int count;
	atomic_uint_fast64_t dropped;
	uint64_t dropped_told;
	struct line lines[JOURNAL_LINES];
};

static void write_line(const struct journal *journal, const struct line *line)
{
	char text[JOURNAL_LINE_MAX + 32];
	int size;

	if (journal->target == JOURNAL_JOURNAL) {
		sd_journal_send("MESSAGE=%s", line->text, "PRIORITY=%i", line->priority,
				"SYSLOG_IDENTIFIER=endpointsecurityd", NULL);
		return;
	}
	if (journal->prefixed)
		size = snprintf(text, sizeof(text), "<%d>%s\n", line->priority, line->text);
	else
		size = snprintf(text, sizeof(text), "endpointsecurityd: %s\n", line->text);
	/* A log that cannot be written to is nothing anybody could be told. */
	if (write(journal->descriptor, text, (size_t)size) < 0)
		return;
}

/* The next line to write, or what was lost before it. False: nothing is left and none will come. */
static bool next_line(struct journal *journal, struct line *ret_line)
{
	uint64_t dropped;

	while (journal->count == 0 && !journal->stopping)
		pthread_cond_wait(&journal->changed, &journal->lock);
	dropped = atomic_load(&journal->dropped);
	if (dropped > journal->dropped_told) {
		ret_line->priority = LOG_WARNING;
		snprintf(ret_line->text, sizeof(ret_line->text),
			 "%llu lines of the log were lost: too many at once",
			 (unsigned long long)(dropped - journal->dropped_told));
		journal->dropped_told = dropped;
		return true;
	}
	if (journal->count == 0)
		return false;
	*ret_line = journal->lines[journal->first];
	journal->first = (journal->first + 1) % JOURNAL_LINES;
	journal->count--;
	return true;
}

static void destroy(struct journal *journal)
{
	pthread_cond_destroy(&journal->changed);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}

static void *write_lines(void *context)
{
	struct journal *journal = context;
	struct line line;
	bool abandoned;

	pthread_mutex_lock(&journal->lock);
	while (next_line(journal, &line)) {
		pthread_mutex_unlock(&journal->lock);
		write_line(journal, &line);
		pthread_mutex_lock(&journal->lock);
	}
	journal->finished = true;
	abandoned = journal->abandoned;
	pthread_cond_signal(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
	if (abandoned)
		destroy(journal);
	return NULL;
}

int journal_new(struct journal **ret_journal, enum journal_target target, int descriptor)
{
	OWNED_MEMORY struct journal *journal = calloc(1, sizeof(*journal));
	int result;

	if (!journal)
		return -ENOMEM;
	journal->target = target;
	journal->descriptor = descriptor;
	journal->prefixed = getenv("JOURNAL_STREAM") != NULL;
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->changed, NULL);
	result = pthread_create(&journal->thread, NULL, write_lines, journal);
	if (result != 0)
		return -result;
	pthread_setname_np(journal->thread, "es-log");
	*ret_journal = TAKE(journal);
	return 0;
}

struct journal *journal_free(struct journal *journal, uint64_t deadline_ns)
{
	const struct timespec deadline = clock_timespec(deadline_ns);
	bool finished;
	int result = 0;

	if (!journal)
		return NULL;
	pthread_mutex_lock(&journal->lock);
	journal->stopping = true;
	pthread_cond_signal(&journal->changed);
	while (!journal->finished && result == 0)
		result = pthread_cond_clockwait(&journal->changed, &journal->lock, CLOCK_MONOTONIC,
						&deadline);
	finished = journal->finished;
	/* A thread that does not come back from its write keeps what it uses. */
	journal->abandoned = !finished;
	if (!finished)
		pthread_detach(journal->thread);
	pthread_mutex_unlock(&journal->lock);
	if (!finished)
		return NULL;
	pthread_join(journal->thread, NULL);
	destroy(journal);
	return NULL;
}

void journal_say(void *context, int priority, const char *text)
{
	struct journal *journal = context;
	struct line *line;

	if (journal->target == JOURNAL_NONE)
		return;
	pthread_mutex_lock(&journal->lock);
	if (journal->count == JOURNAL_LINES) {
		atomic_fetch_add(&journal->dropped, 1);
	} else {
		line = &journal->lines[(journal->first + journal->count++) % JOURNAL_LINES];
		line->priority = priority;
		snprintf(line->text, sizeof(line->text), "%s", text);
		pthread_cond_signal(&journal->changed);
	}
	pthread_mutex_unlock(&journal->lock);
}

void journal_print(struct journal *journal, int priority, const char *format, ...)
{
	char text[JOURNAL_LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	journal_say(journal, priority, text);
}

uint64_t journal_dropped(const struct journal *journal)
{
	return atomic_load(&((struct journal *)journal)->dropped);
}
