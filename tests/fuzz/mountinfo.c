/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of mountinfo: whoever may mount chooses most of what stands in them.
 */
#include "daemon/engine/fanotify/mounts.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { MOUNTS = 64 };

static void inside(const char *text, size_t size, const char *word)
{
	/* A missing source is a string of the parser's own. */
	if (*word == '\0')
		return;
	WANT(word >= text && word < text + size);
	WANT(memchr(word, '\0', (size_t)(text + size - word)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size ? size : 1);
	struct mount mounts[MOUNTS];
	size_t count;

	WANT(text);
	memcpy(text, bytes, size);
	count = mountinfo_parse(text, size, mounts, MOUNTS);
	WANT(count <= MOUNTS);
	for (size_t i = 0; i < count; i++) {
		inside(text, size, mounts[i].root);
		inside(text, size, mounts[i].point);
		inside(text, size, mounts[i].type);
		inside(text, size, mounts[i].source);
		mount_kind_find(mounts[i].type);
	}
	free(text);
	return 0;
}
