/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that waits for the system's events. */
#ifndef SLUICE_COMPAT_DISPATCH_MANAGER_H
#define SLUICE_COMPAT_DISPATCH_MANAGER_H

#include <stdint.h>

/* A descriptor that is watched. The storage is the caller's, until manager_unwatch has returned. */
struct watcher {
	/*
	 * Called on the manager's thread, with its lock held: short, and no manager_ function in
	 * it.
	 */
	void (*ready)(struct watcher *watcher);
	int fd;
	uint32_t events; /* epoll's; with EPOLLONESHOT, ready once and again after manager_rearm */
};

/* Begins to watch. 0, or a negative errno: what epoll_ctl says of the descriptor. */
int manager_watch(struct watcher *watcher);
void manager_rearm(struct watcher *watcher);
/* `ready` is not running when this returns, and will not be called again. */
void manager_unwatch(struct watcher *watcher);

#endif
