/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of the process connector, as any privileged process may write them to the socket.
 */
#include "daemon/engine/fanotify/connector.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct connector_event event, untouched;
	unsigned char *copy = malloc(size ? size : 1);
	int result;

	WANT(copy);
	memcpy(copy, bytes, size);
	memset(&event, 0xa5, sizeof(event));
	untouched = event;
	result = connector_parse(copy, size, &event);
	WANT(result == 0 || result == -EBADMSG);
	if (result == 0)
		WANT(event.kind < CONNECTOR_LAST);
	else
		WANT(memcmp(&event, &untouched, sizeof(event)) == 0);
	free(copy);
	return 0;
}
