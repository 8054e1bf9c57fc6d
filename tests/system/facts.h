/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be true of every message, whatever the event: checked against /proc and stat(2). What
 * an engine could not see must be marked missing, and only that may be.
 */
#ifndef SLUICE_TESTS_SYSTEM_FACTS_H
#define SLUICE_TESTS_SYSTEM_FACTS_H

#include "tests/system/subject.h"

#include <EndpointSecurity/ESLinux.h>
#include <stdbool.h>

/* The message itself, and its process, which is a living subject that has executed nothing. */
void facts_check(const es_message_t *message, const struct subject *subject);
/* A file that still is what it was when the message was made. */
void facts_check_file(const es_file_t *file, const char *path);
/* Both messages tell of the same run of the same process. */
void facts_check_same_run(const es_process_t *one, const es_process_t *other);
/* Only these ES_LINUX_MISSING_ bits may be set. */
void facts_check_missing(const es_message_t *message, uint64_t allowed);
bool facts_is_missing(const es_message_t *message, uint64_t bits);

/* A text of a message equals this one. */
#define assert_token_equal(token, text)                                 \
	do {                                                            \
		assert_non_null((token).data);                          \
		assert_string_equal((token).data, text);                \
		assert_int_equal((token).length, strlen((token).data)); \
	} while (0)

/*
 * True if the event can be had here. Otherwise checks that es_subscribe refuses it and says why.
 */
bool facts_event_is_had(es_event_type_t event);

#endif
