/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads strings from the memory of a held subject, without ever waiting for it longer than told.
 *
 * A subject chooses what its memory is made of: a page may come from a server that never answers.
 * So a thread of its own reads, and is left behind when it does not come back in time.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_READER_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_READER_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	READER_THREADS_MAX = 16, /* left behind; with that many nothing is read any more */
	READER_NAME_MAX = 4096,
	READER_TEXT_MAX = 96 * 1024, /* of the strings of one list; more is cut */
	READER_STRINGS_MAX = 4096,
};

/* What to read: addresses in the subject. */
struct reader_request {
	pid_t pid;
	bool narrow; /* its pointers have 32 bits */
	uint64_t name;
	uint64_t lists[2]; /* NULL-terminated lists of strings: arguments, environment */
};

/* Strings one behind the other, each with its NUL. */
struct reader_text {
	size_t length;
	bool whole; /* nothing was cut, and all of it could be read */
	char text[READER_TEXT_MAX];
};
struct reader_result {
	size_t name_length;
	char name[READER_NAME_MAX];
	struct reader_text lists[2];
};

struct reader;

/* The caller owns *ret_reader. 0 or negative errno. One thread uses it. */
int reader_new(struct reader **ret_reader);
/* A thread that never came back is left to the end of the process, with its memory. */
struct reader *reader_free(struct reader *reader);
DEFINE_OWNED(struct reader, reader_free)

/*
 * Reads by the deadline. The result is valid until the next call; NULL: not in time, or too many
 * threads are left behind.
 */
const struct reader_result *reader_read(struct reader *reader, const struct reader_request *request,
					uint64_t deadline_ns);

#endif
