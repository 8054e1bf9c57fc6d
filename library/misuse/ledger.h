/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of living messages, kept while misuse is watched, and the thread that looks at their
 * deadlines. What is in message->trace is read and written under its lock.
 */
#ifndef SLUICE_LIBRARY_MISUSE_LEDGER_H
#define SLUICE_LIBRARY_MISUSE_LEDGER_H

#include "library/message/message.h"

void ledger_start(void);
void ledger_lock(void);
void ledger_unlock(void);
/* With the lock held: */
void ledger_add(struct message *message);
void ledger_remove(struct message *message);
/* How many messages of a client live; *ret_first is one of them. */
size_t ledger_count(uint64_t client, const struct message **ret_first);

#endif
