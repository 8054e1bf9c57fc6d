/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errno as the analysers see it: one of three errors wherever it is read, since it is read after a
 * failure. They would otherwise follow each "return -errno" as a success too. Nothing is ever built
 * with this.
 */
#ifndef SLUICE_SCRIPTS_MODEL_ERRNO_H
#define SLUICE_SCRIPTS_MODEL_ERRNO_H

#include_next <errno.h>

int model_choice(void);

static inline int *model_errno(void)
{
	int *location = __errno_location();
	int choice = model_choice();

	*location = choice == 1 ? EINTR : choice == 2 ? EAGAIN : EIO;
	return location;
}

#undef errno
#define errno (*model_errno())

#endif
