/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes sample records and walks through messages (sample.h). Owns nothing.
 */
#include "tests/unit/library/message/sample.h"

#include "wire/builder.h"
#include "wire/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Filling
 * ------------------------------------------------------------------------------------- */

static void fill_string(struct builder *builder, struct record_string *string, const char *name)
{
	*string = builder_string(builder, name, strlen(name));
}

static void fill_token(struct record_token *token, const char *name)
{
	for (int word = 0; word < RECORD_TOKEN_WORDS; word++)
		token->words[word] = (__u32)(strlen(name) + 1 + (unsigned char)name[0]);
}

static void fill_file(struct builder *builder, struct record_file *file, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/dir/%s", name);
	fill_string(builder, &file->path, path);
	file->flags = RECORD_FILE_PRESENT;
	file->stat.inode = strlen(name);
	file->stat.mode = 0100644;
	file->stat.modified.seconds = 5;
	file->stat.modified.nanoseconds = 6;
}

static void fill_process(struct builder *builder, struct record_process *process, const char *name)
{
	process->flags = RECORD_PROCESS_PRESENT;
	fill_token(&process->token, name);
	fill_token(&process->parent, "parent");
	fill_token(&process->responsible, "responsible");
	process->ppid = 2;
	process->original_ppid = 3;
	process->group_id = 4;
	process->session_id = 5;
	process->start_time_us = 7000009;
	process->cgroup_id = 11;
	process->pid_namespace = 12;
	fill_string(builder, &process->signing_id, "signing");
	fill_string(builder, &process->cgroup_path, "/a.slice");
	fill_file(builder, &process->executable, name);
	fill_file(builder, &process->tty, "tty");
}

static void fill_strings(struct builder *builder, struct record_array *array, const char *name)
{
	struct record_string *strings = builder_array(builder, 2, sizeof(*strings), array);

	fill_string(builder, &strings[0], name);
	fill_string(builder, &strings[1], "second");
}

#define FILL(kind, name)	    FILL_##kind(name)
#define FILL_number(name)	    payload->name.value = SAMPLE_NUMBER(#name);
#define FILL_string(name)	    fill_string(builder, &payload->name, #name);
#define FILL_file(name)		    fill_file(builder, &payload->name, #name);
#define FILL_optional_file(name)    FILL_file(name)
#define FILL_process(name)	    fill_process(builder, &payload->name, #name);
#define FILL_optional_process(name) FILL_process(name)
#define FILL_token(name)	    fill_token(&payload->name, #name);
#define FILL_optional_token(name)  \
	payload->name.present = 1; \
	fill_token(&payload->name.token, #name);
#define FILL_optional_id(name)     \
	payload->name.present = 1; \
	payload->name.id = SAMPLE_WORD(#name);
#define FILL_time(name)             \
	payload->name.seconds = 21; \
	payload->name.nanoseconds = 22;
#define FILL_attrlist(name) payload->name.commonattr = 23;
#define FILL_destination(name)                                     \
	payload->name.type = 1;                                    \
	payload->name.mode = 0600;                                 \
	fill_string(builder, &payload->name.filename, "filename"); \
	fill_file(builder, &payload->name.file, #name);
#define FILL_replaced(name) FILL_destination(name)
#define FILL_statfs(name)                                        \
	payload->name.blocks = 24;                               \
	fill_string(builder, &payload->name.type_name, "ext4");  \
	fill_string(builder, &payload->name.mounted_on, "/mnt"); \
	fill_string(builder, &payload->name.mounted_from, "/dev/sda");
#define FILL_thread_state(name)    \
	payload->name.present = 1; \
	memset(builder_array(builder, 8, 1, &payload->name.state), 25, 8);
#define FILL_launch_item(name)                                 \
	payload->name.uid = 26;                                \
	fill_string(builder, &payload->name.item_url, "item"); \
	fill_string(builder, &payload->name.app_url, "app");
#define FILL_profile(name) fill_string(builder, &payload->name.scope, "scope");
#define FILL_reject_info(name)     \
	payload->name.present = 1; \
	fill_string(builder, &payload->name.plugin_name, "plugin");
#define FILL_signing_info(name)                                               \
	payload->name.present = 1;                                            \
	memset(builder_array(builder, 20, 1, &payload->name.cdhash), 27, 20); \
	fill_string(builder, &payload->name.team_id, "team");
#define FILL_code_requirement(name) \
	payload->name.present = 1;  \
	fill_string(builder, &payload->name.team_id, "team");
#define FILL_authentication(name)                                       \
	fill_process(builder, &payload->name.instigator, "instigator"); \
	for (int text = 0; text < 4; text++)                            \
		fill_string(builder, &payload->name.texts[text], "text");
#define FILL_member(name)  fill_strings(builder, &payload->name.names, #name);
#define FILL_members(name) FILL_member(name)
#define FILL_listed(name)  FILL_LIST_##name
#define FILL_array(name)   FILL_LIST_##name
#define FILL_LIST_args	   fill_strings(builder, &payload->args, "args");
#define FILL_LIST_env	   fill_strings(builder, &payload->env, "env");
#define FILL_LIST_argv	   fill_strings(builder, &payload->argv, "argv");
#define FILL_LIST_rights   fill_strings(builder, &payload->rights, "rights");
#define FILL_LIST_attribute_values \
	fill_strings(builder, &payload->attribute_values, "attribute_values");
#define FILL_LIST_sha256 memset(builder_array(builder, 32, 1, &payload->sha256), 28, 32);
#define FILL_LIST_fds                                                                            \
	((struct record_descriptor *)builder_array(builder, 2, sizeof(struct record_descriptor), \
						   &payload->fds))[1]                            \
		.fd = 29;
#define FILL_LIST_results                                                             \
	fill_string(builder,                                                          \
		    &((struct record_authorization_result *)builder_array(            \
			      builder, 1, sizeof(struct record_authorization_result), \
			      &payload->results))                                     \
			     ->right_name,                                            \
		    "right");

#define DEFINE_FILL(member)                                                       \
	static void fill_event_##member(struct builder *builder, void *place)     \
	{                                                                         \
		struct payload_##member *payload __attribute__((unused)) = place; \
		(void)builder;                                                    \
		PAYLOAD_##member(FILL)                                            \
	}
PAYLOAD_LISTS(DEFINE_FILL)

static void (*const fills[EVENT_LAST])(struct builder *builder, void *payload) = {
#define FILL_ROW(number, constant, action, member, cache, targets) [number] = fill_event_##member,
	WIRE_EVENTS(FILL_ROW)
#undef FILL_ROW
};

size_t sample_record(void *buffer, unsigned int event)
{
	struct builder builder;
	void *payload = builder_begin(&builder, buffer, SAMPLE_BUFFER, event);
	struct record *record = buffer;

	record->time.seconds = 31;
	record->monotonic_ns = 32;
	record->thread_id = 33;
	record->seq_num = SAMPLE_SEQUENCE;
	record->global_seq_num = SAMPLE_SEQUENCE + 1;
	if (event_describe(event)->action == EVENT_ACTION_AUTH) {
		record->question = SAMPLE_QUESTION;
		record->deadline_ns = SAMPLE_DEADLINE;
	}
	fill_process(&builder, &record->process, "actor");
	fills[event](&builder, payload);
	/* Something to miss in every truncated twin, also where the event has no string. */
	fill_string(&builder, &record->process.team_id, "the last string");
	return builder_finish(&builder) ? 0 : builder.used;
}

/* ---- Touching
 * ------------------------------------------------------------------------------------ */

static unsigned long touch_string(const es_string_token_t *text)
{
	/* Not NULL, and a NUL where it should be, is what the API promises. */
	if (text->data[text->length] != '\0')
		abort();
	return strlen(text->data);
}

static unsigned long touch_file(const es_file_t *file)
{
	return file ? touch_string(&file->path) + file->stat.st_ino : 0;
}

static unsigned long touch_process(const es_process_t *process)
{
	const es_linux_process_t *facts;

	if (!process)
		return 0;
	facts = es_linux_process(process);
	return touch_file(process->executable) + touch_file(process->tty) +
	       touch_string(&process->signing_id) + touch_string(&process->team_id) +
	       (facts ? touch_string(&facts->cgroup_path) : 0) + process->audit_token.val[5];
}

static unsigned long touch_exec(const es_event_exec_t *exec)
{
	unsigned long sum = touch_process(exec->target) + touch_file(exec->cwd) +
			    touch_file(exec->script) + touch_string(&exec->dyld_exec_path);
	es_string_token_t text;

	for (uint32_t i = 0; i < es_exec_arg_count(exec); i++) {
		text = es_exec_arg(exec, i);
		sum += touch_string(&text);
	}
	for (uint32_t i = 0; i < es_exec_env_count(exec); i++) {
		text = es_exec_env(exec, i);
		sum += touch_string(&text);
	}
	for (uint32_t i = 0; i < es_exec_fd_count(exec); i++)
		sum += (unsigned long)es_exec_fd(exec, i)->fd;
	return sum;
}

static unsigned long touch_su(const es_event_su_t *su)
{
	unsigned long sum = touch_string(&su->shell);

	for (size_t i = 0; i < su->argc; i++)
		sum += touch_string(&su->argv[i]);
	for (size_t i = 0; i < su->env_count; i++)
		sum += touch_string(&su->env[i]);
	return sum;
}

static unsigned long touch_members(const es_od_member_id_array_t *members)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < members->member_count; i++)
		sum += members->member_type == ES_OD_MEMBER_TYPE_USER_NAME
			       ? touch_string(&members->member_array.names[i])
			       : members->member_array.uuids[i][15];
	return sum;
}

static unsigned long touch_results(const es_event_authorization_judgement_t *judgement)
{
	unsigned long sum = touch_process(judgement->petitioner);

	for (size_t i = 0; i < judgement->result_count; i++)
		sum += touch_string(&judgement->results[i].right_name);
	return sum;
}

static unsigned long touch_destination(const es_message_t *message)
{
	const es_event_create_t *create = &message->event.create;
	const es_event_rename_t *rename = &message->event.rename;

	if (event_describe(message->event_type)->member[0] == 'c')
		return create->destination_type == ES_DESTINATION_TYPE_EXISTING_FILE
			       ? touch_file(create->destination.existing_file)
			       : touch_file(create->destination.new_path.dir) +
					 touch_string(&create->destination.new_path.filename);
	return touch_file(rename->source) +
	       (rename->destination_type == ES_DESTINATION_TYPE_EXISTING_FILE
			? touch_file(rename->destination.existing_file)
			: touch_file(rename->destination.new_path.dir) +
				  touch_string(&rename->destination.new_path.filename));
}

static unsigned long touch_authentication(const es_event_authentication_t *event)
{
	switch (event->type) {
	case ES_AUTHENTICATION_TYPE_OD:
		return touch_process(event->data.od->instigator) +
		       touch_string(&event->data.od->db_path);
	case ES_AUTHENTICATION_TYPE_TOUCHID:
		return touch_process(event->data.touchid->instigator);
	case ES_AUTHENTICATION_TYPE_TOKEN:
		return touch_string(&event->data.token->kerberos_principal);
	case ES_AUTHENTICATION_TYPE_AUTO_UNLOCK:
		return touch_string(&event->data.auto_unlock->username);
	case ES_AUTHENTICATION_TYPE_LAST:
	default:
		abort();
	}
}

static unsigned long touch_look_up(const es_event_bootstrap_look_up_t *event)
{
	unsigned long sum = touch_process(event->instigator) + touch_string(&event->service_name);

	if (event->target_type == ES_BOOTSTRAP_TARGET_TYPE_PROCESS)
		return sum + touch_process(event->target.process.target) +
		       touch_string(&event->target.process.job_label);
	return sum + touch_string(&event->target.job.job_label);
}

static unsigned long touch_event(const es_message_t *message)
{
	const es_events_t *event = &message->event;
	const char *member = event_describe(message->event_type)->member;

	if (!strcmp(member, "exec"))
		return touch_exec(&event->exec);
	if (!strcmp(member, "open"))
		return touch_file(event->open.file);
	if (!strcmp(member, "create") || !strcmp(member, "rename"))
		return touch_destination(message);
	if (!strcmp(member, "su"))
		return touch_su(event->su);
	if (!strcmp(member, "od_group_set"))
		return touch_members(event->od_group_set->members);
	if (!strcmp(member, "od_attribute_set") && event->od_attribute_set->attribute_value_count)
		return touch_string(event->od_attribute_set->attribute_values);
	if (!strcmp(member, "authorization_judgement"))
		return touch_results(event->authorization_judgement);
	if (!strcmp(member, "authentication"))
		return touch_authentication(event->authentication);
	if (!strcmp(member, "bootstrap_look_up"))
		return touch_look_up(event->bootstrap_look_up);
	if (!strcmp(member, "mount"))
		return strlen(event->mount.statfs->f_mntonname);
	return 0;
}

unsigned long sample_touch(const es_message_t *message)
{
	return touch_process(message->process) + touch_event(message) + es_message_size(message) +
	       (message->thread ? message->thread->thread_id : 0);
}
