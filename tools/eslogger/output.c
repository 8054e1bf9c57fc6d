/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The buffer in front of a descriptor (output.h), and when it is emptied. Owns neither: it decides,
 * and hands the bytes to write(2).
 */
#include "tools/eslogger/output.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

void output_init(struct output *output, int fd, char *buffer, size_t *used)
{
	struct stat status;
	bool file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);

	*output = (struct output){
		.fd = fd,
		.buffer = buffer,
		.used = used,
		.pause_ns = file ? OUTPUT_FILE_PAUSE_NS : OUTPUT_PAUSE_NS,
	};
}

/* A reader may have made the descriptor non-blocking for both ends; then its pace is waited for. */
static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno == EAGAIN) {
			struct pollfd ready = {.fd = fd, .events = POLLOUT};

			poll(&ready, 1, (int)(OUTPUT_PAUSE_NS / 1000000));
			continue;
		}
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

int output_flush(struct output *output, uint64_t now_ns)
{
	if (!output->error && *output->used > 0)
		output->error = write_all(output->fd, output->buffer, *output->used);
	*output->used = 0;
	output->written_ns = now_ns;
	return output->error;
}

bool output_line(struct output *output, uint64_t now_ns, bool was_empty)
{
	bool due = now_ns - output->written_ns >= output->pause_ns;

	if (due || *output->used >= OUTPUT_ENOUGH)
		output_flush(output, now_ns);
	return was_empty && *output->used > 0;
}

uint64_t output_deadline(const struct output *output)
{
	return *output->used > 0 ? output->written_ns + output->pause_ns : UINT64_MAX;
}
