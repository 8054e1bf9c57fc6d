/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about execs.
 */
#include "daemon/engine/fanotify/auth.h"

void exec_ask(struct asking *asking)
{
	(void)asking;
}
