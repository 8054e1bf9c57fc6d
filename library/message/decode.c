/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding (library/message/decode.h): copies a record into a block, checks it, and builds the
 * es_message_t with its process and thread. What belongs to one event is taken by events.c, what is
 * rare by fields.c. Owns the message until it is whole. Nothing of the record is believed
 * unchecked: every string and array goes through the cursor, over the copy that nobody else can
 * change.
 */
#include "library/message/decode.h"
#include "library/message/block.h"

#include <errno.h>
#include <string.h>

void *decoder_room(struct decoder *decoder, size_t size)
{
	unsigned char *place = decoder->place;

	size = DECODER_ROOM(size);
	if (size > (size_t)(decoder->end - place)) {
		decoder->failed = 1;
		return NULL;
	}
	decoder->place += size;
	return memset(place, 0, size);
}

es_string_token_t take_fact(struct decoder *decoder, const struct record_string *string)
{
	es_string_token_t text = {0};

	if (cursor_string(&decoder->cursor, string, &text.data))
		decoder->failed = 1;
	else
		text.length = string->length;
	return text;
}

es_string_token_t take_string(struct decoder *decoder, const struct record_string *string)
{
	es_string_token_t text = take_fact(decoder, string);

	if (!text.data)
		text.data = "";
	return text;
}

struct timespec take_time(const struct record_time *time)
{
	return (struct timespec){.tv_sec = time->seconds, .tv_nsec = time->nanoseconds};
}

static void fill_stat(struct stat *stat, const struct record_stat *from)
{
	stat->st_dev = from->device;
	stat->st_ino = from->inode;
	stat->st_nlink = from->links;
	stat->st_rdev = from->rdevice;
	stat->st_size = from->size;
	stat->st_blocks = from->blocks;
	stat->st_mode = from->mode;
	stat->st_uid = from->uid;
	stat->st_gid = from->gid;
	stat->st_blksize = from->block_size;
	stat->st_atim = take_time(&from->accessed);
	stat->st_mtim = take_time(&from->modified);
	stat->st_ctim = take_time(&from->changed);
}

/* `ret_file` is zeroed. */
static void fill_file(struct decoder *decoder, const struct record_file *file, es_file_t *ret_file)
{
	ret_file->path = take_string(decoder, &file->path);
	ret_file->path_truncated = file->flags & RECORD_FILE_TRUNCATED;
	fill_stat(&ret_file->stat, &file->stat);
}

es_file_t *take_file(struct decoder *decoder, const struct record_file *file)
{
	es_file_t *taken = decoder_room(decoder, sizeof(*taken));

	if (taken)
		fill_file(decoder, file, taken);
	return taken;
}

es_file_t *take_optional_file(struct decoder *decoder, const struct record_file *file)
{
	return file->flags & RECORD_FILE_PRESENT ? take_file(decoder, file) : NULL;
}

audit_token_t take_token(const struct record_token *token)
{
	audit_token_t taken;

	_Static_assert(sizeof(taken) == sizeof(*token), "one layout");
	memcpy(&taken, token, sizeof(taken));
	return taken;
}

audit_token_t *take_optional_token(struct decoder *decoder,
				   const struct record_optional_token *token)
{
	audit_token_t *taken;

	if (!token->present)
		return NULL;
	taken = decoder_room(decoder, sizeof(*taken));
	if (taken)
		*taken = take_token(&token->token);
	return taken;
}

static void fill_linux_facts(struct decoder *decoder, const struct record_process *process,
			     es_linux_process_t *facts)
{
	facts->cgroup_id = process->cgroup_id;
	facts->cgroup_path = take_string(decoder, &process->cgroup_path);
	facts->cgroup_namespace = process->cgroup_namespace;
	facts->ipc_namespace = process->ipc_namespace;
	facts->mount_namespace = process->mount_namespace;
	facts->network_namespace = process->network_namespace;
	facts->pid_namespace = process->pid_namespace;
	facts->user_namespace = process->user_namespace;
}

es_process_t *take_process(struct decoder *decoder, const struct record_process *process)
{
	struct message_process *place = decoder_room(decoder, sizeof(*place));
	es_process_t *taken;

	if (!place)
		return NULL;
	taken = &place->process;
	fill_linux_facts(decoder, process, &place->linux_facts);
	fill_file(decoder, &process->executable, &place->executable);
	taken->executable = &place->executable;
	if (process->tty.flags & RECORD_FILE_PRESENT) {
		fill_file(decoder, &process->tty, &place->tty);
		taken->tty = &place->tty;
	}
	taken->audit_token = take_token(&process->token);
	taken->responsible_audit_token = take_token(&process->responsible);
	taken->parent_audit_token = take_token(&process->parent);
	taken->ppid = process->ppid;
	taken->original_ppid = process->original_ppid;
	taken->group_id = process->group_id;
	taken->session_id = process->session_id;
	taken->codesigning_flags = process->codesigning_flags;
	taken->is_platform_binary = process->flags & RECORD_PROCESS_PLATFORM_BINARY;
	taken->is_es_client = process->flags & RECORD_PROCESS_ES_CLIENT;
	taken->signing_id = take_string(decoder, &process->signing_id);
	taken->team_id = take_string(decoder, &process->team_id);
	taken->start_time.tv_sec = (time_t)(process->start_time_us / 1000000);
	taken->start_time.tv_usec = (suseconds_t)(process->start_time_us % 1000000);
	taken->cs_validation_category = ES_CS_VALIDATION_CATEGORY_NONE;
	taken->cdhash_full.data = taken->cdhash;
	return taken;
}

es_process_t *take_optional_process(struct decoder *decoder, const struct record_process *process)
{
	return process->flags & RECORD_PROCESS_PRESENT ? take_process(decoder, process) : NULL;
}

static void take_action(es_message_t *message, const struct record *record)
{
	es_result_t *result = &message->action.notify;

	if (event_describe(record->event)->action == EVENT_ACTION_AUTH) {
		message->action_type = ES_ACTION_TYPE_AUTH;
		message->deadline = record->deadline_ns;
		memcpy(message->action.auth.reserved, &record->question, sizeof(record->question));
		return;
	}
	message->action_type = ES_ACTION_TYPE_NOTIFY;
	if (record->result_type == RECORD_RESULT_FLAGS) {
		result->result_type = ES_RESULT_TYPE_FLAGS;
		result->result.flags = record->result;
	} else {
		result->result_type = ES_RESULT_TYPE_AUTH;
		result->result.auth = record->result ? ES_AUTH_RESULT_DENY : ES_AUTH_RESULT_ALLOW;
	}
}

static void take_message(struct decoder *decoder)
{
	const struct record *record = decoder->message->record;
	es_message_t *message = &decoder->message->message;

	message->version = MESSAGE_VERSION;
	message->time = take_time(&record->time);
	message->mach_time = record->monotonic_ns;
	message->seq_num = record->seq_num;
	message->global_seq_num = record->global_seq_num;
	message->event_type = (es_event_type_t)record->event;
	message->process = take_process(decoder, &record->process);
	if (record->thread_id) {
		decoder->message->thread.thread_id = record->thread_id;
		message->thread = &decoder->message->thread;
	}
	take_action(message, record);
	take_event(decoder);
}

enum { HEAD = DECODER_ROOM(sizeof(struct message)) };

/* A block with a checked copy of the record and enough room behind it. */
static int block_of_record(struct message **ret_block, const void *bytes, size_t size)
{
	OWNED(block_free) struct message *block = NULL;
	OWNED(block_free) struct message *larger = NULL;
	struct cursor cursor;
	size_t room;
	int result;

	if (size < sizeof(struct record) || size > RECORD_SIZE_MAX)
		return -EBADMSG;
	block = block_new(HEAD + DECODER_ROOM(size));
	if (!block)
		return -ENOMEM;
	memcpy((unsigned char *)block + HEAD, bytes, size);
	result = cursor_init(&cursor, (unsigned char *)block + HEAD, size);
	if (result)
		return result;
	room = event_room((const struct record *)cursor.bytes);
	if (HEAD + DECODER_ROOM(size) + room > block->capacity) {
		larger = block_new(HEAD + DECODER_ROOM(size) + room);
		if (!larger)
			return -ENOMEM;
		memcpy((unsigned char *)larger + HEAD, cursor.bytes, size);
		*ret_block = TAKE(larger);
		return 0;
	}
	*ret_block = TAKE(block);
	return 0;
}

int message_new(struct message **ret_message, const void *bytes, size_t size)
{
	OWNED(block_free) struct message *block = NULL;
	struct decoder decoder = {0};
	size_t capacity;
	uint32_t magic, place;
	int result;

	result = block_of_record(&block, bytes, size);
	if (result)
		return result;
	magic = block->magic;
	place = block->place;
	capacity = block->capacity;
	memset(block, 0, sizeof(*block));
	block->magic = magic;
	block->place = place;
	block->capacity = capacity;
	atomic_init(&block->references, 1);
	block->record = (const struct record *)((unsigned char *)block + HEAD);
	decoder.message = block;
	decoder.place = (unsigned char *)block + HEAD + DECODER_ROOM(size);
	decoder.end = (unsigned char *)block + capacity;
	result = cursor_init(&decoder.cursor, block->record, size);
	if (result)
		return result;
	take_message(&decoder);
	if (decoder.failed)
		return -EBADMSG;
	block->size = (size_t)(decoder.place - (unsigned char *)block);
	*ret_message = TAKE(block);
	return 0;
}
