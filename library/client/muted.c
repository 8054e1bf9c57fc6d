/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing mutes: es_muted_processes, es_muted_processes_events, es_muted_paths_events. The daemon's
 * list is copied and checked, then counted, then written into one block that the caller gives back;
 * two passes over the same code, of which the first only counts.
 */
#include "library/client/muted.h"
#include "library/client/failure.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MUTED_SIZE_MAX = 256 * 1024 * 1024 }; /* more is no list of mutes */

/* A copy: what is in the memfd could change. */
static int copy_list(int descriptor, uint64_t size, struct muted *ret_muted)
{
	OWNED_MEMORY unsigned char *bytes = NULL;
	uint64_t there = 0;

	if (size > MUTED_SIZE_MAX)
		return -EBADMSG;
	bytes = malloc(size ? size : 1);
	if (!bytes)
		return -ENOMEM;
	while (there < size) {
		ssize_t count = pread(descriptor, bytes + there, size - there, (off_t)there);

		if (count <= 0)
			return count < 0 ? -errno : -EBADMSG;
		there += (uint64_t)count;
	}
	ret_muted->bytes = TAKE(bytes);
	ret_muted->size = size;
	return 0;
}

int muted_fetch(es_client_t *client, const char *function, struct muted *ret_muted)
{
	const struct control_client_id self = {0};
	struct control_list list = {0};
	OWNED_DESCRIPTOR int descriptor = -1;
	const struct client_request request = {
		.function = function,
		.type = CONTROL_MUTES,
		.body = &self,
		.body_size = sizeof(self),
		.ret_body = &list,
		.ret_size = sizeof(list),
		.ret_descriptor = &descriptor,
	};
	int result;

	result = client_call(client, &request);
	if (result)
		return result;
	result = copy_list(descriptor, list.size, ret_muted);
	if (result)
		failure_set("%s: the daemon's list of mutes cannot be read: %s.", function,
			    strerrordesc_np(-result));
	return result;
}

static int fetch(es_client_t *client, const char *function, const void *caller,
		 struct muted *ret_muted)
{
	int result;

	if (!client_enter(client, function, caller))
		return -EINVAL;
	result = muted_fetch(client, function, ret_muted);
	client_leave(client);
	return result;
}

/* The entry at *place, which is moved on; NULL at the end, or where the list makes no sense. */
static const struct control_mute_entry *next_entry(const struct muted *muted, size_t *place)
{
	const struct control_mute_entry *entry =
		(const void *)((const unsigned char *)muted->bytes + *place);

	if (muted->size - *place < sizeof(*entry) || entry->size < sizeof(*entry) ||
	    entry->size % 8 || entry->size > muted->size - *place ||
	    entry->path_length > entry->size - sizeof(*entry))
		return NULL;
	*place += entry->size;
	return entry;
}

static size_t count_events(const struct event_set *set)
{
	size_t count = 0;

	for (int word = 0; word < EVENT_SET_WORDS; word++)
		count += (size_t)__builtin_popcountll(set->words[word]);
	return count;
}

static size_t fill_events(es_event_type_t *events, const struct event_set *set)
{
	size_t count = 0;

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		if (event_set_has(set, event))
			events[count++] = (es_event_type_t)event;
	return count;
}

/* How much of each a block needs. */
struct measure {
	size_t entries;
	size_t events;
	size_t text;
};

static struct measure measure(const struct muted *muted, _Bool processes)
{
	struct measure measured = {0};
	const struct control_mute_entry *entry;
	size_t place = 0;

	while ((entry = next_entry(muted, &place))) {
		if (entry->kind > CONTROL_MUTE_PROCESS || /* hard mutes are not the API's */
		    (entry->kind == CONTROL_MUTE_PROCESS) != processes)
			continue;
		measured.entries++;
		measured.events += count_events(&entry->events);
		measured.text += entry->path_length + 1;
	}
	return measured;
}

/* ---- Processes
 * ----------------------------------------------------------------------------------- */

es_return_t es_muted_processes_events(es_client_t *client, es_muted_processes_t **muted_processes)
{
	OWNED(muted_done) struct muted muted = {0};
	const struct control_mute_entry *entry;
	struct measure measured;
	es_muted_processes_t *list;
	es_muted_process_t *process;
	es_event_type_t *events;
	size_t place = 0;

	if (!muted_processes) {
		failure_set("es_muted_processes_events: no place for the answer was given.");
		return ES_RETURN_ERROR;
	}
	if (fetch(client, "es_muted_processes_events", __builtin_return_address(0), &muted))
		return ES_RETURN_ERROR;
	measured = measure(&muted, 1);
	list = malloc(sizeof(*list) + measured.entries * sizeof(*process) +
		      measured.events * sizeof(*events));
	if (!list) {
		failure_set("es_muted_processes_events: no memory.");
		return ES_RETURN_ERROR;
	}
	process = (es_muted_process_t *)(list + 1);
	events = (es_event_type_t *)(process + measured.entries);
	list->count = measured.entries;
	list->processes = process;
	while ((entry = next_entry(&muted, &place))) {
		if (entry->kind != CONTROL_MUTE_PROCESS)
			continue;
		memcpy(&process->audit_token, &entry->token, sizeof(process->audit_token));
		process->events = events;
		process->event_count = fill_events(events, &entry->events);
		events += process++->event_count;
	}
	*muted_processes = list;
	return ES_RETURN_SUCCESS;
}

void es_release_muted_processes(es_muted_processes_t *muted_processes)
{
	free(muted_processes);
}

es_return_t es_muted_processes(es_client_t *client, size_t *count, audit_token_t **audit_tokens)
{
	OWNED(muted_done) struct muted muted = {0};
	const struct control_mute_entry *entry;
	audit_token_t *list = NULL;
	struct measure measured;
	size_t place = 0;
	size_t found = 0;

	if (!count || !audit_tokens) {
		failure_set("es_muted_processes: no place for the answer was given.");
		return ES_RETURN_ERROR;
	}
	if (fetch(client, "es_muted_processes", __builtin_return_address(0), &muted))
		return ES_RETURN_ERROR;
	measured = measure(&muted, 1);
	if (measured.entries) {
		list = malloc(measured.entries * sizeof(*list));
		if (!list) {
			failure_set("es_muted_processes: no memory.");
			return ES_RETURN_ERROR;
		}
		while ((entry = next_entry(&muted, &place)))
			if (entry->kind == CONTROL_MUTE_PROCESS)
				memcpy(&list[found++], &entry->token, sizeof(*list));
	}
	*count = found;
	*audit_tokens = list;
	return ES_RETURN_SUCCESS;
}

/* ---- Paths
 * --------------------------------------------------------------------------------------- */

static void fill_paths(const struct muted *muted, es_muted_path_t *path, es_event_type_t *events,
		       char *text)
{
	const struct control_mute_entry *entry;
	size_t place = 0;

	while ((entry = next_entry(muted, &place))) {
		if (entry->kind >= CONTROL_MUTE_PROCESS)
			continue;
		path->type = (es_mute_path_type_t)entry->kind;
		path->events = events;
		path->event_count = fill_events(events, &entry->events);
		path->path.data = text;
		path->path.length = entry->path_length;
		memcpy(text, entry + 1, entry->path_length);
		text[entry->path_length] = '\0';
		text += entry->path_length + 1;
		events += path++->event_count;
	}
}

es_return_t es_muted_paths_events(es_client_t *client, es_muted_paths_t **muted_paths)
{
	OWNED(muted_done) struct muted muted = {0};
	struct measure measured;
	es_muted_paths_t *list;
	es_muted_path_t *paths;
	es_event_type_t *events;

	if (!muted_paths) {
		failure_set("es_muted_paths_events: no place for the answer was given.");
		return ES_RETURN_ERROR;
	}
	if (fetch(client, "es_muted_paths_events", __builtin_return_address(0), &muted))
		return ES_RETURN_ERROR;
	measured = measure(&muted, 0);
	list = malloc(sizeof(*list) + measured.entries * sizeof(*paths) +
		      measured.events * sizeof(*events) + measured.text);
	if (!list) {
		failure_set("es_muted_paths_events: no memory.");
		return ES_RETURN_ERROR;
	}
	paths = (es_muted_path_t *)(list + 1);
	events = (es_event_type_t *)(paths + measured.entries);
	list->count = measured.entries;
	list->paths = paths;
	fill_paths(&muted, paths, events, (char *)(events + measured.events));
	*muted_paths = list;
	return ES_RETURN_SUCCESS;
}

void es_release_muted_paths(es_muted_paths_t *muted_paths)
{
	free(muted_paths);
}
