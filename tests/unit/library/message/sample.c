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

static unsigned long touch_optional_file(const es_file_t *file)
{
	return file ? touch_string(&file->path) + file->stat.st_ino : 0;
}

static unsigned long touch_file(const es_file_t *file)
{
	if (!file)
		abort();
	return touch_optional_file(file);
}

static unsigned long touch_optional_process(const es_process_t *process)
{
	const es_linux_process_t *facts;

	if (!process)
		return 0;
	facts = es_linux_process(process);
	return touch_file(process->executable) + touch_optional_file(process->tty) +
	       touch_string(&process->signing_id) + touch_string(&process->team_id) +
	       (facts ? touch_string(&facts->cgroup_path) : 0) + process->audit_token.val[5];
}

static unsigned long touch_process(const es_process_t *process)
{
	if (!process)
		abort();
	return touch_optional_process(process);
}

static unsigned long touch_strings(const es_string_token_t *strings, size_t count)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += touch_string(&strings[i]);
	return sum;
}

static unsigned long touch_bytes(const uint8_t *bytes, size_t size)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += bytes[i];
	return sum;
}

static unsigned long touch_listed(const es_event_exec_t *exec)
{
	unsigned long sum = 0;
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

static unsigned long touch_member(const es_od_member_id_t *member)
{
	return member->member_type == ES_OD_MEMBER_TYPE_USER_NAME
		       ? touch_string(&member->member_value.name)
		       : touch_bytes(member->member_value.uuid, 16);
}

static unsigned long touch_members(const es_od_member_id_array_t *members)
{
	if (members->member_type == ES_OD_MEMBER_TYPE_USER_NAME)
		return touch_strings(members->member_array.names, members->member_count);
	return touch_bytes((const uint8_t *)members->member_array.uuids,
			   members->member_count * sizeof(uuid_t));
}

static unsigned long touch_results(const es_authorization_result_t *results, size_t count)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += touch_string(&results[i].right_name);
	return sum;
}

static unsigned long touch_authentication(const es_event_authentication_t *event)
{
	switch (event->type) {
	case ES_AUTHENTICATION_TYPE_OD:
		return touch_optional_process(event->data.od->instigator) +
		       touch_string(&event->data.od->db_path);
	case ES_AUTHENTICATION_TYPE_TOUCHID:
		return touch_optional_process(event->data.touchid->instigator);
	case ES_AUTHENTICATION_TYPE_TOKEN:
		return touch_string(&event->data.token->kerberos_principal);
	case ES_AUTHENTICATION_TYPE_AUTO_UNLOCK:
		return touch_string(&event->data.auto_unlock->username);
	case ES_AUTHENTICATION_TYPE_LAST:
	default:
		abort();
	}
}

#define TOUCH(kind, name)	     TOUCH_##kind(name)
#define TOUCH_number(name)	     sum += (unsigned long)event->name;
#define TOUCH_string(name)	     sum += touch_string(&event->name);
#define TOUCH_file(name)	     sum += touch_file(event->name);
#define TOUCH_optional_file(name)    sum += touch_optional_file(event->name);
#define TOUCH_process(name)	     sum += touch_process(event->name);
#define TOUCH_optional_process(name) sum += touch_optional_process(event->name);
#define TOUCH_token(name)	     sum += event->name.val[5];
#define TOUCH_optional_token(name)   sum += event->name ? event->name->val[5] : 0;
#define TOUCH_optional_id(name)	     sum += event->has_##name ? event->name.uid : 0;
#define TOUCH_time(name)	     sum += (unsigned long)event->name.tv_sec;
#define TOUCH_attrlist(name)	     sum += event->name.commonattr;
#define TOUCH_destination(name)                                           \
	if (event->destination_type == ES_DESTINATION_TYPE_EXISTING_FILE) \
		sum += touch_file(event->destination.existing_file);      \
	else                                                              \
		sum += touch_file(event->destination.new_path.dir) +      \
		       touch_string(&event->destination.new_path.filename);
#define TOUCH_replaced(name) TOUCH_destination(name)
#define TOUCH_statfs(name)                                                            \
	sum += strlen(event->name->f_fstypename) + strlen(event->name->f_mntonname) + \
	       strlen(event->name->f_mntfromname);
#define TOUCH_thread_state(name) \
	sum += event->name ? touch_bytes(event->name->state.data, event->name->state.size) : 0;
#define TOUCH_launch_item(name) \
	sum += touch_string(&event->name->item_url) + touch_string(&event->name->app_url);
#define TOUCH_profile(name) \
	sum += touch_string(&event->name->identifier) + touch_string(&event->name->scope);
#define TOUCH_reject_info(name)	   sum += event->name ? touch_string(&event->name->plugin_name) : 0;
#define TOUCH_authentication(name) sum += touch_authentication(event);
#define TOUCH_member(name)	   sum += touch_member(event->name);
#define TOUCH_members(name)	   sum += touch_members(event->name);
#define TOUCH_listed(name)	   sum += touch_listed(event);
#define TOUCH_array(name)	   TOUCH_array_##name
#define TOUCH_array_argv	   sum += touch_strings(event->argv, event->argc);
#define TOUCH_array_env		   sum += touch_strings(event->env, event->env_count);
#define TOUCH_array_rights	   sum += touch_strings(event->rights, event->right_count);
#define TOUCH_array_attribute_values \
	sum += touch_strings(event->attribute_values, event->attribute_value_count);
#define TOUCH_array_results sum += touch_results(event->results, event->result_count);

#define IS_INLINE(member) \
	__builtin_types_compatible_p(__typeof__(((es_events_t *)0)->member), es_event_##member##_t)
#define DEFINE_TOUCH(member)                                                              \
	static unsigned long touch_event_##member(const es_message_t *message)            \
	{                                                                                 \
		const es_event_##member##_t *event __attribute__((                        \
			unused)) = IS_INLINE(member)                                      \
					   ? (const void *)&message->event                \
					   : (const void *)message->event.authentication; \
		unsigned long sum = 0;                                                    \
		PAYLOAD_##member(TOUCH) return sum;                                       \
	}
PAYLOAD_PLAIN_LISTS(DEFINE_TOUCH)

static unsigned long touch_event_gatekeeper_user_override(const es_message_t *message)
{
	const es_event_gatekeeper_user_override_t *event = message->event.gatekeeper_user_override;
	unsigned long sum = event->sha256 ? touch_bytes(*event->sha256, sizeof(es_sha256_t)) : 0;

	if (event->signing_info)
		sum += touch_string(&event->signing_info->team_id);
	if (event->file_type == ES_GATEKEEPER_USER_OVERRIDE_FILE_TYPE_FILE)
		return sum + touch_file(event->file.file);
	return sum + touch_string(&event->file.file_path);
}

static unsigned long touch_event_bootstrap_look_up(const es_message_t *message)
{
	const es_event_bootstrap_look_up_t *event = message->event.bootstrap_look_up;
	unsigned long sum = touch_optional_process(event->instigator) +
			    touch_string(&event->service_name);

	if (event->target_type == ES_BOOTSTRAP_TARGET_TYPE_PROCESS)
		return sum + touch_optional_process(event->target.process.target) +
		       touch_string(&event->target.process.job_label);
	return sum + touch_string(&event->target.job.job_label);
}

static unsigned long touch_event_none(const es_message_t *message)
{
	(void)message;
	abort();
}

static unsigned long (*const touches[EVENT_LAST])(const es_message_t *message) = {
#define TOUCH_ROW(number, constant, action, member, cache, targets) [number] = touch_event_##member,
	WIRE_EVENTS(TOUCH_ROW)
#undef TOUCH_ROW
};

unsigned long sample_touch(const es_message_t *message)
{
	return touch_process(message->process) + touches[message->event_type](message) +
	       es_message_size(message) + (message->thread ? message->thread->thread_id : 0);
}
