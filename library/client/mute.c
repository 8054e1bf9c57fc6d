/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Muting: every function of the API that changes what is muted. Each becomes one control_mute that
 * says which events are meant; the daemon carries it out, the mirror keeps it for the next link.
 *
 * Before the first entry is taken away the mirror has to know those a client starts with, so they
 * are fetched then.
 */
#include "library/client/client.h"
#include "library/client/failure.h"
#include "library/client/muted.h"
#include "library/misuse/misuse.h"

#include <errno.h>
#include <string.h>

struct call {
	const char *function;
	const void *caller;
};
#define CALL(name)                                \
	(const struct call)                       \
	{                                         \
		name, __builtin_return_address(0) \
	}

static struct event_set all_events(void)
{
	struct event_set all = {0};

	for (unsigned int event = 0; event < EVENT_LAST; event++)
		event_set_add(&all, event);
	return all;
}

static _Bool is_target(unsigned int kind)
{
	return kind == CONTROL_MUTE_TARGET_PREFIX || kind == CONTROL_MUTE_TARGET_LITERAL;
}

/* Leaves those that have a target path. */
static void keep_targeted(struct event_set *events)
{
	for (unsigned int event = 0; event < EVENT_LAST; event++)
		if (event_describe(event)->targets == 0)
			event_set_remove(events, event);
}

static int complete_mirror(es_client_t *client, const char *function) HOLDS(client->lock)
{
	OWNED(muted_done) struct muted muted = {0};
	int result;

	if (client->settings.complete)
		return 0;
	result = muted_fetch(client, function, &muted);
	if (result)
		return result;
	result = settings_take_mutes(&client->settings, muted.bytes, muted.size);
	if (result)
		failure_set("%s: the daemon's list of mutes cannot be read: %s.", function,
			    strerrordesc_np(-result));
	else
		client->settings.complete = 1;
	return result;
}

/*
 * A process is kept in the mirror by the token the daemon knows it by: one that says no more than
 * the pid would name another process one day.
 */
static int change_locked(es_client_t *client, const struct call *call, struct control_mute *mute,
			 const char *path) HOLDS(client->lock)
{
	_Bool names = mute->operation == CONTROL_MUTE_ADD && mute->kind == CONTROL_MUTE_PROCESS;
	struct record_token token = mute->token;
	const struct client_request request = {
		.function = call->function,
		.type = CONTROL_MUTE,
		.body = mute,
		.body_size = sizeof(*mute),
		.extra = path,
		.extra_size = path ? strlen(path) : 0,
		.ret_body = names ? &token : NULL,
		.ret_size = names ? sizeof(token) : 0,
	};
	_Bool takes_away = mute->operation == CONTROL_MUTE_REMOVE ||
			   mute->operation == CONTROL_MUTE_CLEAR;
	int result = 0;

	if (takes_away)
		result = complete_mirror(client, call->function);
	if (!result)
		result = client_call(client, &request);
	if (result)
		return result;
	mute->token = token;
	result = settings_mute(&client->settings, mute, path);
	if (result)
		failure_set("%s: no memory.", call->function);
	return result;
}

static es_return_t change(es_client_t *client, const struct call *call, struct control_mute *mute,
			  const char *path)
{
	int result;

	if (!client_enter(client, call->function, call->caller))
		return ES_RETURN_ERROR;
	if (mute->operation == CONTROL_MUTE_ADD || mute->operation == CONTROL_MUTE_INVERT)
		misuse_order(client, call->function, call->caller);
	result = change_locked(client, call, mute, path);
	client_leave(client);
	return result ? ES_RETURN_ERROR : ES_RETURN_SUCCESS;
}

/* ---- Processes
 * ----------------------------------------------------------------------------------- */

static es_return_t change_process(es_client_t *client, const struct call *call,
				  enum control_mute_operation operation,
				  const audit_token_t *audit_token, const struct event_set *events)
{
	struct control_mute mute = {
		.operation = operation,
		.kind = CONTROL_MUTE_PROCESS,
		.events = *events,
	};

	if (!audit_token) {
		failure_set("%s: no process was given.", call->function);
		return ES_RETURN_ERROR;
	}
	if (event_set_empty(events))
		return client_usable(client, call->function, call->caller) ? ES_RETURN_SUCCESS
									   : ES_RETURN_ERROR;
	memcpy(&mute.token, audit_token, sizeof(mute.token));
	return change(client, call, &mute, NULL);
}

es_return_t es_mute_process(es_client_t *client, const audit_token_t *audit_token)
{
	const struct event_set all = all_events();

	return change_process(client, &CALL("es_mute_process"), CONTROL_MUTE_ADD, audit_token,
			      &all);
}

es_return_t es_unmute_process(es_client_t *client, const audit_token_t *audit_token)
{
	const struct event_set all = all_events();

	return change_process(client, &CALL("es_unmute_process"), CONTROL_MUTE_REMOVE, audit_token,
			      &all);
}

es_return_t es_mute_process_events(es_client_t *client, const audit_token_t *audit_token,
				   const es_event_type_t *events, size_t event_count)
{
	struct event_set set;

	if (client_event_set(&set, events, event_count)) {
		failure_set("es_mute_process_events: no events were given.");
		return ES_RETURN_ERROR;
	}
	return change_process(client, &CALL("es_mute_process_events"), CONTROL_MUTE_ADD,
			      audit_token, &set);
}

es_return_t es_unmute_process_events(es_client_t *client, const audit_token_t *audit_token,
				     const es_event_type_t *events, size_t event_count)
{
	struct event_set set;

	if (client_event_set(&set, events, event_count)) {
		failure_set("es_unmute_process_events: no events were given.");
		return ES_RETURN_ERROR;
	}
	return change_process(client, &CALL("es_unmute_process_events"), CONTROL_MUTE_REMOVE,
			      audit_token, &set);
}

/* ---- Paths
 * --------------------------------------------------------------------------------------- */

/* What is wrong with a path mute, NULL if nothing is. */
static const char *wrong_path(const char *path, es_mute_path_type_t type)
{
	size_t room = CONTROL_PACKET_MAX - sizeof(struct control_header) -
		      sizeof(struct control_mute);

	if (!path || path[0] != '/')
		return "a path begins with '/'";
	if ((unsigned int)type > ES_MUTE_PATH_TYPE_TARGET_LITERAL)
		return "there is no such type of path";
	if (strlen(path) > room)
		return "the path is too long";
	return NULL;
}

struct path_change {
	enum control_mute_operation operation;
	const char *path;
	es_mute_path_type_t type;
	struct event_set events;
};

static es_return_t change_path(es_client_t *client, const struct call *call,
			       const struct path_change *change_of)
{
	struct control_mute mute = {
		.operation = change_of->operation,
		.kind = (unsigned int)change_of->type,
		.events = change_of->events,
	};
	const char *wrong = wrong_path(change_of->path, change_of->type);
	_Bool any = !event_set_empty(&mute.events);

	if (is_target(mute.kind))
		keep_targeted(&mute.events);
	if (!wrong && any && event_set_empty(&mute.events) && mute.operation == CONTROL_MUTE_ADD)
		wrong = "none of these events has a target path";
	if (wrong) {
		failure_set("%s: %s.", call->function, wrong);
		return ES_RETURN_ERROR;
	}
	if (event_set_empty(&mute.events))
		return client_usable(client, call->function, call->caller) ? ES_RETURN_SUCCESS
									   : ES_RETURN_ERROR;
	mute.path_length = (__u32)strlen(change_of->path);
	return change(client, call, &mute, change_of->path);
}

es_return_t es_mute_path(es_client_t *client, const char *path, es_mute_path_type_t type)
{
	const struct path_change add = {CONTROL_MUTE_ADD, path, type, all_events()};

	return change_path(client, &CALL("es_mute_path"), &add);
}

es_return_t es_unmute_path(es_client_t *client, const char *path, es_mute_path_type_t type)
{
	const struct path_change remove = {CONTROL_MUTE_REMOVE, path, type, all_events()};

	return change_path(client, &CALL("es_unmute_path"), &remove);
}

es_return_t es_mute_path_events(es_client_t *client, const char *path, es_mute_path_type_t type,
				const es_event_type_t *events, size_t event_count)
{
	struct path_change add = {CONTROL_MUTE_ADD, path, type, {{0}}};

	if (client_event_set(&add.events, events, event_count)) {
		failure_set("es_mute_path_events: no events were given.");
		return ES_RETURN_ERROR;
	}
	return change_path(client, &CALL("es_mute_path_events"), &add);
}

es_return_t es_unmute_path_events(es_client_t *client, const char *path, es_mute_path_type_t type,
				  const es_event_type_t *events, size_t event_count)
{
	struct path_change remove = {CONTROL_MUTE_REMOVE, path, type, {{0}}};

	if (client_event_set(&remove.events, events, event_count)) {
		failure_set("es_unmute_path_events: no events were given.");
		return ES_RETURN_ERROR;
	}
	return change_path(client, &CALL("es_unmute_path_events"), &remove);
}

es_return_t es_mute_path_prefix(es_client_t *client, const char *path_prefix)
{
	const struct path_change add = {CONTROL_MUTE_ADD, path_prefix, ES_MUTE_PATH_TYPE_PREFIX,
					all_events()};

	return change_path(client, &CALL("es_mute_path_prefix"), &add);
}

es_return_t es_mute_path_literal(es_client_t *client, const char *path_literal)
{
	const struct path_change add = {CONTROL_MUTE_ADD, path_literal, ES_MUTE_PATH_TYPE_LITERAL,
					all_events()};

	return change_path(client, &CALL("es_mute_path_literal"), &add);
}

es_return_t es_unmute_all_paths(es_client_t *client)
{
	struct control_mute mute = {.operation = CONTROL_MUTE_CLEAR, .kind = CONTROL_MUTE_PREFIX};

	return change(client, &CALL("es_unmute_all_paths"), &mute, NULL);
}

es_return_t es_unmute_all_target_paths(es_client_t *client)
{
	struct control_mute mute = {.operation = CONTROL_MUTE_CLEAR,
				    .kind = CONTROL_MUTE_TARGET_PREFIX};

	return change(client, &CALL("es_unmute_all_target_paths"), &mute, NULL);
}

/* ---- Inversion
 * ----------------------------------------------------------------------------------- */

es_return_t es_invert_muting(es_client_t *client, es_mute_inversion_type_t mute_type)
{
	struct control_mute mute = {.operation = CONTROL_MUTE_INVERT,
				    .kind = (unsigned int)mute_type};

	if ((unsigned int)mute_type >= ES_MUTE_INVERSION_TYPE_LAST) {
		failure_set("es_invert_muting: there is no such kind of mute.");
		return ES_RETURN_ERROR;
	}
	return change(client, &CALL("es_invert_muting"), &mute, NULL);
}

es_mute_inverted_return_t es_muting_inverted(es_client_t *client,
					     es_mute_inversion_type_t mute_type)
{
	const struct control_number dimension = {.number = (unsigned int)mute_type};
	struct control_number inverted;
	const struct client_request request = {
		.function = "es_muting_inverted",
		.type = CONTROL_MUTE_INVERTED,
		.body = &dimension,
		.body_size = sizeof(dimension),
		.ret_body = &inverted,
		.ret_size = sizeof(inverted),
	};

	if ((unsigned int)mute_type >= ES_MUTE_INVERSION_TYPE_LAST) {
		failure_set("es_muting_inverted: there is no such kind of mute.");
		return ES_MUTE_INVERTED_ERROR;
	}
	if (client_ask(client, &request, __builtin_return_address(0)))
		return ES_MUTE_INVERTED_ERROR;
	return inverted.number ? ES_MUTE_INVERTED : ES_MUTE_NOT_INVERTED;
}
