/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portable: what runs, and who opens files in the folders named on the command line. The same
 * source compiles on macOS and here (clang -fblocks): blocks, queues, audit tokens, signals as on
 * macOS.
 *
 * An AUTH message is retained and answered from a queue of our own, so that the handler is free for
 * the next one; everything is allowed.
 *
 * On macOS: clang portable.c -lEndpointSecurity -lbsm, and an entitlement. Here:
 *
 *	clang -fblocks portable.c $(pkg-config --cflags --libs EndpointSecurity libdispatch libbsm)
 */
#include <EndpointSecurity/EndpointSecurity.h>
#include <bsm/libbsm.h>
#include <dispatch/dispatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void print_exec(const es_message_t *message)
{
	const es_event_exec_t *exec = &message->event.exec;

	printf("%d runs %s", audit_token_to_pid(message->process->audit_token),
	       exec->target->executable->path.data);
	for (uint32_t i = 1; i < es_exec_arg_count(exec); i++)
		printf(" %s", es_exec_arg(exec, i).data);
	printf("\n");
}

static void answer_open(es_client_t *client, const es_message_t *message)
{
	printf("%d opens %s\n", audit_token_to_pid(message->process->audit_token),
	       message->event.open.file->path.data);
	es_respond_flags_result(client, message, UINT32_MAX, false);
}

static es_new_client_result_t make_client(es_client_t **client)
{
	dispatch_queue_t queue = dispatch_queue_create("portable.answers", DISPATCH_QUEUE_SERIAL);

	return es_new_client(client, ^(es_client_t *asked, const es_message_t *message) {
	  if (message->event_type == ES_EVENT_TYPE_NOTIFY_EXEC) {
		  print_exec(message);
		  return;
	  }
	  es_retain_message(message);
	  dispatch_async(queue, ^{
	    answer_open(asked, message);
	    es_release_message(message);
	  });
	});
}

static void delete_and_exit_on(int number, es_client_t *client)
{
	dispatch_source_t source = dispatch_source_create(
		DISPATCH_SOURCE_TYPE_SIGNAL, (uintptr_t)number, 0, dispatch_get_main_queue());

	signal(number, SIG_IGN);
	dispatch_source_set_event_handler(source, ^{
	  exit(es_delete_client(client) == ES_RETURN_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE);
	});
	dispatch_resume(source);
}

int main(int argc, char **argv)
{
	es_event_type_t events[] = {ES_EVENT_TYPE_NOTIFY_EXEC, ES_EVENT_TYPE_AUTH_OPEN};
	es_client_t *client = NULL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (make_client(&client) != ES_NEW_CLIENT_RESULT_SUCCESS) {
		fprintf(stderr, "portable: no client can be made\n");
		return EXIT_FAILURE;
	}
	/* Only opens in these folders; the program itself is not asked about. */
	es_unmute_all_target_paths(client);
	es_invert_muting(client, ES_MUTE_INVERSION_TYPE_TARGET_PATH);
	for (int i = 1; i < argc; i++)
		es_mute_path_events(client, argv[i], ES_MUTE_PATH_TYPE_TARGET_PREFIX, &events[1],
				    1);
	es_mute_path_events(client, "/", ES_MUTE_PATH_TYPE_TARGET_PREFIX, &events[0], 1);
	if (es_subscribe(client, events, argc > 1 ? 2 : 1) != ES_RETURN_SUCCESS) {
		fprintf(stderr, "portable: these events cannot be had\n");
		es_delete_client(client);
		return EXIT_FAILURE;
	}
	delete_and_exit_on(SIGINT, client);
	delete_and_exit_on(SIGTERM, client);
	dispatch_main();
}
