/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks the subtree of a descendants client: its process and all that descend from it by now. Those
 * that come later inherit the mark at fork, and keep it when their parent ends.
 */
#include "daemon/engine/fanotify/subtree.h"
#include "daemon/engine/fanotify/state.h"

struct marking {
	struct process_table *table;
	unsigned int index;
	bool changed;
};

static bool has(const struct process *process, unsigned int index)
{
	return process->subtrees.words[index / 64] >> (index % 64) & 1;
}

static void set(struct process *process, unsigned int index, bool in)
{
	uint64_t bit = UINT64_C(1) << (index % 64);

	if (in)
		process->subtrees.words[index / 64] |= bit;
	else
		process->subtrees.words[index / 64] &= ~bit;
}

static void inherit(void *context, struct process *process)
{
	struct marking *marking = context;
	struct process *parent = process_table_find(marking->table, process->parent_pid);

	if (has(process, marking->index) || !parent || !has(parent, marking->index))
		return;
	set(process, marking->index, true);
	marking->changed = true;
}

static void clear(void *context, struct process *process)
{
	struct marking *marking = context;

	set(process, marking->index, false);
}

void subtree_add(struct engine *engine, unsigned int client_index, const struct record_token *root)
{
	struct process *process;
	struct marking marking = {.index = client_index};

	tracking_lock(engine->tracking);
	tracking_drain(engine->tracking, false);
	marking.table = tracking_table(engine->tracking);
	process = process_table_exact(marking.table, root);
	if (process)
		set(process, client_index, true);
	/* A round for each generation that is there. */
	do {
		marking.changed = false;
		process_table_each(marking.table, inherit, &marking);
	} while (marking.changed);
	tracking_unlock(engine->tracking);
}

void subtree_remove(struct engine *engine, unsigned int client_index)
{
	struct marking marking = {.index = client_index};

	tracking_lock(engine->tracking);
	process_table_each(tracking_table(engine->tracking), clear, &marking);
	tracking_unlock(engine->tracking);
}

bool subtree_has(struct engine *engine, unsigned int client_index, const struct record_token *token)
{
	struct process *process;
	bool result;

	tracking_lock(engine->tracking);
	tracking_drain(engine->tracking, false);
	process = process_table_exact(tracking_table(engine->tracking), token);
	result = process && has(process, client_index);
	tracking_unlock(engine->tracking);
	return result;
}
