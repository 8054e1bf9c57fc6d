/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bare fanotify permission loop that everything is compared with: the least a program can do to
 * allow each open of a mount by itself.
 */
#include "tests/bench/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

int inside_bare(const char *root, int ready)
{
	char buffer[4096] __attribute__((aligned(8)));
	int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);

	if (group < 0 || fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_PERM,
				       AT_FDCWD, root) < 0) {
		fprintf(stderr, "bench: the bare loop cannot listen: %s\n", strerror(errno));
		return 1;
	}
	if (write(ready, "", 1) != 1)
		return 1;
	for (;;) {
		const struct fanotify_event_metadata *event = (const void *)buffer;
		ssize_t size = read(group, buffer, sizeof(buffer));

		if (size < 0)
			return 1;
		for (; FAN_EVENT_OK(event, size); event = FAN_EVENT_NEXT(event, size)) {
			struct fanotify_response answer = {.fd = event->fd, .response = FAN_ALLOW};

			if (write(group, &answer, sizeof(answer)) != sizeof(answer))
				return 1;
			close(event->fd);
		}
	}
}
