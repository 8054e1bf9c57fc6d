/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket's path: who has it, and how it comes to be ours.
 */
#ifndef SLUICE_DAEMON_SERVICE_LISTEN_H
#define SLUICE_DAEMON_SERVICE_LISTEN_H

#include "base/cleanup.h"
#include "wire/control.h"

#include <stdbool.h>
#include <stdint.h>

struct listening;

/*
 * Locks PATH.lock, sweeps a stale socket away and listens. replace: ends the daemon that has it,
 * by SIGTERM, and waits for that until the deadline. On failure error[] says what is wrong and what
 * to do: -EBUSY: another daemon runs there; other errno.
 */
int listening_new(struct listening **ret_listening, const char *path, bool replace,
		  uint64_t deadline_ns, char error[CONTROL_TEXT_MAX]);
/* Removes the socket, then lets the lock go. NULL is fine. Returns NULL. */
struct listening *listening_free(struct listening *listening);
DEFINE_OWNED(struct listening, listening_free)

/* The listening socket, handed over to the caller. */
int listening_take(struct listening *listening);

#endif
