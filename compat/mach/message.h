/* SPDX-License-Identifier: Apache-2.0 */
/* The identity that travels with a message: audit_token_t. Read it with the functions of
 * bsm/libbsm.h. */
#ifndef _MACH_MESSAGE_H_
#define _MACH_MESSAGE_H_

#include <mach/kern_return.h>
#include <mach/port.h>
#include <mach/vm_types.h>
#include <stdint.h>

/* Who a process is. Opaque: bsm/libbsm.h has a function for each part. Pass it by value or address.
 */
typedef struct {
	unsigned int val[8];
} audit_token_t;

typedef struct {
	unsigned int val[2];
} security_token_t;

typedef natural_t mach_msg_type_number_t;
typedef integer_t mach_msg_return_t;

#define MACH_MSG_SUCCESS 0

#endif
