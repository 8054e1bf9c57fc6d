/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fanotify merges what one process does to one file; here it is taken apart again.
 *
 * Pure.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_SPLIT_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_SPLIT_H

#include <stddef.h>
#include <stdint.h>

enum { SPLIT_MAX = 10 };

/*
 * The single events of a merged mask, in the order a program does such things: it creates before it
 * opens, and deletes last. Returns how many.
 */
size_t split_mask(uint64_t mask, uint64_t ret_events[SPLIT_MAX]);

#endif
