/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who debugs a client, by what the kernel says of their relations; names of programs count for
 * nothing. docs/decisions/0061-debuggers.md has the rule.
 */
#ifndef SLUICE_DAEMON_GUARD_DEBUGGERS_H
#define SLUICE_DAEMON_GUARD_DEBUGGERS_H

#include "daemon/delivery/stops.h"

#include <sys/types.h>

/* The process that traces one of these threads of process `pid`; 0: nobody does. */
pid_t debuggers_tracer(pid_t pid, const struct channel_threads *threads);
/* The tracer's parent, if it holds the other end of a pipe, socket or terminal of the tracer's: who
 * started a debug server and speaks with it. 0: there is none. */
pid_t debuggers_master(pid_t tracer);

#endif
