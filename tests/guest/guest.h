/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a test runs in a guest, so that the whole machine is its own: it may then mark `/`, kill
 * every process and break what it likes. ES_GUEST alone is not believed: a person may have it in
 * the environment.
 */
#ifndef SLUICE_TESTS_GUEST_GUEST_H
#define SLUICE_TESTS_GUEST_GUEST_H

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static inline bool guest_owns_machine(void)
{
	return getenv("ES_GUEST") && access("/guest/moved", F_OK) == 0 &&
	       access("/guest/list", F_OK) == 0;
}

#endif
