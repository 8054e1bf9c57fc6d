/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client has set: subscriptions, mutes, inversions, deadlines, miss mode. A mirror of what
 * the daemon knows, for the day it has to be told to another daemon.
 *
 * The mutes a client starts with are the daemon's. As long as the program only adds to them, only
 * what it added is kept; before it takes any away, all are fetched and the mirror is `complete`.
 * What an administrator takes away before that is kept as taken away.
 */
#ifndef SLUICE_LIBRARY_CLIENT_SETTINGS_H
#define SLUICE_LIBRARY_CLIENT_SETTINGS_H

#include "wire/control.h"

#include <stddef.h>

struct settings_mute;

struct settings {
	struct event_set subscriptions;
	struct settings_mute *mutes; /* a list */
	void *mute_tree; /* the same, to be found in: see tsearch(3) */
	_Bool complete; /* the mutes are all there are */
	_Bool cleared[2]; /* those a client starts with are not there: by executable, by target */
	_Bool inverted[CONTROL_MUTE_DIMENSION_LAST];
	__u32 miss_mode;
	__u32 deadlines[2][EVENT_LAST]; /* by enum control_deadline_bound, ms; 0: as it was */
};

void settings_done(struct settings *settings);

/* Applies one request that the daemon has accepted. 0 or -ENOMEM: then the mirror has not changed.
 */
int settings_mute(struct settings *settings, const struct control_mute *mute, const char *path);
/* The same for one that an administrator made for this client. */
int settings_told(struct settings *settings, const struct control_mute *mute, const char *path);
/* Takes in the list of CONTROL_MUTES: bytes[0..size). -EBADMSG: it makes no sense. */
int settings_take_mutes(struct settings *settings, const void *bytes, size_t size);
void settings_deadline(struct settings *settings, const struct control_deadline *deadline);

/*
 * Makes the requests that bring a new client to these settings, subscriptions last. `send` returns
 * 0 or negative errno; -ESRCH and -EINVAL (a process that is gone, a limit of another daemon) are
 * passed over, any other ends it and is returned.
 */
struct settings_sender {
	int (*send)(void *context, enum control_type type, const void *body, size_t body_size,
		    const char *path);
	void *context;
};
int settings_replay(const struct settings *settings, const struct settings_sender *sender);

#endif
