/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client, its handler and its daemon: what most tests of library/client/ stand on.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_CLIENT_FIXTURE_H
#define SLUICE_TESTS_UNIT_LIBRARY_CLIENT_FIXTURE_H

#include "tests/unit/library/client/fake_daemon.h"
#include "tests/unit/library/client/told.h"

struct fixture {
	struct fake_daemon *daemon;
	struct told told;
	es_client_t *client;
	int descriptors; /* open before */
};

int open_descriptors(void);
/* For cmocka: with the daemon alone, with a client as well, and the end of both, which fails if a
 * descriptor stays open. */
int fixture_make_daemon(void **state);
int fixture_make_client(void **state);
int fixture_end(void **state);

#endif
