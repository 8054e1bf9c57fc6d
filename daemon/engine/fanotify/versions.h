/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pidversions that were told, in a file in memory: what the next daemon goes on with, however
 * this one ends. Writing to it is storing to mapped memory; it makes no system call, but one in a
 * thousand times to grow.
 *
 * One daemon has it at a time, by a lock. No thread-safety of its own: tracking.h's lock guards it.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_VERSIONS_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_VERSIONS_H

#include "base/cleanup.h"
#include "wire/control.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	VERSIONS_STEP = 1024, /* it grows by so many entries, 40 KiB */
	/* As many living processes as the table of processes has; one more is not kept. */
	VERSIONS_MAX = 128 * VERSIONS_STEP,
	VERSIONS_FORMAT = 1,
};

/*
 * One run of one program, as /proc/PID/stat shows it: a process has its start for life, an exec
 * lays out its memory anew.
 */
struct run {
	uint64_t start_ticks; /* since boot */
	uint64_t code_start;
	uint64_t code_end;
	uint64_t stack_start;
};

static inline bool run_same(const struct run *one, const struct run *other)
{
	return one->start_ticks == other->start_ticks && one->code_start == other->code_start &&
	       one->code_end == other->code_end && one->stack_start == other->stack_start;
}

/* The file: a head, then a multiple of VERSIONS_STEP entries. */
struct versions_head {
	char magic[8]; /* VERSIONS_MAGIC, written last */
	uint32_t format;
	_Atomic uint32_t last; /* the highest pidversion that was given to anybody */
	uint64_t pid_namespace; /* whose pids they are */
	char boot[40]; /* the kernel's boot_id: whose start_ticks they are */
};

#define VERSIONS_MAGIC "es-pidv"

struct versions_entry {
	_Atomic uint32_t pid; /* 0: free; written last */
	uint32_t version;
	struct run run;
};

struct versions;

enum {
	VERSIONS_BEGUN = 1, /* a new one: there was none, or none to go on with */
};

/*
 * Opens the file for root's own use, and makes it where there is none. One that is not what this
 * daemon could have left (another owner, damaged, of another boot) is put aside as PATH.old; text[]
 * then says so. 0, VERSIONS_BEGUN, -EBUSY: another daemon has it; other errno. On failure text[]
 * says what is wrong.
 */
int versions_open(struct versions **ret_versions, const char *path, char text[CONTROL_TEXT_MAX]);
/* Lets go of the file; what is in it stays. NULL is fine. Returns NULL. */
struct versions *versions_free(struct versions *versions);
DEFINE_OWNED(struct versions, versions_free)

/* The highest pidversion anybody was given; to be raised before one above it is. */
uint32_t versions_last(const struct versions *versions);
void versions_raise(struct versions *versions, uint32_t last);

/* Places go from 1 to versions_places. What is kept there; NULL: it is free. */
uint32_t versions_places(const struct versions *versions);
const struct versions_entry *versions_at(const struct versions *versions, uint32_t place);

/* Returns the place, 0: it is full. */
uint32_t versions_put(struct versions *versions, uint32_t pid, uint32_t version,
		      const struct run *run);
void versions_drop(struct versions *versions, uint32_t place);

#endif
