/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's process connector: forks, execs, exits and changes of identity, told in order and
 * queued before the system call that caused them returns.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_CONNECTOR_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_CONNECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum connector_kind {
	CONNECTOR_OTHER, /* nothing the engine needs */
	CONNECTOR_FORK,
	CONNECTOR_EXEC,
	CONNECTOR_UID,
	CONNECTOR_GID,
	CONNECTOR_SID,
	CONNECTOR_PTRACE,
	CONNECTOR_COREDUMP,
	CONNECTOR_EXIT,
	CONNECTOR_LAST,
};

struct connector_event {
	enum connector_kind kind;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	pid_t tid; /* who acted; FORK: whose child it is; PTRACE: who is traced */
	pid_t pid;
	pid_t other_tid; /* FORK: the new task; PTRACE: the tracer, 0 when it lets go */
	pid_t other_pid;
	uint32_t real; /* UID, GID */
	uint32_t effective;
	uint32_t status; /* EXIT: as wait(2) gives it */
};

/*
 * A socket that is told of every event from now on. The kernel's acknowledgement is awaited until
 * the deadline. -EPERM: not in the initial namespaces, or without CAP_NET_ADMIN; -errno.
 */
int connector_open(uint64_t deadline_ns, int *ret_socket);

/* One datagram of the kernel's. 0, or -EBADMSG with *ret_event untouched. */
int connector_parse(const void *bytes, size_t size, struct connector_event *ret_event);

/*
 * Takes in what is queued and calls `each` for every event, in order. Does not wait. 0, or
 * -ENOBUFS: events were lost before the next ones.
 */
int connector_drain(int socket, void (*each)(void *context, const struct connector_event *event),
		    void *context);

#endif
