/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process trees that are muted (daemon/control/trees.h): which subtree of the engine's stands for
 * which client's tree. Owns the list; the engine marks the processes, the policy asks for the mark.
 */
#include "daemon/control/trees.h"

#include <errno.h>

static bool is_root(const struct muted_tree *tree, const struct record_token *token)
{
	__u32 version = token->words[RECORD_TOKEN_PIDVERSION];

	return tree->root.words[RECORD_TOKEN_PID] == token->words[RECORD_TOKEN_PID] &&
	       (version == 0 || tree->root.words[RECORD_TOKEN_PIDVERSION] == version);
}

static struct muted_tree *find(struct muted_trees *trees, uint64_t client_id,
			       const struct record_token *root)
{
	for (unsigned int place = 0; place < POLICY_TREES_MAX; place++) {
		struct muted_tree *tree = &trees->list[place];

		if (tree->client_id == client_id && is_root(tree, root))
			return tree;
	}
	return NULL;
}

static unsigned int subtree_of(const struct muted_trees *trees, const struct muted_tree *tree)
{
	return POLICY_CLIENTS_MAX + (unsigned int)(tree - trees->list);
}

static void end(struct server *server, struct muted_tree *tree)
{
	const struct server_options *options = &server->options;

	options->operations->subtree_remove(options->engine, subtree_of(&server->trees, tree));
	*tree = (struct muted_tree){.client_id = 0};
}

int trees_mute(struct server *server, uint64_t client_id, struct control_mute *mute)
{
	const struct server_options *options = &server->options;
	const struct record_token any = {{0}};
	struct muted_tree *tree = find(&server->trees, client_id, &mute->token);

	if (!tree) {
		tree = find(&server->trees, 0, &any);
		if (!tree)
			return -ENOSPC;
		tree->client_id = client_id;
		tree->root = mute->token;
		options->operations->subtree_add(options->engine, subtree_of(&server->trees, tree),
						 &mute->token);
	}
	event_set_merge(&tree->events, &mute->events);
	mute->subtree = subtree_of(&server->trees, tree);
	return 0;
}

int trees_find(struct server *server, uint64_t client_id, struct control_mute *mute)
{
	const struct muted_tree *tree = find(&server->trees, client_id, &mute->token);

	if (!tree)
		return -ENOENT;
	mute->subtree = subtree_of(&server->trees, tree);
	mute->token = tree->root;
	return 0;
}

void trees_unmute(struct server *server, const struct control_mute *mute)
{
	struct muted_tree *tree = &server->trees.list[mute->subtree - POLICY_CLIENTS_MAX];

	event_set_subtract(&tree->events, &mute->events);
	if (event_set_empty(&tree->events))
		end(server, tree);
}

void trees_forget(struct server *server, uint64_t client_id)
{
	for (unsigned int place = 0; place < POLICY_TREES_MAX; place++)
		if (server->trees.list[place].client_id == client_id)
			end(server, &server->trees.list[place]);
}
