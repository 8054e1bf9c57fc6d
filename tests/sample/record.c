/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes sample records (record.h): a function for each kind of field, and from the lists of
 * wire/payload.def a function for each payload that calls them. Owns nothing.
 */
#include "tests/sample/record.h"

#include "wire/builder.h"
#include "wire/payload.h"

#include <string.h>

struct sample {
	struct builder builder;
	const struct sample_options *options;
};

static struct record_string text(struct sample *sample, const char *words)
{
	return builder_string(&sample->builder, words, strlen(words));
}

static void fill_number(struct sample *sample, struct record_number *number)
{
	number->value = (__s64)(sample->options->number % 2);
}

static void fill_string(struct sample *sample, struct record_string *string)
{
	*string = text(sample, "a \"name\" / with \\ and \n and gr\xc3\xbc\xc3\x9f");
}

static void fill_time(struct sample *sample, struct record_time *time)
{
	time->seconds = 1700000000 + (__s64)(sample->options->number / 1000);
	time->nanoseconds = (__u32)(sample->options->number % 1000) * 1000003 % 1000000000;
}

static void fill_stat(struct sample *sample, struct record_stat *stat)
{
	stat->device = 0xfd01;
	stat->inode = 1000000 + sample->options->number;
	stat->links = 1;
	stat->size = 45056;
	stat->blocks = 88;
	stat->mode = 0100755;
	stat->block_size = 4096;
	fill_time(sample, &stat->accessed);
	fill_time(sample, &stat->modified);
	fill_time(sample, &stat->changed);
	fill_time(sample, &stat->born);
}

static void fill_path(struct sample *sample, struct record_file *file, const char *path)
{
	file->path = text(sample, path);
	file->flags = RECORD_FILE_PRESENT;
	fill_stat(sample, &file->stat);
}

static void fill_file(struct sample *sample, struct record_file *file)
{
	fill_path(sample, file, "/usr/lib/x86_64-linux-gnu/libc.so.6");
}

#define fill_optional_file fill_file

static void fill_token(struct sample *sample, struct record_token *token)
{
	const __u32 pid = sample->options->pid;
	const __u32 words[RECORD_TOKEN_WORDS] = {1000, 1000, 1000, 1000, 1000, pid, 3, 2 * pid};

	memcpy(token->words, words, sizeof(words));
}

static void fill_process(struct sample *sample, struct record_process *process)
{
	fill_token(sample, &process->token);
	fill_token(sample, &process->parent);
	fill_token(sample, &process->responsible);
	process->ppid = process->original_ppid = 1;
	process->group_id = (__s32)sample->options->group_id;
	process->session_id = process->group_id;
	process->flags = RECORD_PROCESS_PRESENT;
	process->start_time_us = 1700000000000000 + sample->options->number;
	process->cgroup_path = text(sample, "/user.slice/user-1000.slice/session-3.scope");
	process->cgroup_id = 4711;
	process->cgroup_namespace = 4026531835;
	process->ipc_namespace = 4026531839;
	process->mount_namespace = 4026531841;
	process->network_namespace = 4026531840;
	process->pid_namespace = 4026531836;
	process->user_namespace = 4026531837;
	fill_path(sample, &process->executable, "/usr/bin/bash");
	fill_path(sample, &process->tty, "/dev/pts/0");
}

#define fill_optional_process fill_process

static void fill_optional_token(struct sample *sample, struct record_optional_token *token)
{
	token->present = 1;
	fill_token(sample, &token->token);
}

static void fill_optional_id(struct sample *sample, struct record_optional_id *id)
{
	id->present = sample->options->number % 2;
	id->id = 1000;
}

static void fill_destination(struct sample *sample, struct record_destination *destination)
{
	destination->type = sample->options->number % 2;
	destination->mode = 0100644;
	destination->filename = text(sample, "new name");
	fill_path(sample, &destination->file, "/home/user");
}

#define fill_replaced fill_destination

static void fill_statfs(struct sample *sample, struct record_statfs *statfs)
{
	statfs->block_size = 4096;
	statfs->blocks = 1 << 20;
	statfs->type_name = text(sample, "tmpfs");
	statfs->mounted_on = text(sample, "/mnt/a place");
	statfs->mounted_from = text(sample, "none");
}

static void fill_attrlist(struct sample *sample, struct record_attrlist *list)
{
	(void)sample;
	list->bitmapcount = 5;
}

/* Three strings; exec's fds, which are no strings, have a function of their own. */
static void fill_array(struct sample *sample, struct record_array *array)
{
	struct record_string *strings = builder_array(&sample->builder, 3, sizeof(*strings), array);

	for (int index = 0; strings && index < 3; index++)
		strings[index] = text(sample, "--argument=/of/a/program");
}

#define fill_listed fill_array

static void fill_thread_state(struct sample *sample, struct record_thread_state *state)
{
	state->present = 1;
	state->flavor = 7;
	builder_array(&sample->builder, 16, 1, &state->state);
}

static void fill_authentication(struct sample *sample, struct record_authentication *data)
{
	fill_process(sample, &data->instigator);
	fill_token(sample, &data->instigator_token);
	for (int index = 0; index < 4; index++)
		data->texts[index] = text(sample, "text");
	fill_optional_id(sample, &data->uid);
}

static void fill_launch_item(struct sample *sample, struct record_launch_item *item)
{
	item->item_url = text(sample, "file:///etc/init.d/item");
	item->app_url = text(sample, "");
}

static void fill_profile(struct sample *sample, struct record_profile *profile)
{
	profile->identifier = text(sample, "org.example.profile");
	profile->scope = text(sample, "system");
}

static void fill_reject_info(struct sample *sample, struct record_reject_info *info)
{
	info->present = 1;
	info->plugin_name = text(sample, "sudoers");
	info->failure_message = text(sample, "not allowed");
}

static void fill_members(struct sample *sample, struct record_members *members)
{
	members->member_type = sample->options->number % 3;
	fill_array(sample, &members->names);
	builder_array(&sample->builder, 3, 16, &members->uuids);
}

#define fill_member fill_members

static void fill_signing_info(struct sample *sample, struct record_signing_info *info)
{
	info->present = 1;
	builder_array(&sample->builder, 20, 1, &info->cdhash);
	info->signing_id = text(sample, "org.example");
}

static void fill_code_requirement(struct sample *sample, struct record_code_requirement *code)
{
	code->present = 1;
	code->team_id = text(sample, "team");
}

#define FILL_FIELD(kind, name) fill_##kind(sample, &payload->name);
#define FILL_FUNCTION(member)                                                                      \
	static void fill_payload_##member(struct sample *sample, struct payload_##member *payload) \
	{                                                                                          \
		(void)sample;                                                                      \
		(void)payload;                                                                     \
		PAYLOAD_##member(FILL_FIELD)                                                       \
	}
PAYLOAD_LISTS(FILL_FUNCTION)

/* Arrays of other things than strings. */
static void correct_arrays(struct sample *sample, unsigned int event, void *payload)
{
	if (event == EVENT_NOTIFY_EXEC || event == EVENT_AUTH_EXEC) {
		struct payload_exec *exec = payload;
		struct record_descriptor *fds = builder_array(&sample->builder, 3, sizeof(*fds),
							      &exec->fds);

		for (int index = 0; fds && index < 3; index++)
			fds[index] = (struct record_descriptor){index, index == 1 ? 6 : 1, 31739};
	} else if (event == EVENT_NOTIFY_AUTHORIZATION_JUDGEMENT) {
		struct payload_authorization_judgement *judgement = payload;

		builder_array(&sample->builder, 2, sizeof(struct record_authorization_result),
			      &judgement->results);
	} else if (event == EVENT_NOTIFY_GATEKEEPER_USER_OVERRIDE) {
		struct payload_gatekeeper_user_override *override = payload;

		builder_array(&sample->builder, 32, 1, &override->sha256);
	}
}

/* A function a payload, under one type: they differ in the type of the payload alone. */
#define FILL_ANY(member)                                                    \
	static void fill_any_##member(struct sample *sample, void *payload) \
	{                                                                   \
		fill_payload_##member(sample, payload);                     \
	}
PAYLOAD_LISTS(FILL_ANY)

#define FILL_ROW(number, constant, action, member, cache, targets) [number] = fill_any_##member,
static void (*const fillers[EVENT_LAST])(struct sample *, void *) = {WIRE_EVENTS(FILL_ROW)};

size_t sample_record(void *buffer, size_t capacity, unsigned int event,
		     const struct sample_options *options)
{
	const struct event_description *description = event_describe(event);
	struct sample sample = {.options = options};
	void *payload = builder_begin(&sample.builder, buffer, capacity, event);
	struct record *record = buffer;

	if (!payload || !description)
		return 0;
	fill_time(&sample, &record->time);
	record->monotonic_ns = 5000000000 + options->number;
	record->thread_id = options->pid;
	record->seq_num = record->global_seq_num = options->number;
	if (description->action == EVENT_ACTION_AUTH)
		record->deadline_ns = record->monotonic_ns + 30000000000;
	if (event == EVENT_NOTIFY_OPEN) {
		record->result_type = RECORD_RESULT_FLAGS;
		record->result = 0xffffffff;
	}
	fill_process(&sample, &record->process);
	fillers[event](&sample, payload);
	correct_arrays(&sample, event, payload);
	return builder_finish(&sample.builder) == 0 ? record->size : 0;
}
