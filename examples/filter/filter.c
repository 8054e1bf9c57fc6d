/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter DIRECTORY...: is asked about what lies in these directories, and about nothing else: the
 * muting of target paths is inverted, so that what is muted is what is told. A breakpoint in the
 * handler then holds up nobody but those who use these directories. A path ends in a slash, or it
 * also means its namesakes: /srv/data is also /srv/database.
 */
#include <EndpointSecurity/EndpointSecurity.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static void handle(es_client_t *client, const es_message_t *message, void *context)
{
	const char *path = message->event_type == ES_EVENT_TYPE_AUTH_OPEN
				   ? message->event.open.file->path.data
				   : message->event.exec.target->executable->path.data;

	(void)context;
	printf("%s %s\n", message->process->executable->path.data, path);
	fflush(stdout);
	if (message->event_type == ES_EVENT_TYPE_AUTH_OPEN)
		es_respond_flags_result(client, message, UINT32_MAX, false);
	else
		es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
}

int main(int argc, char **argv)
{
	es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_AUTH_EXEC};
	es_client_t *client = NULL;

	if (argc < 2 || es_new_client_f(&client, handle, NULL) != ES_NEW_CLIENT_RESULT_SUCCESS)
		return 1;
	/* What is muted from the beginning would be told as well, once it is inverted. */
	es_unmute_all_target_paths(client);
	es_invert_muting(client, ES_MUTE_INVERSION_TYPE_TARGET_PATH);
	for (int directory = 1; directory < argc; directory++)
		es_mute_path(client, argv[directory], ES_MUTE_PATH_TYPE_TARGET_PREFIX);
	if (es_subscribe(client, events, 2) == ES_RETURN_SUCCESS)
		pause();
	es_delete_client(client);
	return 1;
}
