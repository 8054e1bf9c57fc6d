/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the N-th allocation of the library fail. Linked in with --wrap for each function of
 * malloc's family (see meson.build); of the thread that asked only.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_ALLOCATION_H
#define SLUICE_TESTS_UNIT_LIBRARY_ALLOCATION_H

/* The first `count` allocations from now on succeed, all later ones fail. */
void allocation_fail_after(int count);
void allocation_fail_never(void);

#endif
