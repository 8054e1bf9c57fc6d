/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The play of a deadlock: a client in a process of its own, whose handler waits for something
 * before it answers, a daemon whose log is read, and two files, one that makes the handler wait and
 * one that whoever it waits for opens.
 */
#ifndef SLUICE_TESTS_SYSTEM_WAITING_H
#define SLUICE_TESTS_SYSTEM_WAITING_H

#include "tests/system/subject.h"

#include <EndpointSecurity/EndpointSecurity.h>
#include <stddef.h>
#include <stdint.h>

#define ARROW "\xe2\x86\x92"

enum { LONG_MS = 20000 }; /* a deadline that no play reaches */

/* What a client's handler does at the open or exec of `trigger` before it answers. */
struct part {
	void (*wait)(const char *path);
	const char *trigger;
	const char *path; /* what it waits at */
	uint32_t deadline_ms;
	es_deadline_miss_mode_t mode;
	int told; /* where it says "r" ready, "h" its handler waits, "d" it has waited */
};

struct player {
	pid_t pid;
	int told; /* the other end */
};

struct scene {
	pid_t daemon;
	const char *trigger;
	const char *gated;
};

/* Starts a daemon and makes the files. */
struct scene scene_begin(void);
/* Ends the daemon; its log must hold these texts. */
void scene_end(const struct scene *scene, const char *const texts[], size_t count);
/* A part with a long deadline, that fails open. */
struct part part_of(const struct scene *scene, void (*wait)(const char *path), const char *path);

struct player start_client(struct part part);
/* Waits until the client says so; fails the test if it does not. */
void await_word(const struct player *player, char word);
/* Kills it. */
void end_client(const struct player *player);

/*
 * A subject opens the trigger, so that the handler waits; then the helper, if there is one, does
 * its deed and lets go of the handler by deed_close. Both are let go long before the deadline.
 */
void play_both(const struct scene *scene, const struct player *client, struct subject *helper,
	       const struct deed *deed);

/* Asks esctl until its words hold this text. */
void await_why(const char *arguments, const char *text);

/* A descriptor that a deed keeps for the next one; deed_close closes it. */
extern int waiting_kept;
int deed_close(const struct deed *deed);

/* What a handler waits for. */
void wait_for_nothing(const char *path);
void wait_for_child(const char *path); /* which opens it */
void wait_for_mutex(const char *path); /* held by a thread that waits for such a child */
void wait_for_helper(const char *path); /* asked at this socket */
void wait_for_file(const char *path); /* to be opened */
void wait_for_flock(const char *path);
void wait_for_record_lock(const char *path);
void wait_for_open_file_lock(const char *path);
void wait_for_end(const char *path); /* of what comes through a fifo */
void wait_to_trace(const char *path); /* the process whose number stands there */

#endif
