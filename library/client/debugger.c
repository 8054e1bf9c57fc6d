/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a debugger needs to find this process's clients and messages without debug information: a
 * list of names and numbers, read by debugger/facts.py from a live process or a core file. A number
 * is an address, an offset or a constant. Names may be added; one that is there keeps its meaning.
 *
 * Exported, so that it is still found in a stripped library; no program links against it. Owns
 * nothing that changes.
 */
#include "library/client/client.h"
#include "library/message/block.h"

#include <stddef.h>

struct fact {
	const char *name; /* NULL: behind the last */
	union {
		uint64_t number;
		const void *address;
	};
};

#pragma GCC visibility push(default)
extern const struct fact es_debugger_facts[];
#pragma GCC visibility pop

#define ADDRESS(text, of)                       \
	{                                       \
		.name = (text), .address = (of) \
	}
#define NUMBER(text, value)                       \
	{                                         \
		.name = (text), .number = (value) \
	}
#define OFFSET(text, type, member) NUMBER(text, offsetof(type, member))
#define TARGET(event_member, member) \
	OFFSET("target." #event_member, es_message_t, event.event_member.member)

const struct fact es_debugger_facts[] = {
	NUMBER("version", 1),
	ADDRESS("clients", &client_first),
	OFFSET("client.next", struct es_client_s, next),
	OFFSET("client.serial", struct es_client_s, serial),
	OFFSET("client.thread_id", struct es_client_s, thread_id),
	OFFSET("client.handling", struct es_client_s, handling),
	ADDRESS("blocks", block_places),
	NUMBER("blocks.count", BLOCK_PLACES),
	OFFSET("block.magic", struct message, magic),
	NUMBER("block.living", BLOCK_MAGIC),
	OFFSET("block.references", struct message, references),
	OFFSET("block.client", struct message, client),
	OFFSET("block.answers", struct message, answers),
	OFFSET("block.answer", struct message, answer),
	NUMBER("block.answer.open", MESSAGE_OPEN),
	NUMBER("block.answer.answered", MESSAGE_ANSWERED),
	OFFSET("block.message", struct message, message),
	OFFSET("message.deadline", es_message_t, deadline),
	OFFSET("message.process", es_message_t, process),
	OFFSET("message.action_type", es_message_t, action_type),
	NUMBER("message.action_type.auth", ES_ACTION_TYPE_AUTH),
	OFFSET("message.event_type", es_message_t, event_type),
	NUMBER("message.event_type.open", ES_EVENT_TYPE_AUTH_OPEN),
	OFFSET("message.thread", es_message_t, thread),
	OFFSET("message.global_seq_num", es_message_t, global_seq_num),
	OFFSET("thread.thread_id", es_thread_t, thread_id),
	OFFSET("process.audit_token", es_process_t, audit_token),
	OFFSET("process.executable", es_process_t, executable),
	OFFSET("file.path", es_file_t, path),
	OFFSET("string.length", es_string_token_t, length),
	OFFSET("string.data", es_string_token_t, data),
	ADDRESS("events", event_descriptions),
	NUMBER("events.count", EVENT_LAST),
	NUMBER("event.size", sizeof(struct event_description)),
	OFFSET("event.constant", struct event_description, constant),
	OFFSET("event.member", struct event_description, member),
	/* The file an event is about, where it is no more than one pointer away. */
	TARGET(chdir, target),
	TARGET(chroot, target),
	TARGET(close, target),
	TARGET(mmap, source),
	TARGET(open, file),
	TARGET(readdir, target),
	TARGET(truncate, target),
	TARGET(unlink, target),
	TARGET(write, target),
	/* And the process whose executable it is. */
	OFFSET("target_process.exec", es_message_t, event.exec.target),
	{.name = NULL},
};
