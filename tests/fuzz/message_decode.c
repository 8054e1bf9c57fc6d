/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records, as a hostile peer may write them, through the whole of library/message/: what is taken
 * for a message can be walked to its last string, whatever else is in the bytes.
 */
#include "library/message/message.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/library/message/sample.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct message *message = NULL;
	/* Of just this size, so that a byte too far is seen. */
	unsigned char *record = malloc(size ? size : 1);
	int result;

	WANT(record);
	memcpy(record, bytes, size);
	/* A size that is right leads further in than one that is nearly always wrong. */
	if (size >= sizeof(struct record))
		((struct record *)record)->size = (__u32)size;
	result = message_new(&message, record, size);
	free(record);
	WANT(result == 0 || result == -EBADMSG || result == -EPROTONOSUPPORT);
	if (result == 0)
		WANT(sample_touch(&message->message) > 0);
	message_release(message);
	return 0;
}
