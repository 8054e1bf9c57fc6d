/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of /proc and first bytes of programs: a process chooses its name, its cgroup and what it
 * runs. The first byte of the input says which parser gets the rest.
 */
#include "daemon/engine/fanotify/proc.h"
#include "daemon/engine/fanotify/image.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

static void take_stat(const char *text, size_t size)
{
	struct proc_stat stat;
	int result = stat_parse(text, size, &stat);

	WANT(result == 0 || result == -EBADMSG);
}

static void take_status(const char *text, size_t size)
{
	struct proc_status status;
	int result = status_parse(text, size, &status);

	WANT(result == 0 || result == -EBADMSG);
}

static void take_cgroup(const char *text, size_t size)
{
	const char *path = NULL;
	size_t length = 0;
	int result = cgroup_parse(text, size, &path, &length);

	WANT(result == 0 || result == -EBADMSG);
	if (result == 0)
		WANT(path >= text && path + length <= text + size);
}

static void take_syscall(const char *text, size_t size)
{
	struct proc_syscall call;
	int result = syscall_parse(text, size, &call);

	WANT(result == 0 || result == -EBADMSG || result == -EAGAIN);
}

static void take_head(const char *text, size_t size)
{
	unsigned int machine;
	const char *path = NULL;
	size_t length = 0;
	int result = image_interpreter(text, size, &path, &length);

	WANT(result == 0 || result == -ENOENT || result == -EBADMSG);
	if (result == 0)
		WANT(length > 0 && path >= text && path + length <= text + size);
	image_elf_machine((const unsigned char *)text, size, &machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static void (*const takers[])(const char *text, size_t size) = {
		take_stat, take_status, take_cgroup, take_syscall, take_head,
	};
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	WANT(text);
	/* The end of the memory is the end of the text: one byte too far is found. */
	memcpy(text, bytes + 1, size - 1);
	text = realloc(text, size > 1 ? size - 1 : 1);
	WANT(text);
	takers[bytes[0] % (sizeof(takers) / sizeof(takers[0]))](text, size - 1);
	free(text);
	return 0;
}
