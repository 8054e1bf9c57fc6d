/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API offers on a message: keeping it, the lists of an exec, and what Linux adds
 * (<EndpointSecurity/ESMessage.h>, <EndpointSecurity/ESLinux.h>). Reads what decode.c has checked;
 * owns the counting of references.
 */
#include "library/message/block.h"
#include "library/misuse/misuse.h"
#include "library/respond/answers.h"

#include <stddef.h>

_Static_assert(sizeof(es_fd_t) == sizeof(struct record_descriptor) &&
		       offsetof(es_fd_t, fdtype) == offsetof(struct record_descriptor, fdtype) &&
		       offsetof(es_fd_t, pipe) == offsetof(struct record_descriptor, pipe_id),
	       "a descriptor of a record is read in place");

struct message *message_of(const es_message_t *message)
{
	struct message *found;

	if (!message)
		return NULL;
	found = (struct message *)((uintptr_t)message - offsetof(struct message, message));
	return block_alive(found) ? found : NULL;
}

void message_retain(struct message *message)
{
	atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
}

struct message *message_release(struct message *message)
{
	if (!message)
		return NULL;
	if (atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel) != 1)
		return NULL;
	misuse_message_ends(message);
	answers_unref(message->answers);
	return block_free(message);
}

void es_retain_message(const es_message_t *msg)
{
	struct message *message = message_of(msg);

	if (message)
		message_retain(message);
	else
		misuse_dead_message("es_retain_message", __builtin_return_address(0));
}

void es_release_message(const es_message_t *msg)
{
	struct message *message = message_of(msg);

	if (message)
		message_release(message);
	else if (msg)
		misuse_dead_message("es_release_message", __builtin_return_address(0));
}

es_message_t *es_copy_message(const es_message_t *msg)
{
	es_retain_message(msg);
	return (es_message_t *)(uintptr_t)msg;
}

void es_free_message(es_message_t *msg)
{
	es_release_message(msg);
}

size_t es_message_size(const es_message_t *msg)
{
	const struct message *message = message_of(msg);

	return message ? message->size - offsetof(struct message, message) : 0;
}

/* An exec event lies in its message: the accessors need no more than its address. */
static const struct message *message_of_exec(const es_event_exec_t *event)
{
	return (const struct message *)((uintptr_t)event - offsetof(struct message, message.event));
}

static es_string_token_t text_at(const struct message *message, const struct message_array *array,
				 uint32_t index)
{
	const struct record_string *string = array->elements;

	if (index >= array->count || !string[index].offset)
		return (es_string_token_t){.data = ""};
	return (es_string_token_t){
		.length = string[index].length,
		.data = (const char *)message->record + string[index].offset,
	};
}

uint32_t es_exec_arg_count(const es_event_exec_t *event)
{
	return message_of_exec(event)->arguments.count;
}

uint32_t es_exec_env_count(const es_event_exec_t *event)
{
	return message_of_exec(event)->environment.count;
}

uint32_t es_exec_fd_count(const es_event_exec_t *event)
{
	return message_of_exec(event)->descriptors.count;
}

es_string_token_t es_exec_arg(const es_event_exec_t *event, uint32_t index)
{
	const struct message *message = message_of_exec(event);

	return text_at(message, &message->arguments, index);
}

es_string_token_t es_exec_env(const es_event_exec_t *event, uint32_t index)
{
	const struct message *message = message_of_exec(event);

	return text_at(message, &message->environment, index);
}

const es_fd_t *es_exec_fd(const es_event_exec_t *event, uint32_t index)
{
	return (const es_fd_t *)message_of_exec(event)->descriptors.elements + index;
}

xpc_object_t es_exec_entitlements(const es_event_exec_t *exec)
{
	(void)exec;
	return NULL;
}

/* ---- ESLinux.h
 * ----------------------------------------------------------------------------------- */

static _Bool nothing_known(const es_linux_process_t *facts)
{
	return !(facts->cgroup_id | facts->cgroup_path.length | facts->cgroup_namespace |
		 facts->ipc_namespace | facts->mount_namespace | facts->network_namespace |
		 facts->pid_namespace | facts->user_namespace);
}

const es_linux_process_t *es_linux_process(const es_process_t *process)
{
	const struct message_process *place;

	if (!process)
		return NULL;
	place = (const struct message_process *)((uintptr_t)process -
						 offsetof(struct message_process, process));
	return nothing_known(&place->linux_facts) ? NULL : &place->linux_facts;
}

uint64_t es_linux_missing(const es_message_t *message)
{
	const struct message *found = message_of(message);

	return found ? found->record->missing : 0;
}

bool es_linux_allowed_while_stopped(const es_message_t *message)
{
	const struct message *found = message_of(message);

	return found && found->record->flags & RECORD_STOOD_IN;
}

const void *es_linux_message_record(const es_message_t *message, size_t *ret_size)
{
	const struct message *found = message_of(message);

	if (!found || !ret_size)
		return NULL;
	*ret_size = found->record->size;
	return found->record;
}

const char *es_linux_event_name(es_event_type_t event)
{
	const struct event_description *description = event_describe((unsigned int)event);

	return description ? description->constant : NULL;
}
