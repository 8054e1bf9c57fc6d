/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading stored records (es_linux_replay_f): a stream of records one after another, from any
 * descriptor, as messages for a handler. Owns its buffer, which holds at least the largest record.
 */
#include "library/client/failure.h"
#include "library/message/message.h"

#include <errno.h>
#include <string.h>

enum { REPLAY_BUFFER = 4 * RECORD_SIZE_MAX };

struct replay {
	int fd;
	unsigned char *buffer;
	size_t start; /* of what was read and not yet handed on */
	size_t end;
	uint64_t messages;
};

/* Reads until `wanted` bytes are there. 0; -ENODATA: the stream ended before any of them; -EBADMSG:
 * it ended within them; negative errno. */
static int replay_fill(struct replay *replay, size_t wanted)
{
	if (replay->end - replay->start >= wanted)
		return 0;
	memmove(replay->buffer, replay->buffer + replay->start, replay->end - replay->start);
	replay->end -= replay->start;
	replay->start = 0;
	while (replay->end < wanted) {
		ssize_t size = read(replay->fd, replay->buffer + replay->end,
				    REPLAY_BUFFER - replay->end);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -errno;
		if (size == 0)
			return replay->end ? -EBADMSG : -ENODATA;
		replay->end += (size_t)size;
	}
	return 0;
}

/* The next record as a message. 0, -ENODATA at the end, negative errno. */
static int replay_next(struct replay *replay, struct message **ret_message)
{
	uint32_t size;
	int result;

	result = replay_fill(replay, sizeof(size));
	if (result)
		return result;
	memcpy(&size, replay->buffer + replay->start, sizeof(size));
	if (size < sizeof(struct record) || size > RECORD_SIZE_MAX)
		return -EBADMSG;
	result = replay_fill(replay, size);
	if (result)
		return result == -ENODATA ? -EBADMSG : result;
	result = message_new(ret_message, replay->buffer + replay->start, size);
	if (result == 0)
		replay->start += size;
	return result;
}

static int replay_all(struct replay *replay, es_handler_function_t handler, void *context)
{
	es_client_t *no_client = NULL; /* a stream has none, and handlers are told so */

	for (;;) {
		OWNED(message_release) struct message *message = NULL;
		int result = replay_next(replay, &message);

		if (result)
			return result == -ENODATA ? 0 : result;
		handler(no_client, &message->message, context);
		replay->messages++;
	}
}

es_return_t es_linux_replay_f(int fd, es_handler_function_t handler, void *context,
			      uint64_t *ret_messages)
{
	OWNED_MEMORY unsigned char *buffer = NULL;
	struct replay replay = {.fd = fd};
	int result;

	if (!handler) {
		failure_set("es_linux_replay_f: no handler was given.");
		return ES_RETURN_ERROR;
	}
	buffer = malloc(REPLAY_BUFFER);
	if (!buffer) {
		failure_set("es_linux_replay_f: no memory for a buffer.");
		return ES_RETURN_ERROR;
	}
	replay.buffer = buffer;
	result = replay_all(&replay, handler, context);
	if (ret_messages)
		*ret_messages = replay.messages;
	if (result == 0)
		return ES_RETURN_SUCCESS;
	failure_set("es_linux_replay_f: record %llu cannot be read: %s.",
		    (unsigned long long)replay.messages + 1,
		    result == -EBADMSG		 ? "it is cut off or makes no sense"
		    : result == -EPROTONOSUPPORT ? "it was made by another version"
						 : strerrordesc_np(-result));
	return ES_RETURN_ERROR;
}
