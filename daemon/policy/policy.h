/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one client wants to hear of: its subscriptions, its mutes, their inversion.
 *
 * control/ edits a policy, delivery/ asks it about every event. Pure look-ups: no I/O, no locks of
 * its own (delivery's lock guards it). A look-up costs the length of the path, however many mutes
 * there are.
 *
 * Paths compare as the real paths the kernel gives. A path seen from another mount namespace
 * (foreign) matches nothing: anyone can mount a file over a trusted name there. The programs of the
 * default set are not to be borrowed: unless the dimension is inverted, a mute by the name of one
 * counts only where it is run by root or its own user (daemon/policy/default_mutes.h).
 *
 * Hard mutes (daemon/policy/hard.h) come before all of it.
 */
#ifndef SLUICE_DAEMON_POLICY_POLICY_H
#define SLUICE_DAEMON_POLICY_POLICY_H

#include "base/cleanup.h"
#include "wire/control.h"
#include "wire/events.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	POLICY_CLIENTS_MAX = 192, /* client indexes run below this; one more client is refused */
	POLICY_MUTES_MAX = 262144, /* entries of one client; one more is -ENOSPC */
	POLICY_TREES_MAX =
		64, /* process trees muted at a time, of all clients; one more is -ENOSPC */
	POLICY_DEBUGGERS = POLICY_CLIENTS_MAX + POLICY_TREES_MAX,
	POLICY_SUBTREES_MAX = POLICY_DEBUGGERS + POLICY_CLIENTS_MAX,
};

/*
 * Whose subtrees a process is in: the indexes of descendants clients, from POLICY_CLIENTS_MAX on
 * those of muted trees, and from POLICY_DEBUGGERS on those of clients, of whose debuggers it is.
 */
struct subtree_set {
	uint64_t words[POLICY_SUBTREES_MAX / 64];
};

static inline bool subtree_set_has(const struct subtree_set *set, unsigned int index)
{
	return set->words[index / 64] >> (index % 64) & 1;
}

/* A file as far as muting looks at it. The path stays the caller's. */
struct policy_file {
	const char *path; /* NUL-terminated; NULL where unknown: matches nothing */
	size_t path_length;
	bool foreign;
};

/* A process as submitter or instigator of an event. */
struct policy_subject {
	const struct record_token *token; /* keyed by pid and pidversion */
	struct policy_file executable;
	const char *cgroup; /* NULL: not known, and then no cgroup mutes it */
	size_t cgroup_length;
	struct subtree_set subtrees;
};

struct policy_question {
	unsigned int event;
	const struct policy_subject *subject;
	const struct policy_subject *instigator; /* NULL: no such role in this event */
	const struct policy_file *targets;
	unsigned int target_count;
};

struct policy;

/*
 * index: of the client, for descendants clients' subtrees. The default mute set is in it.
 * The caller owns *ret_policy. 0 or -ENOMEM.
 */
int policy_new(struct policy **ret_policy, unsigned int index, enum control_client_kind kind);
/* NULL is fine. Returns NULL. */
struct policy *policy_free(struct policy *policy);
DEFINE_OWNED(struct policy, policy_free)

struct event_set policy_subscriptions(const struct policy *policy);
void policy_subscribe(struct policy *policy, const struct event_set *events);
void policy_unsubscribe(struct policy *policy, const struct event_set *events);

/*
 * Adds, removes or clears mutes, or inverts a dimension, as `mute` says; path has mute->path_length
 * bytes. Exact set arithmetic on (kind, key, event). 0, -EINVAL, -ENOSPC, -ENOMEM.
 */
int policy_mute(struct policy *policy, const struct control_mute *mute, const char *path);
bool policy_inverted(const struct policy *policy, enum control_mute_dimension dimension);
/* The process is gone: its mutes vanish. */
void policy_forget_process(struct policy *policy, const struct record_token *token);
size_t policy_mute_count(const struct policy *policy);

/*
 * What clearing left behind: nobody looks at it any more, and to free it takes as long as it is
 * long. So it is the caller's to free where nobody waits. NULL: nothing.
 */
struct policy_remains;
struct policy_remains *policy_take_remains(struct policy *policy);
struct policy_remains *policy_remains_free(struct policy_remains *remains);

/* Where a walk over the mutes stands. Zero-initialised: before the first. */
struct policy_walk {
	uint32_t kind; /* enum control_mute_kind */
	uint64_t place;
};
enum policy_walk_outcome {
	POLICY_WALK_END,
	POLICY_WALK_MUTE, /* the step met a mute */
	POLICY_WALK_ON, /* it met none */
};
/*
 * One step on. The entry and its path are valid until the policy changes; it may change between
 * steps: what is there during the whole walk is met once, the rest once or not at all.
 */
enum policy_walk_outcome policy_walk(const struct policy *policy, struct policy_walk *walk,
				     struct control_mute_entry *ret_entry, const char **ret_path);

/* Does the answer to policy_delivers depend on the target paths? If not, they need not be known. */
bool policy_needs_targets(const struct policy *policy, unsigned int event);
/* Is the client to hear of this event? The full order: subscribed, process, path, target path. */
bool policy_delivers(const struct policy *policy, const struct policy_question *question);

#endif
