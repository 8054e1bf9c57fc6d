/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hang: asks to be asked about every open and every exec, and allows all. Put a breakpoint at
 * breakpoint_here and see what becomes of the machine: docs/debugging.md tells of it, and of the
 * ways to avoid it. Try it in a virtual machine first.
 */
#include <EndpointSecurity/EndpointSecurity.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* Where a developer would want to look at the message. */
static __attribute__((noinline)) void breakpoint_here(const es_message_t *message)
{
	__asm__ volatile("" : : "r"(message));
}

static void handle(es_client_t *client, const es_message_t *message, void *context)
{
	(void)context;
	breakpoint_here(message);
	if (message->event_type == ES_EVENT_TYPE_AUTH_OPEN)
		es_respond_flags_result(client, message, UINT32_MAX, false);
	else
		es_respond_auth_result(client, message, ES_AUTH_RESULT_ALLOW, false);
}

int main(void)
{
	es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_AUTH_EXEC};
	es_client_t *client = NULL;

	if (es_new_client_f(&client, handle, NULL) != ES_NEW_CLIENT_RESULT_SUCCESS ||
	    es_subscribe(client, events, 2) != ES_RETURN_SUCCESS) {
		fputs("there is no client to be had; is this root?\n", stderr);
		return 1;
	}
	puts("asked about every open and exec");
	fflush(stdout);
	pause();
	es_delete_client(client);
	return 1;
}
