/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line about one misuse, once for each place.
 */
#ifndef SLUICE_LIBRARY_MISUSE_TELL_H
#define SLUICE_LIBRARY_MISUSE_TELL_H

#include "library/message/message.h"

enum misuse {
	MISUSE_DELETED_CLIENT,
	MISUSE_FORKED_CLIENT,
	MISUSE_DEAD_MESSAGE,
	MISUSE_DELETE_IN_HANDLER,
	MISUSE_DELETE_CONCURRENT,
	MISUSE_DELETE_BLOCKED,
	MISUSE_RETAIN_LEAK,
	MISUSE_SYNC_IN_HANDLER,
	MISUSE_MUTE_AFTER_SUBSCRIBE,
	MISUSE_INVERT_AFTER_SUBSCRIBE,
	MISUSE_OWN_EVENTS,
	MISUSE_UNANSWERED_RETURN,
	MISUSE_UNANSWERED_END,
	MISUSE_UNANSWERED_DEADLINE,
	MISUSE_SLOW_HANDLER,
	MISUSE_NARROW_CACHE,
	MISUSE_ANSWERED_TWICE,
	MISUSE_RESPOND_FAILED,
	MISUSE_LAST,
};

/* Writes the line unless this misuse was told of this place before. `message` may be NULL. */
__attribute__((format(printf, 4, 5))) void misuse_tell(enum misuse misuse, const void *place,
						       const struct message *message,
						       const char *format, ...);

#endif
