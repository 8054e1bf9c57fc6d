/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutes: checks what the policy cannot know (is the process alive, is it in the subtree, is there
 * room for a user's mutes) and leaves the arithmetic to it. Lists go out as one run of bytes.
 */
#include "daemon/control/connection.h"
#include "daemon/control/limits.h"
#include "daemon/control/trees.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

static bool is_target(unsigned int kind)
{
	return kind == CONTROL_MUTE_TARGET_PREFIX || kind == CONTROL_MUTE_TARGET_LITERAL;
}

/* Leaves the events that have target paths. */
static void keep_targeted(struct event_set *events)
{
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		const struct event_description *description = event_describe(event);

		if (!description || description->targets == 0)
			event_set_remove(events, event);
	}
}

static int check_process(const struct server_options *options, const struct connection *owner,
			 struct control_mute *mute, struct answer *answer)
{
	int result = options->operations->process_alive(options->engine, &mute->token);

	/* Unmuting what is gone is no mistake: its mutes went with it. */
	if (result < 0 && mute->operation == CONTROL_MUTE_ADD)
		return answer_refuse(answer, result, "Process %u of that token is not alive.",
				     mute->token.words[RECORD_TOKEN_PID]);
	if (owner->kind == CONTROL_CLIENT_DESCENDANTS &&
	    !options->operations->subtree_has(options->engine, client_index(owner->client),
					      &mute->token))
		return answer_refuse(answer, -EPERM, "Process %u is no descendant of this client.",
				     mute->token.words[RECORD_TOKEN_PID]);
	return 0;
}

static int check_path(struct control_mute *mute, const char *path, struct answer *answer)
{
	if (!path[0])
		return answer_refuse(answer, -EINVAL, "The path is empty.");
	if (!is_target(mute->kind))
		return 0;
	keep_targeted(&mute->events);
	if (event_set_empty(&mute->events))
		return answer_refuse(answer, -EINVAL, "None of these events has a target path.");
	return 0;
}

/* Of the daemon's own mount of the hierarchy: "/user.slice", without a slash at its end. */
static int check_cgroup(const struct control_mute *mute, const char *path, struct answer *answer)
{
	if (path[0] != '/' || mute->path_length < 2 || path[mute->path_length - 1] == '/')
		return answer_refuse(answer, -EINVAL,
				     "A control group is named as /proc/PID/cgroup names it, "
				     "without a slash at its end; the root is none to mute.");
	return 0;
}

/* Something is to be muted or not to be any more. */
static int check_subject(const struct server_options *options, const struct connection *owner,
			 struct control_mute *mute, const char *path, struct answer *answer)
{
	if (mute->kind < CONTROL_MUTE_PROCESS)
		return check_path(mute, path, answer);
	if (mute->kind == CONTROL_MUTE_CGROUP)
		return check_cgroup(mute, path, answer);
	if (mute->kind >= CONTROL_MUTE_KIND_LAST || path[0])
		return answer_refuse(answer, -EINVAL, "There is no such mute.");
	/* The root of a tree may have ended, and its pid be another's. */
	if (mute->kind == CONTROL_MUTE_TREE && mute->operation == CONTROL_MUTE_REMOVE)
		return 0;
	return check_process(options, owner, mute, answer);
}

static int check_mute(const struct server_options *options, const struct connection *owner,
		      struct control_mute *mute, const char *path, struct answer *answer)
{
	bool known = false;

	switch ((enum control_mute_operation)mute->operation) {
	case CONTROL_MUTE_ADD:
	case CONTROL_MUTE_REMOVE:
		return check_subject(options, owner, mute, path, answer);
	case CONTROL_MUTE_CLEAR:
		known = mute->kind == CONTROL_MUTE_PREFIX ||
			mute->kind == CONTROL_MUTE_TARGET_PREFIX;
		break;
	case CONTROL_MUTE_INVERT:
		known = mute->kind < CONTROL_MUTE_DIMENSION_LAST;
		break;
	}
	return known && !path[0] ? 0 : answer_refuse(answer, -EINVAL, "There is no such mute.");
}

/* A tree has to be known to the engine before the policy asks for it, and until it has ceased to.
 */
static int apply_tree(struct connection *owner, struct control_mute *mute, struct answer *answer)
{
	struct delivery *delivery = owner->server->options.delivery;
	uint64_t id = client_id(owner->client);
	int result;

	if (mute->operation == CONTROL_MUTE_ADD) {
		result = trees_mute(owner->server, id, mute);
		if (result < 0)
			return answer_refuse(answer, result,
					     "%d process trees are muted already; unmute some.",
					     POLICY_TREES_MAX);
		result = delivery_mute(delivery, owner->client, mute, "");
		if (result < 0)
			trees_unmute(owner->server, mute);
		return result;
	}
	result = trees_find(owner->server, id, mute);
	/* What is not muted is no mistake, as with the other kinds. */
	if (result < 0)
		return 0;
	result = delivery_mute(delivery, owner->client, mute, "");
	if (result == 0)
		trees_unmute(owner->server, mute);
	return result;
}

/* Sets a mute of `owner`'s client; what is left out of it or filled in is so in *mute. */
static int set_mute(struct connection *owner, struct control_mute *mute, const char *path,
		    struct answer *answer)
{
	const struct server_options *options = &owner->server->options;
	bool adds = mute->operation == CONTROL_MUTE_ADD;
	int result;

	result = check_mute(options, owner, mute, path, answer);
	if (result < 0)
		return result;
	if (adds && owner->unprivileged && owner->mutes >= LIMIT_MUTES_OF_USER)
		return answer_refuse(answer, -ENOSPC,
				     "A client without rights of its own may add %d mutes; "
				     "clear them to begin again.",
				     LIMIT_MUTES_OF_USER);
	if (mute->kind == CONTROL_MUTE_TREE && mute->operation <= CONTROL_MUTE_REMOVE)
		result = apply_tree(owner, mute, answer);
	else
		result = delivery_mute(options->delivery, owner->client, mute, path);
	if (result < 0 && !answer->text[0])
		return answer_refuse(answer, result, "The mute was not set: %s.",
				     strerror(-result));
	if (result < 0)
		return result;
	owner->mutes += adds;
	/* The caller may have known no more than a pid. */
	if (adds && (mute->kind == CONTROL_MUTE_PROCESS || mute->kind == CONTROL_MUTE_TREE))
		answer_body(answer, &mute->token, sizeof(mute->token));
	if (mute->operation == CONTROL_MUTE_CLEAR)
		owner->mutes = 0;
	return 0;
}

int request_mute(struct connection *connection, const struct request *request,
		 struct answer *answer)
{
	struct control_mute mute = *(const struct control_mute *)request->body;

	/* There are few trees for all. A client that goes on with what it was told is no user's. */
	if (connection->unprivileged && mute.kind > CONTROL_MUTE_PROCESS)
		return answer_refuse(answer, -EINVAL, "Hard mutes are an administrator's.");
	return set_mute(connection, &mute, request->path, answer);
}

static int refuse_unknown(struct answer *answer, uint64_t id)
{
	return answer_refuse(answer, -ENOENT,
			     "There is no client %llu. `esctl clients` lists them.",
			     (unsigned long long)id);
}

/*
 * The library repeats what its client has set when it comes to another daemon; this is to be among
 * it. It reads with its next request, or when the daemon is gone: more than a few are not sent, so
 * that its socket never fills up.
 */
static void tell_owner(struct connection *owner, const struct control_mute *mute, const char *path)
{
	const size_t size = sizeof(struct control_header) + sizeof(*mute) + mute->path_length;
	const struct control_header header = {
		.size = (__u32)size, .version = CONTROL_VERSION, .type = CONTROL_CLIENT_MUTE};
	OWNED_MEMORY unsigned char *bytes = malloc(size);
	const struct packet packet = {.bytes = bytes, .size = size};

	if (bytes) {
		memcpy(bytes, &header, sizeof(header));
		memcpy(bytes + sizeof(header), mute, sizeof(*mute));
		memcpy(bytes + sizeof(header) + sizeof(*mute), path, mute->path_length);
	}
	if (bytes && owner->unasked < CONTROL_UNASKED_MAX &&
	    packet_send(owner->descriptor, &packet, 0) == 0)
		owner->unasked++;
	else
		server_say(owner->server, LOG_NOTICE,
			   "client %s[%d] could not be told of an administrator's mute: it ends "
			   "with this daemon",
			   owner->peer.name, owner->peer.pid);
}

int request_client_mute(struct connection *connection, const struct request *request,
			struct answer *answer)
{
	struct control_mute mute = *(const struct control_mute *)request->body;
	struct connection *owner = server_find_client(connection->server, mute.client_id);
	int result;

	if (!owner)
		return refuse_unknown(answer, mute.client_id);
	result = set_mute(owner, &mute, request->path, answer);
	if (result == 0 && owner != connection)
		tell_owner(owner, &mute, request->path);
	return result;
}

static int append(struct mute_list *list, const struct delivery_mutes *page)
{
	if (!list->bytes || page->size > list->room - list->size) {
		size_t room = 2 * (list->room + sizeof(page->bytes));
		unsigned char *bytes = realloc(list->bytes, room);

		if (!bytes)
			return -ENOMEM;
		list->bytes = bytes;
		list->room = room;
	}
	memcpy(list->bytes + list->size, page->bytes, page->size);
	list->size += page->size;
	list->count += page->count;
	return 0;
}

int mute_list_make(struct delivery *delivery, uint64_t client_id, struct mute_list *ret_list)
{
	OWNED_MEMORY struct delivery_mutes *page = calloc(1, sizeof(*page));
	struct mute_list list = {.bytes = NULL};
	int result, more;

	if (!page)
		return -ENOMEM;
	page->client_id = client_id;
	for (;;) {
		more = delivery_next_mutes(delivery, page);
		result = more < 0 ? more : append(&list, page);
		if (result < 0 || more == 0)
			break;
		delivery_give_way();
	}
	if (result < 0) {
		free(list.bytes);
		return result;
	}
	*ret_list = list;
	return 0;
}

/* A client's mutes, as they are asked for. */
struct wanted_mutes {
	struct delivery *delivery;
	uint64_t client_id;
};

static int make_mutes(void *data, struct answer *answer)
{
	const struct wanted_mutes *wanted = data;
	struct mute_list list;
	int result = mute_list_make(wanted->delivery, wanted->client_id, &list);

	if (result < 0)
		return result == -ENOENT ? refuse_unknown(answer, wanted->client_id) : result;
	result = answer_list(answer, list.bytes, list.size, list.count);
	free(list.bytes);
	return result;
}

int request_mutes(struct connection *connection, const struct request *request,
		  struct answer *answer)
{
	static const struct work work = {
		.make = make_mutes,
		.free = free,
		.late = "The list is too long to be made in time.",
	};
	const struct control_client_id *asked = request->body;
	const struct connection *owner = connection;
	struct wanted_mutes *wanted;

	if (asked->client_id != 0)
		owner = server_find_client(connection->server, asked->client_id);
	if (!owner || !owner->client)
		return refuse_unknown(answer, asked->client_id);
	if (owner != connection && connection->role != CONTROL_ROLE_ADMINISTRATOR)
		return answer_refuse(answer, -EPERM, "The mutes of others are for administrators.");
	wanted = calloc(1, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	wanted->delivery = connection->server->options.delivery;
	wanted->client_id = client_id(owner->client);
	return work_begin(connection, request, &work, wanted, answer);
}

int request_mute_inverted(struct connection *connection, const struct request *request,
			  struct answer *answer)
{
	const struct control_number *dimension = request->body;

	if (dimension->number >= CONTROL_MUTE_DIMENSION_LAST)
		return answer_refuse(answer, -EINVAL, "There is no such kind of inversion.");
	answer_number(answer,
		      delivery_mute_inverted(connection->server->options.delivery,
					     connection->client, (unsigned int)dimension->number));
	return 0;
}
