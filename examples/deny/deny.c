/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deny FILE: nobody opens FILE while this runs. It is asked about this one file only, so that
 * nothing else waits for it.
 */
#include <EndpointSecurity/EndpointSecurity.h>
#include <stdio.h>
#include <unistd.h>

static void deny(es_client_t *client, const es_message_t *message, void *context)
{
	(void)context;
	printf("%s may not open it\n", message->process->executable->path.data);
	es_respond_flags_result(client, message, 0, false); /* no flag is allowed: EPERM */
}

int main(int argc, char **argv)
{
	es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};
	es_client_t *client = NULL;

	if (argc != 2 || es_new_client_f(&client, deny, NULL) != ES_NEW_CLIENT_RESULT_SUCCESS)
		return 1;
	es_unmute_all_target_paths(client);
	es_invert_muting(client, ES_MUTE_INVERSION_TYPE_TARGET_PATH);
	es_mute_path(client, argv[1], ES_MUTE_PATH_TYPE_TARGET_LITERAL);
	if (es_subscribe(client, events, 1) == ES_RETURN_SUCCESS)
		pause();
	es_delete_client(client);
	return 1;
}
