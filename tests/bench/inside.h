/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs inside a listener's process. Each writes a byte to `ready` when it listens.
 */
#ifndef SLUICE_TESTS_BENCH_INSIDE_H
#define SLUICE_TESTS_BENCH_INSIDE_H

#include "tests/bench/listener.h"

/*
 * A client of the API, until `control` hangs up; then it writes the number of messages it had, an
 * int64_t, to `ready`. An exit code.
 */
int inside_client(enum listener_kind kind, int ready, int control);

/* The least that gates opens without us; only a signal ends it. An exit code. */
int inside_bare(const char *root, int ready);

#endif
