/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client as it is written for macOS: blocks, a queue for slow work, libbsm, the clock of Mach,
 * the unified log. It is compiled here, with `clang -fblocks`, and nothing in it knows of Linux.
 */
#include <EndpointSecurity/EndpointSecurity.h>
#include <bsm/libbsm.h>
#include <dispatch/dispatch.h>
#include <inttypes.h>
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <os/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const es_event_type_t wanted[] = {
	ES_EVENT_TYPE_AUTH_EXEC,     ES_EVENT_TYPE_AUTH_OPEN,	 ES_EVENT_TYPE_NOTIFY_CREATE,
	ES_EVENT_TYPE_NOTIFY_RENAME, ES_EVENT_TYPE_NOTIFY_MOUNT, ES_EVENT_TYPE_NOTIFY_EXIT,
};

static bool is_under(const es_string_token_t *path, const char *folder)
{
	size_t length = strlen(folder);

	return path->length >= length && strncmp(path->data, folder, length) == 0;
}

static uint64_t nanoseconds_left(const es_message_t *message)
{
	mach_timebase_info_data_t base;
	uint64_t now = mach_absolute_time();

	mach_timebase_info(&base);
	return message->deadline > now ? (message->deadline - now) * base.numer / base.denom : 0;
}

static void print_arguments(const es_event_exec_t *exec)
{
	for (uint32_t index = 0; index < es_exec_arg_count(exec); index++)
		printf(" %s", es_exec_arg(exec, index).data);
	printf("\n");
}

static void decide_later(es_client_t *client, const es_message_t *message, dispatch_queue_t queue)
{
	es_retain_message(message);
	dispatch_async(queue, ^{
	  bool bad = is_under(&message->event.exec.target->executable->path, "/private/tmp/");

	  if (es_respond_auth_result(client, message,
				     bad ? ES_AUTH_RESULT_DENY : ES_AUTH_RESULT_ALLOW,
				     false) != ES_RESPOND_RESULT_SUCCESS)
		  os_log_error(OS_LOG_DEFAULT, "no answer given");
	  es_release_message(message);
	});
}

static void tell(const es_message_t *message)
{
	const es_process_t *process = message->process;

	printf("%d.%d uid %u %s\n", audit_token_to_pid(process->audit_token),
	       audit_token_to_pidversion(process->audit_token),
	       audit_token_to_euid(process->audit_token), process->executable->path.data);
	switch (message->event_type) {
	case ES_EVENT_TYPE_NOTIFY_CREATE:
		if (message->event.create.destination_type == ES_DESTINATION_TYPE_NEW_PATH)
			printf("%s\n", message->event.create.destination.new_path.filename.data);
		else
			printf("%lld\n", (long long)message->event.create.destination.existing_file
						 ->stat.st_mtimespec.tv_sec);
		break;
	case ES_EVENT_TYPE_NOTIFY_RENAME:
		printf("%s\n", message->event.rename.source->path.data);
		break;
	case ES_EVENT_TYPE_NOTIFY_MOUNT:
		printf("%s on %s\n", message->event.mount.statfs->f_mntfromname,
		       message->event.mount.statfs->f_mntonname);
		break;
	case ES_EVENT_TYPE_NOTIFY_EXIT:
		printf("status %d\n", message->event.exit.stat);
		break;
	default:
		break;
	}
}

static void handle(es_client_t *client, const es_message_t *message, dispatch_queue_t queue)
{
	if (message->event_type == ES_EVENT_TYPE_AUTH_EXEC) {
		print_arguments(&message->event.exec);
		decide_later(client, message, queue);
	} else if (message->event_type == ES_EVENT_TYPE_AUTH_OPEN) {
		bool writes = (message->event.open.fflag & FWRITE) != 0;

		os_log(OS_LOG_DEFAULT, "%{public}s: %" PRIu64 " ns left",
		       message->event.open.file->path.data, nanoseconds_left(message));
		es_respond_flags_result(client, message, writes ? FREAD : UINT32_MAX, !writes);
	} else {
		tell(message);
	}
}

static void leave_myself_out(es_client_t *client)
{
	audit_token_t self;
	mach_msg_type_number_t count = TASK_AUDIT_TOKEN_COUNT;

	if (task_info(mach_task_self(), TASK_AUDIT_TOKEN, (task_info_t)&self, &count) ==
	    KERN_SUCCESS)
		es_mute_process(client, &self);
	es_mute_path(client, "/usr/sbin/", ES_MUTE_PATH_TYPE_PREFIX);
}

int main(void)
{
	dispatch_queue_t queue = dispatch_queue_create("decisions", DISPATCH_QUEUE_CONCURRENT);
	__block es_client_t *client = NULL;
	es_new_client_result_t result = es_new_client(
		&client, ^(es_client_t *self, const es_message_t *message) {
		  handle(self, message, queue);
		});

	if (result != ES_NEW_CLIENT_RESULT_SUCCESS) {
		fprintf(stderr, "no client: %d\n", result);
		return EXIT_FAILURE;
	}
	leave_myself_out(client);
	if (es_subscribe(client, wanted, sizeof(wanted) / sizeof(wanted[0])) != ES_RETURN_SUCCESS)
		return EXIT_FAILURE;
	es_sync_client(client, ^{
	  printf("handled all so far\n");
	});
	dispatch_main();
}
