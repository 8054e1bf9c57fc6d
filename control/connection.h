/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection as control's own files see it.
 */
#ifndef SLUICE_CONTROL_CONNECTION_H
#define SLUICE_CONTROL_CONNECTION_H

#include "control/control.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

struct control {
	pthread_mutex_t lock; /* guards all below but for what never changes */
	int descriptor; /* never changes */
	pid_t owner; /* never changes; a fork's child must not speak here */
	struct control_hello_answer daemon; /* never changes once open */
	bool dead;
	uint32_t serial; /* never 0: that is what was not asked for */
	struct control_unasked *unasked; /* oldest first */
	unsigned int unasked_count;
	_Alignas(8) unsigned char buffer[CONTROL_PACKET_MAX]; /* the packet on its way out or in */
};

#endif
