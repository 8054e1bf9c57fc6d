/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records become messages: every field of every event arrives under the API's name, what is absent
 * is empty or NULL as promised, and a record that is cut or spoilt anywhere is refused or harmless.
 */
#include "library/message/message.h"
#include "tests/unit/library/message/sample.h"
#include "wire/builder.h"
#include "wire/cursor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static _Alignas(8) unsigned char buffer[SAMPLE_BUFFER];

/* ---- What each kind of field must have become
 * ---------------------------------------------------- */

static void check_string(const es_string_token_t *text, const char *expected)
{
	assert_string_equal(text->data, expected);
	assert_int_equal(text->length, strlen(expected));
}

static void check_file(const es_file_t *file, const char *name)
{
	assert_non_null(file);
	assert_memory_equal(file->path.data, "/dir/", 5);
	assert_string_equal(file->path.data + 5, name);
	assert_int_equal(file->path.length, 5 + strlen(name));
	assert_false(file->path_truncated);
	assert_int_equal(file->stat.st_ino, strlen(name));
	assert_int_equal(file->stat.st_mode, 0100644);
	assert_int_equal(file->stat.st_mtim.tv_sec, 5);
	assert_int_equal(file->stat.st_mtim.tv_nsec, 6);
}

static void check_token(const audit_token_t *token, const char *name)
{
	assert_non_null(token);
	assert_int_equal(token->val[RECORD_TOKEN_PID], strlen(name) + 1 + (unsigned char)name[0]);
}

static void check_process(const es_process_t *process, const char *name)
{
	const es_linux_process_t *facts;

	assert_non_null(process);
	check_token(&process->audit_token, name);
	check_token(&process->parent_audit_token, "parent");
	check_token(&process->responsible_audit_token, "responsible");
	assert_int_equal(process->ppid, 2);
	assert_int_equal(process->original_ppid, 3);
	assert_int_equal(process->group_id, 4);
	assert_int_equal(process->session_id, 5);
	assert_int_equal(process->start_time.tv_sec, 7);
	assert_int_equal(process->start_time.tv_usec, 9);
	assert_int_equal(process->cs_validation_category, ES_CS_VALIDATION_CATEGORY_NONE);
	check_string(&process->signing_id, "signing");
	check_file(process->executable, name);
	check_file(process->tty, "tty");
	facts = es_linux_process(process);
	assert_non_null(facts);
	assert_int_equal(facts->cgroup_id, 11);
	assert_int_equal(facts->pid_namespace, 12);
	check_string(&facts->cgroup_path, "/a.slice");
}

static void check_strings(const es_string_token_t *strings, size_t count, const char *first)
{
	assert_int_equal(count, 2);
	check_string(&strings[0], first);
	check_string(&strings[1], "second");
}

#define CHECK(kind, name) CHECK_##kind(name)
#define CHECK_number(name) \
	assert_int_equal(event->name, (__typeof__(event->name))SAMPLE_NUMBER(#name));
#define CHECK_string(name)	     check_string(&event->name, #name);
#define CHECK_file(name)	     check_file(event->name, #name);
#define CHECK_optional_file(name)    CHECK_file(name)
#define CHECK_process(name)	     check_process(event->name, #name);
#define CHECK_optional_process(name) CHECK_process(name)
#define CHECK_token(name)	     check_token(&event->name, #name);
#define CHECK_optional_token(name)   check_token(event->name, #name);
#define CHECK_optional_id(name)         \
	assert_true(event->has_##name); \
	assert_int_equal(event->name.uid, SAMPLE_WORD(#name));
#define CHECK_time(name)                          \
	assert_int_equal(event->name.tv_sec, 21); \
	assert_int_equal(event->name.tv_nsec, 22);
#define CHECK_attrlist(name) assert_int_equal(event->name.commonattr, 23);
#define CHECK_destination(name)                                   \
	assert_int_equal(event->destination.new_path.mode, 0600); \
	CHECK_replaced(name)
#define CHECK_replaced(name)                                                     \
	assert_int_equal(event->destination_type, ES_DESTINATION_TYPE_NEW_PATH); \
	check_file(event->destination.new_path.dir, #name);                      \
	check_string(&event->destination.new_path.filename, "filename");
#define CHECK_statfs(name)                                      \
	assert_int_equal(event->name->f_blocks, 24);            \
	assert_string_equal(event->name->f_fstypename, "ext4"); \
	assert_string_equal(event->name->f_mntonname, "/mnt");  \
	assert_string_equal(event->name->f_mntfromname, "/dev/sda");
#define CHECK_thread_state(name)                      \
	assert_int_equal(event->name->state.size, 8); \
	assert_int_equal(event->name->state.data[7], 25);
#define CHECK_launch_item(name)                       \
	assert_int_equal(event->name->uid, 26);       \
	check_string(&event->name->item_url, "item"); \
	check_string(&event->name->app_url, "app");
#define CHECK_profile(name)                         \
	check_string(&event->name->scope, "scope"); \
	check_string(&event->name->identifier, "");
#define CHECK_reject_info(name) check_string(&event->name->plugin_name, "plugin");
/* The sample's type is TOKEN. */
#define CHECK_authentication(name)                                  \
	check_process(event->name.token->instigator, "instigator"); \
	check_string(&event->name.token->kerberos_principal, "text");
#define CHECK_member(field) check_string(&event->field->member_value.name, #field);
#define CHECK_members(name) \
	check_strings(event->name->member_array.names, event->name->member_count, #name);
#define CHECK_listed(name) CHECK_LIST_##name
#define CHECK_array(name)  CHECK_LIST_##name
#define CHECK_LIST_args                               \
	assert_int_equal(es_exec_arg_count(exec), 2); \
	text = es_exec_arg(exec, 0);                  \
	check_string(&text, "args");
#define CHECK_LIST_env CHECK_ENVIRONMENT
#define CHECK_LIST_fds                               \
	assert_int_equal(es_exec_fd_count(exec), 2); \
	assert_int_equal(es_exec_fd(exec, 1)->fd, 29);
#define CHECK_LIST_argv	  check_strings(event->argv, event->argc, "argv");
#define CHECK_LIST_rights check_strings(event->rights, event->right_count, "rights");
#define CHECK_LIST_attribute_values \
	check_strings(event->attribute_values, event->attribute_value_count, "attribute_values");
#define CHECK_LIST_results                        \
	assert_int_equal(event->result_count, 1); \
	check_string(&event->results[0].right_name, "right");
#define CHECK_ENVIRONMENT check_environment(message);

static void check_environment(const es_message_t *message)
{
	es_string_token_t text;

	if (message->event_type == ES_EVENT_TYPE_NOTIFY_SU) {
		check_strings(message->event.su->env, message->event.su->env_count, "env");
		return;
	}
	assert_int_equal(es_exec_env_count(&message->event.exec), 2);
	text = es_exec_env(&message->event.exec, 1);
	check_string(&text, "second");
}

#define IS_INLINE(member) \
	__builtin_types_compatible_p(__typeof__(((es_events_t *)0)->member), es_event_##member##_t)
#define DEFINE_CHECK(member)                                                                \
	static void check_event_##member(const es_message_t *message)                       \
	{                                                                                   \
		const es_event_##member##_t *event __attribute__((                          \
			unused)) = IS_INLINE(member)                                        \
					   ? (const void *)&message->event                  \
					   : (const void *)message->event.authentication;   \
		const es_event_exec_t *exec __attribute__((unused)) = &message->event.exec; \
		es_string_token_t text __attribute__((unused));                             \
		assert_non_null(event);                                                     \
		PAYLOAD_##member(CHECK)                                                     \
	}
PAYLOAD_PLAIN_LISTS(DEFINE_CHECK)

static void check_event_gatekeeper_user_override(const es_message_t *message)
{
	const es_event_gatekeeper_user_override_t *event = message->event.gatekeeper_user_override;

	assert_int_equal(event->file_type, ES_GATEKEEPER_USER_OVERRIDE_FILE_TYPE_FILE);
	check_file(event->file.file, "file");
	assert_int_equal((*event->sha256)[31], 28);
	assert_int_equal(event->signing_info->cdhash[19], 27);
	check_string(&event->signing_info->team_id, "team");
}

static void check_event_bootstrap_look_up(const es_message_t *message)
{
	const es_event_bootstrap_look_up_t *event = message->event.bootstrap_look_up;

	check_process(event->instigator, "instigator");
	check_string(&event->service_name, "service_name");
	assert_int_equal(event->target_type, ES_BOOTSTRAP_TARGET_TYPE_JOB);
	check_string(&event->target.job.job_label, "job_label");
	check_string(&event->target.job.lwcr->team_id, "team");
	assert_null(event->target.job.lwcr->signing_id.data);
}

static void check_event_none(const es_message_t *message)
{
	fail_msg("%d has no message", message->event_type);
}

static void (*const checks[EVENT_LAST])(const es_message_t *message) = {
#define CHECK_ROW(number, constant, action, member, cache, targets) [number] = check_event_##member,
	WIRE_EVENTS(CHECK_ROW)
#undef CHECK_ROW
};

static _Bool reserved(unsigned int event)
{
	return event_describe(event)->action == EVENT_ACTION_RESERVED;
}

static struct message *decoded(size_t size)
{
	struct message *message = NULL;

	assert_int_equal(message_new(&message, buffer, size), 0);
	return message;
}

/* ---- Tests
 * --------------------------------------------------------------------------------------- */

static void every_field_of_every_event_arrives(void **state)
{
	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		OWNED(message_release) struct message *message = NULL;
		size_t size = sample_record(buffer, event);

		assert_int_not_equal(size, 0);
		if (reserved(event)) {
			assert_int_equal(message_new(&message, buffer, size), -EBADMSG);
			continue;
		}
		message = decoded(size);
		assert_int_equal(message->message.event_type, event);
		check_process(message->message.process, "actor");
		checks[event](&message->message);
		assert_int_not_equal(sample_touch(&message->message), 0);
	}
}

static void the_head_of_an_auth_message_is_whole(void **state)
{
	OWNED(message_release) struct message *message = NULL;
	const es_message_t *told;

	(void)state;
	message = decoded(sample_record(buffer, EVENT_AUTH_OPEN));
	told = &message->message;
	assert_int_equal(told->version, MESSAGE_VERSION);
	assert_int_equal(told->action_type, ES_ACTION_TYPE_AUTH);
	assert_int_equal(told->deadline, SAMPLE_DEADLINE);
	assert_int_equal(told->mach_time, 32);
	assert_int_equal(told->time.tv_sec, 31);
	assert_int_equal(told->seq_num, SAMPLE_SEQUENCE);
	assert_int_equal(told->global_seq_num, SAMPLE_SEQUENCE + 1);
	assert_int_equal(told->thread->thread_id, 33);
	assert_int_equal(es_linux_missing(told), 0);
}

static void a_notify_message_says_how_it_was_decided(void **state)
{
	struct message *message;
	size_t size;

	(void)state;
	size = sample_record(buffer, EVENT_NOTIFY_OPEN);
	((struct record *)buffer)->result_type = RECORD_RESULT_FLAGS;
	((struct record *)buffer)->result = 3;
	message = decoded(size);
	assert_int_equal(message->message.action_type, ES_ACTION_TYPE_NOTIFY);
	assert_int_equal(message->message.action.notify.result_type, ES_RESULT_TYPE_FLAGS);
	assert_int_equal(message->message.action.notify.result.flags, 3);
	message_release(message);
	size = sample_record(buffer, EVENT_NOTIFY_UNLINK);
	((struct record *)buffer)->result = 1;
	message = decoded(size);
	assert_int_equal(message->message.action.notify.result_type, ES_RESULT_TYPE_AUTH);
	assert_int_equal(message->message.action.notify.result.auth, ES_AUTH_RESULT_DENY);
	message_release(message);
}

/* A record in which nothing but the fixed part stands. */
static size_t empty_record(unsigned int event)
{
	struct builder builder;

	assert_non_null(builder_begin(&builder, buffer, sizeof(buffer), event));
	assert_int_equal(builder_finish(&builder), 0);
	return builder.used;
}

static void what_is_absent_is_empty_and_what_is_optional_is_null(void **state)
{
	struct message *message;

	(void)state;
	message = decoded(empty_record(EVENT_NOTIFY_EXEC));
	check_string(&message->message.process->executable->path, "");
	assert_null(message->message.process->tty);
	assert_null(message->message.thread);
	assert_null(es_linux_process(message->message.process));
	assert_non_null(message->message.event.exec.target);
	assert_non_null(message->message.event.exec.cwd);
	assert_null(message->message.event.exec.script);
	assert_int_equal(es_exec_arg_count(&message->message.event.exec), 0);
	assert_null(es_exec_entitlements(&message->message.event.exec));
	message_release(message);
	message = decoded(empty_record(EVENT_NOTIFY_BTM_LAUNCH_ITEM_ADD));
	assert_null(message->message.event.btm_launch_item_add->instigator);
	assert_null(message->message.event.btm_launch_item_add->app_token);
	assert_non_null(message->message.event.btm_launch_item_add->item);
	message_release(message);
}

static void every_event_of_nothing_can_be_walked(void **state)
{
	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		OWNED(message_release) struct message *message = NULL;

		if (reserved(event))
			continue;
		message = decoded(empty_record(event));
		assert_int_not_equal(sample_touch(&message->message), 0);
	}
}

static void every_arm_of_an_authentication_arrives(void **state)
{
	(void)state;
	for (int type = 0; type <= ES_AUTHENTICATION_TYPE_LAST; type++) {
		OWNED(message_release) struct message *message = NULL;
		size_t size = sample_record(buffer, EVENT_NOTIFY_AUTHENTICATION);
		struct payload_authentication *payload = (void *)(buffer + sizeof(struct record));

		payload->type.value = type;
		if (type == ES_AUTHENTICATION_TYPE_LAST) {
			assert_int_equal(message_new(&message, buffer, size), -EBADMSG);
			continue;
		}
		message = decoded(size);
		assert_int_equal(message->message.event.authentication->type, type);
		assert_int_not_equal(sample_touch(&message->message), 0);
	}
}

static void existing_files_are_told_from_new_paths(void **state)
{
	OWNED(message_release) struct message *message = NULL;
	struct payload_create *payload = (void *)(buffer + sizeof(struct record));
	size_t size = sample_record(buffer, EVENT_NOTIFY_CREATE);

	(void)state;
	payload->destination.type = ES_DESTINATION_TYPE_EXISTING_FILE;
	message = decoded(size);
	assert_int_equal(message->message.event.create.destination_type,
			 ES_DESTINATION_TYPE_EXISTING_FILE);
	check_file(message->message.event.create.destination.existing_file, "destination");
}

/* The twin lies in memory of just its size, so that a sanitizer sees every byte too far. */
static int decode_twin(const void *bytes, size_t size, struct message **ret_message)
{
	void *twin = malloc(size ? size : 1);
	int result;

	assert_non_null(twin);
	memcpy(twin, bytes, size);
	result = message_new(ret_message, twin, size);
	free(twin);
	return result;
}

static void every_truncated_record_is_refused(void **state)
{
	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		size_t size = sample_record(buffer, event);

		if (reserved(event))
			continue;
		for (size_t cut = 0; cut < size; cut++) {
			struct message *message = NULL;

			assert_int_equal(decode_twin(buffer, cut, &message), -EBADMSG);
			/* And if it claims to be whole. */
			if (cut >= sizeof(struct record)) {
				((struct record *)buffer)->size = (__u32)cut;
				assert_int_equal(decode_twin(buffer, cut, &message), -EBADMSG);
				((struct record *)buffer)->size = (__u32)size;
			}
		}
	}
}

static void no_spoilt_word_does_harm(void **state)
{
	static const __u32 spoilt[] = {0xffffffff, 0x80000000, 1, 584, 0x00010000};

	(void)state;
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		size_t size = sample_record(buffer, event);
		__u32 *words = (__u32 *)buffer;
		size_t fixed = sizeof(struct record) + payload_size(event);

		for (size_t word = 0; word < fixed / 4; word++) {
			__u32 before = words[word];

			for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
				struct message *message = NULL;

				words[word] = spoilt[i];
				if (decode_twin(buffer, size, &message) == 0)
					assert_int_not_equal(sample_touch(&message->message), 0);
				else
					assert_null(message);
				message_release(message);
			}
			words[word] = before;
		}
	}
}

static void a_record_of_another_version_is_named_so(void **state)
{
	struct message *message = NULL;
	size_t size = sample_record(buffer, EVENT_NOTIFY_FORK);

	(void)state;
	((struct record *)buffer)->version = RECORD_VERSION + 1;
	assert_int_equal(message_new(&message, buffer, size), -EPROTONOSUPPORT);
	assert_null(message);
}

static void the_record_of_a_message_is_the_one_it_came_from(void **state)
{
	OWNED(message_release) struct message *message = NULL;
	size_t size = sample_record(buffer, EVENT_NOTIFY_RENAME);
	size_t found = 0;
	const void *record;

	(void)state;
	message = decoded(size);
	record = es_linux_message_record(&message->message, &found);
	assert_int_equal(found, size);
	assert_memory_equal(record, buffer, size);
	assert_int_equal(*(const __u32 *)record, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_every_event_arrives),
		cmocka_unit_test(the_head_of_an_auth_message_is_whole),
		cmocka_unit_test(a_notify_message_says_how_it_was_decided),
		cmocka_unit_test(what_is_absent_is_empty_and_what_is_optional_is_null),
		cmocka_unit_test(every_event_of_nothing_can_be_walked),
		cmocka_unit_test(every_arm_of_an_authentication_arrives),
		cmocka_unit_test(existing_files_are_told_from_new_paths),
		cmocka_unit_test(every_truncated_record_is_refused),
		cmocka_unit_test(no_spoilt_word_does_harm),
		cmocka_unit_test(a_record_of_another_version_is_named_so),
		cmocka_unit_test(the_record_of_a_message_is_the_one_it_came_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
