/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one client of the daemon's control protocol (wire/control.h): used by the library, esctl and
 * debugserver; linked in, never exported.
 *
 * A connection may be used from several threads: calls are serialised. Every call has a deadline.
 * After a timeout or a broken packet the connection is dead and every further call fails with
 * -ECONNRESET.
 */
#ifndef SLUICE_CONTROL_CONTROL_H
#define SLUICE_CONTROL_CONTROL_H

#include "base/cleanup.h"
#include "wire/control.h"

#include <stddef.h>
#include <stdint.h>

struct control;

struct control_request {
	enum control_type type;
	const void *body;
	size_t body_size;
	const void *extra; /* follows the body: a path */
	size_t extra_size;
	int descriptor; /* sent along; -1: none */
};

/* Zero before the call; control_answer_done after it closes the descriptors. */
struct control_answer {
	int result; /* the daemon's: 0, negative errno, positive outcome */
	size_t size;
	_Alignas(8) unsigned char body[CONTROL_PACKET_MAX];
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	unsigned int descriptor_count;
};
void control_answer_done(struct control_answer *answer);

/*
 * Connects and says hello. path NULL: $ENDPOINTSECURITY_SOCKET (not in set-user-ID programs), else
 * CONTROL_SOCKET_PATH. 0; -ENOENT, -ECONNREFUSED: no daemon; -EPROTONOSUPPORT: a daemon of another
 * version; other errno.
 */
int control_open(struct control **ret_control, const char *path, enum control_role role,
		 uint64_t deadline_ns);
/* The same over a descriptor that is connected already; it is control's on success. */
int control_adopt(struct control **ret_control, int descriptor, enum control_role role,
		  uint64_t deadline_ns);
/* A further connection to the same daemon, through CONTROL_CONNECT. */
int control_open_further(struct control **ret_control, struct control *control,
			 enum control_role role, uint64_t deadline_ns);
struct control *control_free(struct control *control);
DEFINE_OWNED(struct control, control_free)

/*
 * One request, one answer. 0 when an answer came (its result may still be an error), negative errno
 * when none did. text, if not NULL, gets the daemon's words on a result that is not 0 (empty if it
 * said nothing).
 */
int control_call(struct control *control, const struct control_request *request,
		 struct control_answer *answer, char text[CONTROL_TEXT_MAX], uint64_t deadline_ns);

/* An administrator's change of the client's mutes. */
struct control_unasked {
	struct control_unasked *next;
	struct control_mute mute;
	char path[];
};

/*
 * The oldest that the daemon has told unasked and that was not taken yet, also over a connection
 * that is dead by now. The caller's, from malloc. NULL: there is none.
 */
struct control_unasked *control_take_unasked(struct control *control);

/* For poll(2): hung up when the daemon is gone. Stays control's. */
int control_descriptor(const struct control *control);
const struct control_hello_answer *control_daemon(const struct control *control);

#endif
