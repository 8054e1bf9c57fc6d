/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that watches a test program from outside. It never touches the stage, so nothing can
 * hold it; and whoever loses their parent becomes its child, so nobody escapes it.
 */
#ifndef SLUICE_TESTS_SYSTEM_GUARD_H
#define SLUICE_TESTS_SYSTEM_GUARD_H

/*
 * Runs `play` in a child and watches it. Returns its exit code; 1 if the time was up, a process was
 * left behind, or one that had lost its parent ended badly.
 */
int guard_run(int (*play)(void *context), void *context, unsigned int seconds);

#endif
