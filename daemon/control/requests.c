/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of requests: one row each.
 */
#include "daemon/control/connection.h"

#define NOTHING 0

const struct request_row request_rows[CONTROL_TYPE_LAST] = {
#define ROW(type, body, path, descriptor, needs, run) \
	[CONTROL_##type] = {#type, body, path, descriptor, REQUEST_NEEDS_##needs, run}
	ROW(HELLO, sizeof(struct control_hello), false, false, NOTHING, request_hello),
	ROW(CONNECT, NOTHING, false, true, HELLO, request_connect),
	ROW(CLIENT_NEW, sizeof(struct control_client_new), false, false, HELLO, request_client_new),
	ROW(SUBSCRIBE, sizeof(struct event_set), false, false, CLIENT, request_subscribe),
	ROW(UNSUBSCRIBE, sizeof(struct event_set), false, false, CLIENT, request_unsubscribe),
	ROW(SUBSCRIPTIONS, NOTHING, false, false, CLIENT, request_subscriptions),
	ROW(MUTE, sizeof(struct control_mute), true, false, CLIENT, request_mute),
	ROW(MUTES, sizeof(struct control_client_id), false, false, HELLO, request_mutes),
	ROW(MUTE_INVERTED, sizeof(struct control_number), false, false, CLIENT,
	    request_mute_inverted),
	ROW(CLEAR_CACHE, NOTHING, false, false, CLIENT, request_clear_cache),
	ROW(MISS_MODE_SET, sizeof(struct control_number), false, false, CLIENT,
	    request_miss_mode_set),
	ROW(MISS_MODE_GET, NOTHING, false, false, CLIENT, request_miss_mode_get),
	ROW(DEADLINE_SET, sizeof(struct control_deadline), false, false, CLIENT,
	    request_deadline_set),
	ROW(DEADLINE_GET, sizeof(struct control_deadline), false, false, CLIENT,
	    request_deadline_get),
	ROW(SYNC, NOTHING, false, false, CLIENT, request_sync),
	ROW(EVENT_SUPPORT, sizeof(struct control_number), false, false, HELLO,
	    request_event_support),
	ROW(REPORT, sizeof(struct control_report), false, false, ADMINISTRATOR, request_report),
	ROW(RELEASE_ALL, NOTHING, false, false, ADMINISTRATOR, request_release_all),
	ROW(CLIENT_MUTE, sizeof(struct control_mute), true, false, ADMINISTRATOR,
	    request_client_mute),
	ROW(CLIENT_DEBUG, sizeof(struct control_client_debug), false, false, ADMINISTRATOR,
	    request_client_debug),
	ROW(CLIENT_CACHE, NOTHING, false, false, ADMINISTRATOR, request_client_cache),
#undef ROW
};
