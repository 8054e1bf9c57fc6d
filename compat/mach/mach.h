/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of Mach a client of EndpointSecurity uses: its own audit token.
 *
 *	audit_token_t token;
 *	mach_msg_type_number_t count = TASK_AUDIT_TOKEN_COUNT;
 *	task_info(mach_task_self(), TASK_AUDIT_TOKEN, (task_info_t)&token, &count);
 */
#ifndef _MACH_MACH_H_
#define _MACH_MACH_H_

#include <mach/kern_return.h>
#include <mach/mach_time.h>
#include <mach/machine.h>
#include <mach/message.h>
#include <mach/port.h>
#include <mach/vm_types.h>
#include <os/base.h>

__BEGIN_DECLS

typedef mach_port_t task_t;
typedef mach_port_t task_name_t;
typedef natural_t task_flavor_t;
typedef integer_t *task_info_t;

#define TASK_AUDIT_TOKEN       15
#define TASK_AUDIT_TOKEN_COUNT ((mach_msg_type_number_t)(sizeof(audit_token_t) / sizeof(natural_t)))

/* The calling process, the only task there is a name for. A constant; owns nothing. */
OS_EXPORT mach_port_t mach_task_self(void);

/*
 * Facts about a task. Only TASK_AUDIT_TOKEN of mach_task_self() is known here:
 * KERN_INVALID_ARGUMENT for another task or flavor, or when *count is too small; then the outputs
 * are untouched. *count is in units of natural_t. The token's pidversion is 0: no Linux process
 * knows its own, only the messages do. Any thread.
 */
OS_EXPORT kern_return_t task_info(task_name_t task, task_flavor_t flavor, task_info_t info,
				  mach_msg_type_number_t *count);

/* The text for a KERN_ value; a constant string. */
OS_EXPORT char *mach_error_string(kern_return_t error);

__END_DECLS

#endif
