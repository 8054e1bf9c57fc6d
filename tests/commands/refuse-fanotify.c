/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into the daemon: a kernel that refuses fanotify groups. $REFUSE_FANOTIFY is the errno;
 * $REFUSE_CLASS=permission refuses those of permission events alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>

__attribute__((visibility("default"))) int fanotify_init(unsigned int flags,
							 unsigned int event_flags)
{
	int (*real)(unsigned int flags, unsigned int event_flags) = (int (*)(
		unsigned int, unsigned int))dlsym(RTLD_NEXT, "fanotify_init");
	const char *number = getenv("REFUSE_FANOTIFY");
	const char *which = getenv("REFUSE_CLASS");
	int permission = (flags & (FAN_CLASS_CONTENT | FAN_CLASS_PRE_CONTENT)) != 0;

	if (number && (permission || !which || strcmp(which, "permission") != 0)) {
		errno = atoi(number);
		return -1;
	}
	return real(flags, event_flags);
}
