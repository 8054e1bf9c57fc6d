/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/service/journal.h: what is said is written; who says it never waits, though nobody reads;
 * what was lost is counted and told.
 */
#include "daemon/service/journal.h"

#include "base/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>

#include <cmocka.h>

enum { LINES = 20 };

static int ends[2];

static uint64_t in_seconds(unsigned int seconds)
{
	return clock_now_ns() + seconds * NANOSECONDS_PER_SECOND;
}

static int make_pipe(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	return pipe(ends);
}

static int close_pipe(void **state)
{
	(void)state;
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	return 0;
}

static void read_all(char *text, size_t room)
{
	size_t used = 0;
	ssize_t size;

	close(TAKE_DESCRIPTOR(ends[1]));
	while ((size = read(ends[0], text + used, room - used - 1)) > 0)
		used += (size_t)size;
	text[used] = '\0';
}

static void what_is_said_is_written_in_order(void **state)
{
	struct journal *journal = NULL;
	char text[256];

	(void)state;
	assert_int_equal(journal_new(&journal, JOURNAL_STDERR, ends[1]), 0);
	journal_say(journal, LOG_INFO, "first");
	journal_print(journal, LOG_ERR, "second %d", 2);
	journal_free(journal, in_seconds(10));
	read_all(text, sizeof(text));
	assert_string_equal(text, "endpointsecurityd: first\nendpointsecurityd: second 2\n");
}

static void the_systems_journal_is_told_the_priority(void **state)
{
	struct journal *journal = NULL;
	char text[256];

	(void)state;
	setenv("JOURNAL_STREAM", "1:2", 1);
	assert_int_equal(journal_new(&journal, JOURNAL_STDERR, ends[1]), 0);
	journal_say(journal, LOG_ERR, "bad");
	journal_free(journal, in_seconds(10));
	read_all(text, sizeof(text));
	assert_string_equal(text, "<3>bad\n");
}

/* How many lines the log says were lost, once or several times. */
static unsigned long lost_lines(const char *text)
{
	unsigned long lost = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		unsigned long count;

		line += *line == '\n';
		if (sscanf(line, "endpointsecurityd: %lu lines of the log were lost", &count) == 1)
			lost += count;
	}
	return lost;
}

static void a_log_nobody_reads_holds_nobody(void **state)
{
	static char text[2 * JOURNAL_LINES * 128];
	struct journal *journal = NULL;
	unsigned long lost;
	char line[101];
	uint64_t begin;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	fcntl(ends[1], F_SETPIPE_SZ, 4096);
	assert_int_equal(journal_new(&journal, JOURNAL_STDERR, ends[1]), 0);
	/* The pipe fills, its writer blocks, the queue fills, and still this goes on. */
	while (journal_dropped(journal) < 5)
		journal_say(journal, LOG_INFO, line);
	begin = clock_now_ns();
	journal_say(journal, LOG_INFO, line);
	assert_true(clock_now_ns() - begin < NANOSECONDS_PER_SECOND);
	lost = journal_dropped(journal);
	assert_true(lost >= 5);

	/* With a reader all that was kept comes, and how much was not. */
	{
		pid_t reader = fork();

		assert_true(reader >= 0);
		if (reader == 0) {
			close(ends[1]);
			ends[1] = -1;
			read_all(text, sizeof(text));
			_exit(lost_lines(text) == lost ? 0 : 1);
		}
		journal_free(journal, in_seconds(10));
		close(TAKE_DESCRIPTOR(ends[1]));
		{
			int status;

			assert_int_equal(waitpid(reader, &status, 0), reader);
			assert_int_equal(status, 0);
		}
	}
}

static void ending_waits_no_longer_than_the_deadline(void **state)
{
	struct journal *journal = NULL;
	char line[JOURNAL_LINE_MAX];
	uint64_t begin;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	fcntl(ends[1], F_SETPIPE_SZ, 4096);
	assert_int_equal(journal_new(&journal, JOURNAL_STDERR, ends[1]), 0);
	for (int count = 0; count < LINES; count++)
		journal_say(journal, LOG_INFO, line);
	begin = clock_now_ns();
	journal_free(journal, begin + 20 * NANOSECONDS_PER_MILLISECOND);
	assert_true(clock_now_ns() - begin < 5 * NANOSECONDS_PER_SECOND);
	/* The thread is still there and writes on, once somebody reads. */
	for (size_t left = LINES * (strlen("endpointsecurityd: \n") + sizeof(line) - 1);
	     left > 0;) {
		ssize_t size = read(ends[0], line, left < sizeof(line) ? left : sizeof(line));

		assert_true(size > 0);
		left -= (size_t)size;
	}
}

static void a_line_that_is_too_long_is_cut(void **state)
{
	struct journal *journal = NULL;
	char line[2 * JOURNAL_LINE_MAX];
	char text[4 * JOURNAL_LINE_MAX];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(journal_new(&journal, JOURNAL_STDERR, ends[1]), 0);
	journal_say(journal, LOG_INFO, line);
	journal_free(journal, in_seconds(10));
	read_all(text, sizeof(text));
	assert_int_equal(strlen(text), strlen("endpointsecurityd: \n") + JOURNAL_LINE_MAX - 1);
}

static void no_log_says_nothing(void **state)
{
	struct journal *journal = NULL;
	char text[64];

	(void)state;
	assert_int_equal(journal_new(&journal, JOURNAL_NONE, ends[1]), 0);
	journal_say(journal, LOG_ERR, "bad");
	journal_free(journal, in_seconds(10));
	read_all(text, sizeof(text));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_pipe, close_pipe)
		CASE(what_is_said_is_written_in_order),
		CASE(the_systems_journal_is_told_the_priority),
		CASE(a_log_nobody_reads_holds_nobody),
		CASE(a_line_that_is_too_long_is_cut),
		CASE(no_log_says_nothing),
		/* Last: it leaves a thread behind. */
		CASE(ending_waits_no_longer_than_the_deadline),
#undef CASE
	};

	/* As the daemon does: readers may go. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
