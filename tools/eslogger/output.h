/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where lines or records go, and when: one buffer in front of one descriptor.
 *
 * A reader that watches (terminal, pipe, socket) gets a line at once when nothing was written
 * lately, and else at most OUTPUT_PAUSE_NS later; a file gets whole buffers, at least once in
 * OUTPUT_FILE_PAUSE_NS. Not locked: the user is (eslogger.c).
 */
#ifndef SLUICE_TOOLS_ESLOGGER_OUTPUT_H
#define SLUICE_TOOLS_ESLOGGER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OUTPUT_CAPACITY = 4 * 1024 * 1024, /* a longer line is left out: see eslogger.c */
	OUTPUT_ENOUGH = 128 * 1024, /* so much is written at once, whatever the clock says */
};
#define OUTPUT_PAUSE_NS	     UINT64_C(100000000)
#define OUTPUT_FILE_PAUSE_NS UINT64_C(1000000000)

struct output {
	int fd; /* the caller's; -1 is unset */
	char *buffer; /* OUTPUT_CAPACITY bytes */
	size_t *used; /* of the buffer; where the writer of the lines keeps it */
	uint64_t pause_ns;
	uint64_t written_ns; /* when something was last written */
	int error; /* errno of the first write that failed, after which nothing is written */
};

/* buffer and *used stay the caller's and must live as long as the output. */
void output_init(struct output *output, int fd, char *buffer, size_t *used);

/*
 * To be called after each line: writes if it is time. Returns true if a line is now waiting that
 * was not before: somebody must then call output_flush at output_deadline().
 */
bool output_line(struct output *output, uint64_t now_ns, bool was_empty);

/* Writes what is there. Returns 0 or a negative errno, also that of an earlier write. */
int output_flush(struct output *output, uint64_t now_ns);

/* When the lines that wait must be written; UINT64_MAX if none do. */
uint64_t output_deadline(const struct output *output);

#endif
