/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the deadlock finder reads of other processes. The first byte of the input says which parser
 * gets the rest.
 */
#include "daemon/deadlock/sockets.h"
#include "daemon/deadlock/text.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static int take_stat(const char *text, size_t size)
{
	struct thread_stat stat;

	return thread_stat_parse(text, size, &stat);
}

static int take_status(const char *text, size_t size)
{
	struct thread_status status;

	return thread_status_parse(text, size, &status);
}

static int take_call(const char *text, size_t size)
{
	struct thread_call call;
	int result = thread_call_parse(text, size, &call);

	return result == -EAGAIN ? 0 : result;
}

static int take_lock(const char *text, size_t size)
{
	struct lock_line lock;

	return lock_line_parse(text, size, &lock);
}

static int take_descriptor(const char *text, size_t size)
{
	struct descriptor_info info;

	return descriptor_info_parse(text, size, &info);
}

static int take_mounts(const char *text, size_t size)
{
	char type[FILE_SYSTEM_MAX];
	int result = file_system_parse(text, size, "/srv/data/file", type);

	if (result == 0)
		WANT(strlen(type) < sizeof(type));
	return result == -ENOENT ? 0 : result;
}

static int take_socket(const char *text, size_t size)
{
	struct unix_socket found;
	int result = unix_socket_parse(text, size, &found);

	if (result == 0)
		WANT(strlen(found.name) < sizeof(found.name) &&
		     found.caller_count <= SOCKET_CALLERS_MAX);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int (*const takers[])(const char *text, size_t size) = {
		take_stat,	 take_status, take_call,   take_lock,
		take_descriptor, take_mounts, take_socket,
	};
	char *text;
	int result;

	if (size == 0)
		return 0;
	/* The end of the memory is the end of the text: one byte too far is found. */
	text = malloc(size > 1 ? size - 1 : 1);
	WANT(text);
	memcpy(text, bytes + 1, size - 1);
	result = takers[bytes[0] % (sizeof(takers) / sizeof(takers[0]))](text, size - 1);
	WANT(result == 0 || result == -EBADMSG);
	free(text);
	return 0;
}
