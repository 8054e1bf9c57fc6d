/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission files: whatever is in one is an entry that says whom it is about, or an error with its
 * text; nothing before the bytes or behind them is read.
 */
#include "daemon/control/entry.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct entry entry;
	struct entry_error error = {0};
	char *text = malloc(size ? size : 1); /* to the byte, so that the sanitizer sees one more */
	int result;

	WANT(text);
	memcpy(text, bytes, size);
	result = entry_parse(text, size, &entry, &error);
	WANT(result == 0 || result == -EINVAL);
	if (result) {
		WANT(error.text[0] && memchr(error.text, '\0', sizeof(error.text)));
	} else {
		WANT(entry.by_uid || entry.user[0] || entry.unit[0]);
		WANT(memchr(entry.user, '\0', sizeof(entry.user)));
		WANT(memchr(entry.unit, '\0', sizeof(entry.unit)));
		entry_matches(&entry, 0, "a.service");
	}
	free(text);
	return 0;
}
