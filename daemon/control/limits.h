/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the control side lets grow, how far, and what happens there.
 */
#ifndef SLUICE_DAEMON_CONTROL_LIMITS_H
#define SLUICE_DAEMON_CONTROL_LIMITS_H

enum {
	/* Of all users together; one more is closed at once. */
	LIMIT_CONNECTIONS = 768,
	/* Of one user other than root; one more is told so at its hello and closed. */
	LIMIT_CONNECTIONS_OF_USER = 32,
	/* Of all users other than root, so that they never take root's places; told and closed. */
	LIMIT_CONNECTIONS_OF_USERS = 512,
	/* Clients without rights of their own; one more is ES_NEW_CLIENT_RESULT_ERR_TOO_MANY. */
	LIMIT_CLIENTS_OF_USER = 8,
	LIMIT_CLIENTS_OF_USERS = 64,
	/* Path and process mutes such a client may add until it clears them; one more is -ENOSPC.
	 */
	LIMIT_MUTES_OF_USER = 4096,
	/* Answers that wait for others (CONTROL_SYNC for the engine); one more is -EBUSY. */
	LIMIT_LATERS = 1024,
	/* Seconds one of them may take; then it is -ETIMEDOUT. */
	LIMIT_LATER_SECONDS = 30,
	/* Files in clients.d and bytes of one; what is more is left out, with a word in the log. */
	LIMIT_ENTRIES = 256,
	LIMIT_ENTRY_BYTES = 16 * 1024,
	/* Refusals, kills and losses that `esctl denials` can list; the oldest goes. */
	LIMIT_DENIALS = 1024,
};

#endif
