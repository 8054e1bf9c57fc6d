/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/service/notes.h: each line names who, what, and which client and message.
 */
#include "daemon/service/notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

static const struct delivery_note example = {
	.client_pid = 55,
	.client_name = "/usr/bin/scanner",
	.event = EVENT_AUTH_OPEN,
	.seq_num = 7,
	.age_ns = 30100000000,
	.subject_pid = 123,
	.subject_path = "/usr/bin/cat",
	.target_path = "/srv/secret",
};

static void every_kind_has_its_line(void **state)
{
	static const struct {
		int priority;
		const char *text;
	} lines[DELIVERY_NOTE_LAST] = {
		[DELIVERY_NOTE_DENIED] =
			{LOG_NOTICE, "denied: AUTH_OPEN of /srv/secret by /usr/bin/cat[123]; by "
				     "client /usr/bin/scanner[55], message 7"},
		[DELIVERY_NOTE_DEADLINE_KILL] =
			{LOG_ERR, "killed client /usr/bin/scanner[55]: message 7 was "
				  "unanswered after 30100 ms; allowed: AUTH_OPEN of "
				  "/srv/secret by /usr/bin/cat[123]"},
		[DELIVERY_NOTE_DEADLINE_OPEN] =
			{LOG_WARNING, "client /usr/bin/scanner[55] is late: message 7 was "
				      "unanswered after 30100 ms; allowed: AUTH_OPEN of "
				      "/srv/secret by /usr/bin/cat[123]"},
		[DELIVERY_NOTE_DEADLINE_CLOSED] =
			{LOG_WARNING, "client /usr/bin/scanner[55] is late: message 7 was "
				      "unanswered after 30100 ms; denied: AUTH_OPEN of "
				      "/srv/secret by /usr/bin/cat[123]"},
		[DELIVERY_NOTE_DEADLOCK_KILL] =
			{LOG_ERR, "deadlock: its way is not known any more; killed client "
				  "/usr/bin/scanner[55], message 7; allowed: AUTH_OPEN of "
				  "/srv/secret by /usr/bin/cat[123]"},
		[DELIVERY_NOTE_DEADLOCK_OPEN] =
			{LOG_WARNING,
			 "deadlock: its way is not known any more; answered for client "
			 "/usr/bin/scanner[55], message 7; allowed: AUTH_OPEN of "
			 "/srv/secret by /usr/bin/cat[123]"},
		[DELIVERY_NOTE_DEADLOCK_CLOSED] =
			{LOG_WARNING,
			 "deadlock: its way is not known any more; answered for client "
			 "/usr/bin/scanner[55], message 7; denied: AUTH_OPEN of "
			 "/srv/secret by /usr/bin/cat[123]"},
		[DELIVERY_NOTE_OVERFLOW] =
			{LOG_WARNING, "client /usr/bin/scanner[55] cannot be asked, its ring or "
				      "its questions are full; the first: AUTH_OPEN of "
				      "/srv/secret by /usr/bin/cat[123]"},
	};
	struct delivery_note note = example;
	char text[NOTE_TEXT_MAX];

	(void)state;
	for (unsigned int kind = 0; kind < DELIVERY_NOTE_LAST; kind++) {
		note.kind = kind;
		assert_int_equal(note_describe(&note, NULL, text), lines[kind].priority);
		assert_string_equal(text, lines[kind].text);
	}
}

static void why_is_said_where_it_is_known(void **state)
{
	struct delivery_note note = example;
	char text[NOTE_TEXT_MAX];

	(void)state;
	note.kind = DELIVERY_NOTE_DEADLINE_KILL;
	note_describe(&note, "client 55 (scanner) \xe2\x86\x92 x", text);
	assert_non_null(strstr(text, "after 30100 ms, because client 55 (scanner) \xe2\x86\x92 x; "
				     "allowed"));
	note.kind = DELIVERY_NOTE_DEADLOCK_KILL;
	note_describe(&note, "client 55 (scanner) \xe2\x86\x92 x", text);
	assert_non_null(strstr(text, "deadlock: client 55 (scanner) \xe2\x86\x92 x; killed"));
}

static void what_is_not_known_is_left_out(void **state)
{
	struct delivery_note note = example;
	char text[NOTE_TEXT_MAX];

	(void)state;
	note.event = EVENT_LAST;
	note.target_path[0] = '\0';
	note_describe(&note, NULL, text);
	assert_non_null(strstr(text, "an unknown event by /usr/bin/cat[123]"));
	note.kind = DELIVERY_NOTE_LAST;
	note_describe(&note, NULL, text);
	assert_non_null(strstr(text, "unknown kind"));
}

static void the_longest_line_fits(void **state)
{
	struct delivery_note note = example;
	char text[NOTE_TEXT_MAX];
	char why[1024] = "";

	(void)state;
	note.kind = DELIVERY_NOTE_DEADLINE_CLOSED;
	memset(note.client_name, 'c', sizeof(note.client_name) - 1);
	memset(note.subject_path, 's', sizeof(note.subject_path) - 1);
	memset(note.target_path, 't', sizeof(note.target_path) - 1);
	note.seq_num = UINT64_MAX;
	note.age_ns = UINT64_MAX;
	memset(why, 'w', sizeof(why) - 1);
	note_describe(&note, why, text);
	assert_string_equal(text + strlen(text) - strlen("[123]"), "[123]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_line),
		cmocka_unit_test(why_is_said_where_it_is_known),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(the_longest_line_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
