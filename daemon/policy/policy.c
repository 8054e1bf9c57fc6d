/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client's policy (policy.h): owns its subscriptions and mutes, hands on one yes or no for an
 * event.
 *
 * The order is EndpointSecurity's, behind the hard mutes: subscribed? Then the process dimension by
 * votes of submitter and instigator, then the executable's path, then, for events that have them,
 * the target paths. Each dimension is inverted on its own first.
 */
#include "daemon/policy/policy.h"

#include "daemon/policy/default_mutes.h"
#include "daemon/policy/hard.h"
#include "daemon/policy/paths.h"
#include "daemon/policy/processes.h"

#include <errno.h>
#include <string.h>

enum { PATH_KINDS = CONTROL_MUTE_TARGET_LITERAL + 1 };
_Static_assert((int)CONTROL_MUTE_PROCESS == (int)PATH_KINDS,
	       "a walk goes from the paths to the processes");

struct policy_remains {
	struct path_set paths[PATH_KINDS];
};

struct policy {
	unsigned int index;
	enum control_client_kind kind;
	struct event_set subscriptions;
	struct process_set processes;
	struct path_set paths[PATH_KINDS]; /* by enum control_mute_kind */
	struct hard_mutes hard;
	bool inverted[CONTROL_MUTE_DIMENSION_LAST];
	size_t count; /* entries, all kinds */
	struct event_set target_events; /* some target mute has had this event: an upper bound */
	struct policy_remains *remains; /* NULL: none */
};

static bool is_target_kind(uint32_t kind)
{
	return kind == CONTROL_MUTE_TARGET_PREFIX || kind == CONTROL_MUTE_TARGET_LITERAL;
}

static int mute_by_default(struct policy *policy)
{
	for (size_t i = 0; i < default_mute_count; i++) {
		const struct default_mute *mute = &default_mutes[i];
		struct event_set events = default_mute_events(mute->kind);
		int added = path_set_add(&policy->paths[mute->kind], mute->path, strlen(mute->path),
					 &events);

		if (added < 0)
			return added;
		policy->count += (size_t)added;
		if (is_target_kind(mute->kind))
			event_set_merge(&policy->target_events, &events);
	}
	return 0;
}

int policy_new(struct policy **ret_policy, unsigned int index, enum control_client_kind kind)
{
	OWNED(policy_free) struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return -ENOMEM;
	policy->index = index;
	policy->kind = kind;
	if (mute_by_default(policy) < 0)
		return -ENOMEM;
	*ret_policy = TAKE(policy);
	return 0;
}

struct policy *policy_free(struct policy *policy)
{
	if (!policy)
		return NULL;
	process_set_done(&policy->processes);
	hard_mutes_done(&policy->hard);
	policy_remains_free(policy->remains);
	for (int kind = 0; kind < PATH_KINDS; kind++)
		path_set_done(&policy->paths[kind]);
	free(policy);
	return NULL;
}

struct event_set policy_subscriptions(const struct policy *policy)
{
	return policy->subscriptions;
}

void policy_subscribe(struct policy *policy, const struct event_set *events)
{
	event_set_merge(&policy->subscriptions, events);
}

void policy_unsubscribe(struct policy *policy, const struct event_set *events)
{
	event_set_subtract(&policy->subscriptions, events);
}

bool policy_inverted(const struct policy *policy, enum control_mute_dimension dimension)
{
	return policy->inverted[dimension];
}

size_t policy_mute_count(const struct policy *policy)
{
	return policy->count;
}

void policy_forget_process(struct policy *policy, const struct record_token *token)
{
	policy->count -= process_set_count(&policy->processes);
	process_set_forget(&policy->processes, token);
	policy->count += process_set_count(&policy->processes);
}

/* Events without target paths are skipped; only if none is left it is an error. */
static int supported_events(const struct control_mute *mute, struct event_set *ret_events)
{
	*ret_events = mute->events;
	if (!is_target_kind(mute->kind))
		return 0;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		if (event_describe(event)->targets == 0)
			event_set_remove(ret_events, event);
	}
	return event_set_empty(ret_events) && !event_set_empty(&mute->events) ? -EINVAL : 0;
}

static int mute_add(struct policy *policy, const struct control_mute *mute, const char *path)
{
	struct event_set events;
	int added = supported_events(mute, &events);

	if (added < 0)
		return added;
	if (event_set_empty(&events))
		return 0;
	if (policy->count >= POLICY_MUTES_MAX)
		return -ENOSPC;
	if (hard_mutes_kind(mute->kind))
		added = hard_mutes_add(&policy->hard, mute, path);
	else if (mute->kind == CONTROL_MUTE_PROCESS)
		added = process_set_add(&policy->processes, &mute->token, &events);
	else
		added = path_set_add(&policy->paths[mute->kind], path, mute->path_length, &events);
	if (added < 0)
		return added;
	policy->count += (size_t)added;
	if (is_target_kind(mute->kind))
		event_set_merge(&policy->target_events, &events);
	return 0;
}

static size_t count_all(const struct policy *policy)
{
	size_t count = process_set_count(&policy->processes) + hard_mutes_count(&policy->hard);

	for (int kind = 0; kind < PATH_KINDS; kind++)
		count += path_set_count(&policy->paths[kind]);
	return count;
}

static int mute_remove(struct policy *policy, const struct control_mute *mute, const char *path)
{
	struct event_set events;
	int error = supported_events(mute, &events);

	if (error)
		return error;
	if (hard_mutes_kind(mute->kind))
		hard_mutes_remove(&policy->hard, mute, path);
	else if (mute->kind == CONTROL_MUTE_PROCESS)
		process_set_remove(&policy->processes, &mute->token, &events);
	else
		path_set_remove(&policy->paths[mute->kind], path, mute->path_length, &events);
	policy->count = count_all(policy);
	return 0;
}

static int mute_clear(struct policy *policy, const struct control_mute *mute, const char *path)
{
	struct policy_remains *remains;

	(void)path;
	if (mute->kind >= CONTROL_MUTE_PROCESS)
		return -EINVAL;
	remains = calloc(1, sizeof(*remains));
	if (!remains)
		return -ENOMEM;
	for (uint32_t kind = 0; kind < PATH_KINDS; kind++) {
		if (is_target_kind(kind) != is_target_kind(mute->kind))
			continue;
		remains->paths[kind] = policy->paths[kind];
		policy->paths[kind] = (struct path_set){.length_count = 0};
	}
	if (is_target_kind(mute->kind))
		policy->target_events = (struct event_set){{0}};
	policy->count = count_all(policy);
	policy_remains_free(policy->remains);
	policy->remains = remains;
	return 0;
}

struct policy_remains *policy_take_remains(struct policy *policy)
{
	return TAKE(policy->remains);
}

struct policy_remains *policy_remains_free(struct policy_remains *remains)
{
	for (int kind = 0; remains && kind < PATH_KINDS; kind++)
		path_set_done(&remains->paths[kind]);
	free(remains);
	return NULL;
}

static int mute_invert(struct policy *policy, const struct control_mute *mute, const char *path)
{
	(void)path;
	if (mute->kind >= CONTROL_MUTE_DIMENSION_LAST)
		return -EINVAL;
	policy->inverted[mute->kind] = !policy->inverted[mute->kind];
	return 0;
}

int policy_mute(struct policy *policy, const struct control_mute *mute, const char *path)
{
	static int (*const operations[])(struct policy *, const struct control_mute *,
					 const char *) = {
		[CONTROL_MUTE_ADD] = mute_add,
		[CONTROL_MUTE_REMOVE] = mute_remove,
		[CONTROL_MUTE_CLEAR] = mute_clear,
		[CONTROL_MUTE_INVERT] = mute_invert,
	};

	if (mute->operation >= sizeof(operations) / sizeof(operations[0]) ||
	    mute->kind >= CONTROL_MUTE_KIND_LAST || mute->path_length >= RECORD_PATH_MAX)
		return -EINVAL;
	return operations[mute->operation](policy, mute, path);
}

static enum policy_walk_outcome walk_processes(const struct policy *policy,
					       struct policy_walk *walk,
					       struct control_mute_entry *ret_entry,
					       const char **ret_path)
{
	const struct process_entry *entry;

	if (!process_set_step(&policy->processes, &walk->place, &entry))
		return POLICY_WALK_END;
	if (!entry)
		return POLICY_WALK_ON;
	*ret_entry = (struct control_mute_entry){
		.size = sizeof(*ret_entry),
		.kind = CONTROL_MUTE_PROCESS,
		.events = entry->events,
		.token = entry->token,
	};
	*ret_path = "";
	return POLICY_WALK_MUTE;
}

static enum policy_walk_outcome walk_paths(const struct path_set *set, struct policy_walk *walk,
					   struct control_mute_entry *ret_entry,
					   const char **ret_path)
{
	const struct path_entry *entry;
	size_t length;

	if (!path_set_step(set, &walk->place, &entry))
		return POLICY_WALK_END;
	if (!entry)
		return POLICY_WALK_ON;
	length = entry->path_length;
	*ret_entry = (struct control_mute_entry){
		.size = (uint32_t)(sizeof(*ret_entry) + ((length + 7) & ~(size_t)7)),
		.kind = walk->kind,
		.events = entry->events,
		.path_length = (uint32_t)length,
	};
	*ret_path = entry->path;
	return POLICY_WALK_MUTE;
}

static enum policy_walk_outcome walk_trees(const struct policy *policy, struct policy_walk *walk,
					   struct control_mute_entry *ret_entry,
					   const char **ret_path)
{
	const struct hard_tree *tree;

	if (walk->place >= policy->hard.tree_count)
		return POLICY_WALK_END;
	tree = &policy->hard.trees[walk->place++];
	*ret_entry = (struct control_mute_entry){
		.size = sizeof(*ret_entry),
		.kind = CONTROL_MUTE_TREE,
		.events = tree->events,
		.token = tree->root,
	};
	*ret_path = "";
	return POLICY_WALK_MUTE;
}

enum policy_walk_outcome policy_walk(const struct policy *policy, struct policy_walk *walk,
				     struct control_mute_entry *ret_entry, const char **ret_path)
{
	enum policy_walk_outcome outcome = POLICY_WALK_END;

	if (walk->kind < PATH_KINDS)
		outcome = walk_paths(&policy->paths[walk->kind], walk, ret_entry, ret_path);
	else if (walk->kind == CONTROL_MUTE_PROCESS)
		outcome = walk_processes(policy, walk, ret_entry, ret_path);
	else if (walk->kind == CONTROL_MUTE_CGROUP)
		outcome = walk_paths(&policy->hard.cgroups, walk, ret_entry, ret_path);
	else if (walk->kind == CONTROL_MUTE_TREE)
		outcome = walk_trees(policy, walk, ret_entry, ret_path);
	if (outcome != POLICY_WALK_END || walk->kind >= CONTROL_MUTE_KIND_LAST)
		return outcome;
	walk->kind++;
	walk->place = 0;
	return POLICY_WALK_ON;
}

enum vote { VOTE_ABSTAIN, VOTE_DELIVER, VOTE_SUPPRESS };

static enum vote process_vote(const struct policy *policy, const struct policy_subject *subject,
			      unsigned int event)
{
	bool muted;

	if (!subject)
		return VOTE_ABSTAIN;
	if (policy->kind == CONTROL_CLIENT_DESCENDANTS &&
	    !subtree_set_has(&subject->subtrees, policy->index))
		return VOTE_ABSTAIN;
	muted = process_set_has(&policy->processes, subject->token, event);
	return muted == policy->inverted[CONTROL_MUTE_DIMENSION_PROCESS] ? VOTE_DELIVER
									 : VOTE_SUPPRESS;
}

static bool processes_deliver(const struct policy *policy, const struct policy_question *question)
{
	enum vote submitter = process_vote(policy, question->subject, question->event);
	enum vote instigator = process_vote(policy, question->instigator, question->event);

	if (submitter == VOTE_SUPPRESS || instigator == VOTE_SUPPRESS)
		return false;
	return submitter == VOTE_DELIVER || instigator == VOTE_DELIVER;
}

/* How a path is looked up: that of the executable, or of a target. */
struct path_kinds {
	enum control_mute_dimension dimension;
	enum control_mute_kind prefix;
	enum control_mute_kind literal;
};
static const struct path_kinds executable_kinds = {CONTROL_MUTE_DIMENSION_PATH, CONTROL_MUTE_PREFIX,
						   CONTROL_MUTE_LITERAL};
static const struct path_kinds target_kinds = {CONTROL_MUTE_DIMENSION_TARGET_PATH,
					       CONTROL_MUTE_TARGET_PREFIX,
					       CONTROL_MUTE_TARGET_LITERAL};

static bool path_muted(const struct policy *policy, const struct policy_question *question,
		       const struct policy_file *file, const struct path_kinds *kinds)
{
	unsigned int event = question->event;

	if (!file->path || file->foreign)
		return false;
	if (path_set_has_literal(&policy->paths[kinds->literal], file->path, file->path_length,
				 event) &&
	    (policy->inverted[kinds->dimension] ||
	     default_mute_trusts(question->subject->token, kinds->literal, file->path, event)))
		return true;
	return path_set_has_prefix(&policy->paths[kinds->prefix], file->path, file->path_length,
				   event);
}

static bool targets_deliver(const struct policy *policy, const struct policy_question *question)
{
	unsigned int muted = 0;

	if (event_describe(question->event)->targets == 0)
		return true;
	for (unsigned int i = 0; i < question->target_count; i++)
		muted += path_muted(policy, question, &question->targets[i], &target_kinds);
	if (policy->inverted[CONTROL_MUTE_DIMENSION_TARGET_PATH])
		return muted > 0;
	return muted == 0 || muted < question->target_count;
}

bool policy_needs_targets(const struct policy *policy, unsigned int event)
{
	return policy->inverted[CONTROL_MUTE_DIMENSION_TARGET_PATH] ||
	       event_set_has(&policy->target_events, event);
}

bool policy_delivers(const struct policy *policy, const struct policy_question *question)
{
	bool executable_muted;

	if (!event_set_has(&policy->subscriptions, question->event))
		return false;
	if (hard_mutes_have(&policy->hard, question->subject, question->event) ||
	    hard_mutes_have(&policy->hard, question->instigator, question->event))
		return false;
	if (!processes_deliver(policy, question))
		return false;
	executable_muted = path_muted(policy, question, &question->subject->executable,
				      &executable_kinds);
	if (executable_muted != policy->inverted[CONTROL_MUTE_DIMENSION_PATH])
		return false;
	return targets_deliver(policy, question);
}
