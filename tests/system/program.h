/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject that executes a program of the stage and stays in it until it is stopped, so that an
 * engine that looks only after the exec finds it.
 */
#ifndef SLUICE_TESTS_SYSTEM_PROGRAM_H
#define SLUICE_TESTS_SYSTEM_PROGRAM_H

#include "tests/system/recorder.h"
#include "tests/system/subject.h"

/* A copy of a program that waits for input, under this name. */
const char *program_make(const char *name);
/*
 * Executes it, with a fifo as its argument, and waits until its exec is told: the recorder must
 * have subscribed to NOTIFY_EXEC. Ended by program_stop.
 */
struct subject *program_run(struct recorder *recorder, const char *path);
/* The fifo it waits at. */
const char *program_argument(void);
void program_stop(struct subject *subject);

#endif
