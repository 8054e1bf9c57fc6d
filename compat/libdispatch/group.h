/* SPDX-License-Identifier: Apache-2.0 */
/* Groups from inside: the calls that the function and the block forms share. */
#ifndef SLUICE_COMPAT_DISPATCH_GROUP_H
#define SLUICE_COMPAT_DISPATCH_GROUP_H

#include "compat/libdispatch/work.h"

void group_async(dispatch_group_t group, dispatch_queue_t queue, struct call call);
void group_notify(dispatch_group_t group, dispatch_queue_t queue, struct call call);

#endif
