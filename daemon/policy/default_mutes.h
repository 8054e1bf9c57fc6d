/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SLUICE_DAEMON_POLICY_DEFAULT_MUTES_H
#define SLUICE_DAEMON_POLICY_DEFAULT_MUTES_H

#include "wire/control.h"

#include <stddef.h>

/* The mutes a new client begins with: AUTH events only; NOTIFY events of these programs still
 * arrive. */
struct default_mute {
	enum control_mute_kind kind;
	const char *path;
};

extern const struct default_mute default_mutes[];
extern const size_t default_mute_count;

/* The events a default mute of this kind stands for. */
struct event_set default_mute_events(enum control_mute_kind kind);

#endif
