/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a system test plays: a process of its own, in a mount namespace of its own, on a tmpfs of
 * its own, which is all that the private daemon watches (ES_ROOT). A guard stands outside: when the
 * time is up, it kills daemon and test, so that nobody stays held.
 *
 * A test program is
 *
 *	static const struct CMUnitTest tests[] = {ON_STAGE(a_file_is_opened), ...};
 *	int main(void) { return stage_main(tests, COUNT(tests), 30); }
 *
 * Each test begins with an empty stage and fails if it leaves a descriptor, a process or a mount.
 */
#ifndef SLUICE_TESTS_SYSTEM_STAGE_H
#define SLUICE_TESTS_SYSTEM_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)

/* Runs the tests under guard; `seconds` for all of them, on a machine that is not slow. */
int stage_main(const struct CMUnitTest *tests, size_t count, unsigned int seconds);

int stage_begin(void **state);
int stage_end(void **state);

/* The stage's directory, which is watched; a name in it. The text holds for 60 further ones. */
const char *stage_root(void);
const char *stage_path(const char *name);

/* Makes a file with this content, mode 0644; copies a program of the machine, mode 0755. */
const char *stage_file(const char *name, const char *content);
const char *stage_program(const char *name, const char *from);

/* A name beside the stage, where nothing is watched: sockets, logs. */
const char *stage_aside(const char *name);

/*
 * Runs a part of the play in a process of its own, which may be killed; before any client is made,
 * since what is forked from several threads can make none. The part may use all that a test may.
 */
pid_t stage_apart(void (*part)(void *context), void *context);
/* Waits for its end; as waitpid(2). */
int stage_apart_wait(pid_t pid);

/* When something that must happen has not happened (CLOCK_MONOTONIC ns): a test then fails. */
uint64_t stage_deadline(void);
/* How many times slower than a bare machine this one is: sanitizers, emulation. */
unsigned int stage_slowness(void);

#endif
