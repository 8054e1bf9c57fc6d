/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one who acts: a process of its own that does what it is told, one deed after the other, and
 * tells how each ended. It lives on between deeds, so what a message says of it can be compared
 * with what it is, and it can be muted.
 */
#ifndef SLUICE_TESTS_SYSTEM_SUBJECT_H
#define SLUICE_TESTS_SYSTEM_SUBJECT_H

#include <stdbool.h>
#include <sys/types.h>

struct subject;

/* What is to be done. The subject has a copy. */
struct deed {
	int (*operation)(const struct deed *deed); /* 0 or errno, in the subject's process */
	char path[512];
	char other[512];
	long number;
};

/* Fails the test if there can be none. Ended by subject_end, or at the end of the test. */
struct subject *subject_new(void);
pid_t subject_pid(const struct subject *subject);

/* Does a deed and waits for its end. 0 or errno. Fails the test if it takes too long. */
int subject_do(struct subject *subject, int (*operation)(const struct deed *deed), const char *path,
	       long number);
/* The same with two paths. */
int subject_do_two(struct subject *subject, int (*operation)(const struct deed *deed),
		   const char *path, const char *other);

/* The same in halves: between them the subject may be held. */
void subject_begin(struct subject *subject, const struct deed *deed);
int subject_finish(struct subject *subject);
/* Has it not come back from the deed yet? */
bool subject_is_busy(const struct subject *subject);

/* For a deed that does not come back: an exec, an exit. Waits for its end; as waitpid(2). */
int subject_wait(struct subject *subject);
/* Lets the subject exit with 0, and waits for it. NULL is fine. Returns its wait status. */
int subject_end(struct subject *subject);
/* Kills those a failed test has left. Returns how many there were. */
unsigned int subject_end_all(void);
/* In a process forked from the test: they are the test's to end. */
void subject_disown_all(void);

/* A deed from its parts. */
struct deed deed_of(int (*operation)(const struct deed *deed), const char *path, const char *other,
		    long number);

#endif
